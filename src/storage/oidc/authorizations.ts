import type { AdapterPayload } from 'oidc-provider';

/** One client in one session: set once, by whichever tab comes first. */
export interface Settled {
  readonly grantId: string;
  readonly sid: string;
}

type Authorizations = NonNullable<AdapterPayload['authorizations']>;

export function settledField(clientId: string): string {
  return `a:${clientId}:settled`;
}

/** By field, never as a whole: ten authorizations at once all stay (security.md, rule 5). */
export function toFields(
  authorizations: AdapterPayload['authorizations'],
  seal: (value: unknown) => string,
): string[] {
  return Object.entries(authorizations ?? {}).flatMap(([clientId, { sid, grantId, persistsLogout }]) => [
    ...(sid && grantId ? [settledField(clientId), seal({ grantId, sid })] : []),
    ...(persistsLogout ? [`a:${clientId}:persistsLogout`, '1'] : []),
  ]);
}

export function fromFields(
  fields: Readonly<Record<string, string>>,
  open: (sealed: string) => unknown,
): Authorizations | undefined {
  const found: Authorizations = {};
  for (const [field, value] of Object.entries(fields)) {
    const [marker, clientId, what] = field.split(':');
    if (marker !== 'a' || !clientId) continue;
    const authorization = what === 'settled' ? (open(value) as Settled) : { persistsLogout: true };
    found[clientId] = { ...found[clientId], ...authorization };
  }
  return Object.keys(found).length > 0 ? found : undefined;
}
