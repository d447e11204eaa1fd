import { isCutOff, judge } from '../../orders/evaluate.ts';
import type { OrdersInForce } from '../../orders/order.ts';
import { subjectOf } from '../../sessions/judge-standing.ts';
import type { StandingPerson } from '../../sessions/standing.ts';
import type { LetterState } from '../../storage/schema.ts';
import type { CeremonyName, RefusedBecause } from '../ceremony.ts';
import type { CeremoniesOf } from '../choice.ts';

/** A letter as its code found it. */
export interface FoundLetter {
  letter: string;
  person: number;
  letterState: LetterState;
  letterEpoch: number;
  letterGeneration: number;
  isExpired: boolean;
  /** Printed alone: its time has not begun. */
  isEarly: boolean;
}

/** Why this letter cannot begin this ceremony now; undefined where it can. The same for every ceremony. */
export function refusalOfLetter(
  letter: FoundLetter | undefined,
  person: StandingPerson | undefined,
  given: { ceremony: CeremonyName; ceremoniesOf: CeremoniesOf; inForce: OrdersInForce },
): RefusedBecause | undefined {
  if (!letter || !person) return 'unknown-code';
  if (letter.letterState === 'used') return 'used-letter';
  if (letter.letterState === 'void' || letter.letterEpoch !== person.epoch) return 'void-letter';
  if (letter.isExpired) return 'expired-letter';
  if (letter.isEarly) return 'early-letter';
  if (person.state !== 'dormant') return 'not-dormant';
  if (person.isLocked) return 'locked';
  if (!person.key) return 'erased';
  const subject = subjectOf(person);
  if (isCutOff(given.inForce, subject, { made: 'code', generation: letter.letterGeneration }))
    return 'cut-off';
  if (judge(given.inForce, subject).enforced.includes('freeze')) return 'frozen';
  return given.ceremoniesOf(person).includes(given.ceremony) ? undefined : 'other-profile';
}
