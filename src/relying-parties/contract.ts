import { z } from 'zod';
import type { ContractState, Profile } from '../storage/schema.ts';
import { CLAIMS_OF_SCOPE, isScope, PERSONAL_CLAIMS, type PersonalClaim } from './scopes.ts';

const claims = z.array(z.enum(PERSONAL_CLAIMS));

/** What a relying party may receive, for whom, why. Kept whole in each version. */
export const termsSchema = z.object({
  purpose: z.string().max(2000).nullable().default(null),
  claims: z.object({
    pupil: claims.default([]),
    guardian: claims.default([]),
    teacher: claims.default([]),
    staff: claims.default([]),
  }),
});
export type Terms = z.infer<typeof termsSchema>;

export interface Contract {
  readonly version: number;
  readonly state: ContractState;
  readonly terms: Terms;
}

const PROFILES: readonly Profile[] = ['pupil', 'guardian', 'teacher', 'staff'];

/** All that the registered scopes stand for, for everybody; children only for guardians. */
export function termsOfScopes(scope: string): Terms {
  const named = scope
    .split(' ')
    .filter(isScope)
    .flatMap((one): readonly string[] => CLAIMS_OF_SCOPE[one]);
  const personal = PERSONAL_CLAIMS.filter((claim) => named.includes(claim));
  const others = personal.filter((claim) => claim !== 'children');
  return {
    purpose: null,
    claims: { pupil: others, guardian: personal, teacher: others, staff: others },
  };
}

/** No contract, no claim: what it names for at least one of the profiles somebody has. */
export function claimsAllowed(
  contract: Contract | undefined,
  profiles: readonly Profile[],
): Set<PersonalClaim> {
  if (contract?.state !== 'approved' && contract?.state !== 'sandbox') return new Set();
  const { terms } = contract;
  return new Set(
    PROFILES.filter((one) => profiles.includes(one)).flatMap((profile) => terms.claims[profile]),
  );
}
