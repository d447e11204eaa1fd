import { z } from 'zod';
import type { Profile } from '../../storage/schema.ts';
import { ACRS } from '../acr-values.ts';
import { CLAIMS_OF_SCOPE, isScope, PERSONAL_CLAIMS, type PersonalClaim } from '../scopes.ts';

export const PROFILES: readonly Profile[] = ['pupil', 'guardian', 'teacher', 'staff'];

const line = (longest: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(longest)
    .regex(/^\P{C}*$/u, 'must have no invisible characters');
const said = (longest: number) => line(longest).nullable().default(null);

type Reasons = Partial<Record<PersonalClaim, string | null>>;

/** Each claim with the reason for it, always in the same order. A bare list of names is one without reasons. */
const reasons = z.preprocess(
  (given) => (areNames(given) ? Object.fromEntries(given.map((claim) => [claim, null])) : given),
  z
    .partialRecord(z.enum(PERSONAL_CLAIMS), line(500).nullable())
    .default({})
    .transform(
      (given): Reasons =>
        Object.fromEntries(PERSONAL_CLAIMS.filter((one) => one in given).map((one) => [one, given[one]])),
    ),
);

function areNames(given: unknown): given is string[] {
  return Array.isArray(given) && given.every((one) => typeof one === 'string');
}

const openTo = z.strictObject({
  academies: z.array(line(100)).max(100).default([]),
  establishments: z
    .array(z.string().regex(/^[0-9]{7}[A-Z]$/, 'must be a UAI'))
    .max(5000)
    .default([]),
});

/** What a relying party may receive, for whom, why. Kept whole in each version. */
export const termsSchema = z.object({
  publisher: z
    .strictObject({
      legal_name: line(200),
      contact: line(320),
      data_protection_officer: line(320),
    })
    .nullable()
    .default(null),
  purpose: said(2000),
  legal_basis: said(500),
  /** How long the publisher keeps it. */
  retention: said(500),
  minimum_acr: z.enum(ACRS).nullable().default(null),
  profile: z.enum(['standard', 'high']).default('standard'),
  /** Null: to every establishment; else to those of these académies and to these. */
  open_to: openTo.nullable().default(null),
  claims: z.strictObject({ pupil: reasons, guardian: reasons, teacher: reasons, staff: reasons }),
});
export type Terms = z.infer<typeof termsSchema>;

/** What somebody may propose. */
export const proposalSchema = termsSchema.strict().extend({
  profile: z.literal('standard', 'high cannot be granted yet').default('standard'),
});

/** All that the registered scopes stand for, for everybody; children only for guardians. Nothing says why. */
export function termsOfScopes(scope: string): Terms {
  const named = scope
    .split(' ')
    .filter(isScope)
    .flatMap((one): readonly string[] => CLAIMS_OF_SCOPE[one]);
  const personal = PERSONAL_CLAIMS.filter((claim) => named.includes(claim));
  const others = personal.filter((claim) => claim !== 'children');
  return termsSchema.parse({
    claims: { pupil: others, guardian: personal, teacher: others, staff: others },
  });
}

/** Beyond the `standard` profile; no claim of Préau bears these names yet. */
const HIGH_ONLY = [
  'birthdate',
  'ine',
  'roster_keys',
  'phone_number',
  'phone_number_verified',
  'address',
  'gender',
  'picture',
];

export type TermsReading = { outcome: 'read'; terms: Terms } | { outcome: 'invalid'; problems: string[] };

/** What somebody proposes: unknown members are refused, so that a slip of the pen promises nothing. */
export function readTerms(given: unknown): TermsReading {
  const high = highClaimsIn(given);
  if (high.length > 0)
    return {
      outcome: 'invalid',
      problems: high.map((claim) => `claims: ${claim} needs the profile high, which cannot be granted yet`),
    };
  const read = proposal.safeParse(given);
  if (read.success) return { outcome: 'read', terms: read.data };
  return { outcome: 'invalid', problems: read.error.issues.map(describe) };
}

const proposal = proposalSchema
  .refine(({ open_to }) => !open_to || open_to.academies.length + open_to.establishments.length > 0, {
    message: 'names nobody; leave it out to open it to all',
    path: ['open_to'],
  })
  .refine(
    ({ claims }) => PROFILES.every((profile) => profile === 'guardian' || !('children' in claims[profile])),
    { message: 'children are for guardians alone', path: ['claims'] },
  );

/** What the public register must be able to say before anybody approves. Empty: it is all there. */
export function missingFrom(terms: Terms): string[] {
  const missing = (['publisher', 'purpose', 'legal_basis', 'retention'] as const).filter(
    (name) => terms[name] === null,
  );
  const unexplained = PROFILES.flatMap((profile) =>
    (Object.entries(terms.claims[profile]) as [PersonalClaim, string | null][])
      .filter(([, reason]) => reason === null)
      .map(([claim]) => `claims.${profile}.${claim}: the reason`),
  );
  return [...missing, ...unexplained];
}

// Name, class, school and role: one approval. Everything above takes two.
const PLAIN: ReadonlySet<string> = new Set([
  'name',
  'given_name',
  'family_name',
  'preferred_username',
  'profiles',
  'establishments',
]);

export function approvalsNeeded(terms: Terms): 1 | 2 {
  const named = PROFILES.flatMap((profile) => Object.keys(terms.claims[profile]));
  return named.every((claim) => PLAIN.has(claim)) ? 1 : 2;
}

function highClaimsIn(given: unknown): string[] {
  const claims = (given as { claims?: unknown } | null)?.claims;
  const named = Object.values(claims ?? {}).flatMap((one) =>
    Array.isArray(one) ? one : Object.keys(one ?? {}),
  );
  return HIGH_ONLY.filter((claim) => named.includes(claim));
}

function describe({ path, message }: z.core.$ZodIssue): string {
  return path.length > 0 ? `${path.join('.')}: ${message}` : message;
}
