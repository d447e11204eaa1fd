import type { ContractState, Profile } from '../../storage/schema.ts';
import type { PersonalClaim } from '../scopes.ts';
import { PROFILES, type Terms } from './terms.ts';

/** The version in force of a relying party; without one, the version it is tried out under. */
export interface Contract {
  readonly version: number;
  readonly state: ContractState;
  readonly terms: Terms;
  /** When it was approved. */
  readonly since?: Date | undefined;
}

/** Of a membership what a contract asks about. */
export interface Belonging {
  readonly profile: Profile;
  readonly establishment: string;
  readonly academie: string;
}

/** What may be said of somebody, each claim with the memberships that give the right to it. */
export type Entitlements<Membership> = ReadonlyMap<PersonalClaim, readonly Membership[]>;

/** Nobody but personas: it was never approved. */
export function isSandbox(contract: Contract | undefined): boolean {
  return contract?.state === 'sandbox' || contract?.state === 'requested';
}

/** Suspended or ended, it gets nothing from the next request on. */
export function isUsable(contract: Contract | undefined): boolean {
  return contract?.state === 'approved' || isSandbox(contract);
}

/** On trial it meets personas alone, who are few: it is open to them whatever schools it names. */
export function isOpenTo(contract: Contract, { establishment, academie }: Place): boolean {
  const { open_to: openTo } = contract.terms;
  if (!openTo || isSandbox(contract)) return true;
  return openTo.establishments.includes(establishment) || openTo.academies.includes(academie);
}

type Place = Omit<Belonging, 'profile'>;

/** No contract, no claim: what it names for a profile that somebody has where it is open. */
export function entitlementsOf<Membership extends Belonging>(
  contract: Contract | undefined,
  memberships: readonly Membership[],
): Entitlements<Membership> {
  const entitled = new Map<PersonalClaim, Membership[]>();
  if (!contract || !isUsable(contract)) return entitled;
  const open = memberships.filter((membership) => isOpenTo(contract, membership));
  for (const profile of PROFILES) {
    const having = open.filter((membership) => membership.profile === profile);
    if (having.length === 0) continue;
    for (const claim of Object.keys(contract.terms.claims[profile]) as PersonalClaim[])
      entitled.set(claim, [...(entitled.get(claim) ?? []), ...having]);
  }
  return entitled;
}
