import { isOpenTo, isSandbox } from '../relying-parties/contracts/contract.ts';
import type { RelyingParty } from '../relying-parties/relying-party.ts';
import type { StandingPerson } from '../sessions/standing.ts';

/** Whether a relying party may have to do with somebody at all: asked at the interaction and again at release. */
export type Admission =
  | 'admitted'
  /** A sandbox client admits personas alone. */
  | 'persona-needed'
  /** A persona is for sandbox clients alone. */
  | 'persona-elsewhere'
  /** Its contract opens it to other schools. */
  | 'not-open';

type Somebody = Pick<StandingPerson, 'isPersona' | 'memberships'>;

export interface AdmissionRules {
  /** Where everybody is made up, everybody counts as both. */
  readonly isDemo: boolean;
}

export function admissionOf(
  { contract }: Pick<RelyingParty, 'contract'>,
  person: Somebody,
  { isDemo }: AdmissionRules,
): Admission {
  if (isSandbox(contract) && !person.isPersona && !isDemo) return 'persona-needed';
  if (!isSandbox(contract) && person.isPersona) return 'persona-elsewhere';
  return isOpenFor(contract, person) ? 'admitted' : 'not-open';
}

function isOpenFor(contract: RelyingParty['contract'], { memberships }: Somebody): boolean {
  if (!contract?.terms.open_to) return true;
  return memberships.some((membership) => isOpenTo(contract, membership));
}
