/** Which claims a scope stands for (OpenID Connect Core §5.4; `school` is ours). */
export const CLAIMS_OF_SCOPE = {
  openid: ['sub', 'acr', 'amr', 'auth_time'],
  profile: ['name', 'given_name', 'family_name', 'preferred_username'],
  email: ['email', 'email_verified'],
  school: ['profiles', 'establishments', 'children'],
  offline_access: [],
} as const satisfies Record<string, readonly string[]>;

export type Scope = keyof typeof CLAIMS_OF_SCOPE;
export const SCOPES = Object.keys(CLAIMS_OF_SCOPE) as Scope[];

/** What says something about a person. The rest of `openid` is the protocol's own. */
export const PERSONAL_CLAIMS = [
  ...CLAIMS_OF_SCOPE.profile,
  ...CLAIMS_OF_SCOPE.email,
  ...CLAIMS_OF_SCOPE.school,
] as const;
export type PersonalClaim = (typeof PERSONAL_CLAIMS)[number];

export function isScope(text: string): text is Scope {
  return Object.hasOwn(CLAIMS_OF_SCOPE, text);
}
