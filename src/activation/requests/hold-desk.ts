import { record } from '../../audit/record.ts';
import { parseCrockford } from '../../crypto/crockford.ts';
import type { Digests } from '../../crypto/digests.ts';
import { isSameBytes } from '../../crypto/tokens.ts';
import { noteUse, type Right, rightFor, rightsOf } from '../../rights/rights.ts';
import { standing } from '../../sessions/standing.ts';
import type { Tx } from '../../storage/postgres.ts';
import type { Judged } from '../judged.ts';
import { type Dependencies as AnswerDependencies, type Answered, answer, type Confirm } from './answer.ts';
import { DESK_CHARACTERS, proofDigest } from './shown.ts';
import { type HeldRequest, holdDeskRequests, reserveDeskAct } from './store.ts';

/** What the staff member saw: which kind of paper, never its number. */
export const DOCUMENTS = [
  'identity-card',
  'passport',
  'residence-permit',
  'school-card',
  'family-booklet',
  'known-in-person',
] as const;
export type SeenDocument = (typeof DOCUMENTS)[number];

export interface Dependencies extends AnswerDependencies {
  judged: Judged;
  actsPerHour: number;
  now: () => Date;
}

export interface DeskAct {
  /** Who holds the desk, signed in in person. */
  staff: number;
  /** Whose record is open before them. */
  person: number;
  /** As the person's own screen shows them. */
  characters: string;
  document: SeenDocument;
  /** The staff member's factor, for this one act. */
  confirm: Confirm;
}

export type DeskHeld = Answered | { outcome: 'too-many-acts'; until: Date } | { outcome: 'no-right' };
export type HoldDesk = (act: DeskAct) => Promise<DeskHeld>;

/**
 * The right is asked for in the transaction that acts. The factor comes first, and only acts whose code was right are
 * counted, before anything is compared and whatever comes of it: ten an hour and staff member. A stolen cookie, which
 * has no code, uses up nobody's ten; wrong codes have a counter of their own (second-factors/confirm-act.ts).
 */
export function createHoldDesk({ judged, actsPerHour, now, ...from }: Dependencies): HoldDesk {
  return ({ staff, person, characters, document, confirm }) =>
    judged(async (tx, inForce) => {
      const at = now();
      const right = await deskRight(tx, { staff, person, at });
      if (!right) return { outcome: 'no-right' };
      // Held before the factor, as where a guardian vouches: two that hold both in another order would wait for each other.
      const open = await holdDeskRequests(tx, { person, at });
      const { outcome } = await confirm(tx, { inForce, at });
      if (outcome !== 'confirmed') return { outcome };
      const counted = await reserveDeskAct(tx, { person: staff, limit: actsPerHour, at });
      if (counted.outcome !== 'counted') return counted;
      const typed = parseCrockford(characters, DESK_CHARACTERS) ?? '';
      const request = open.find((one) => isShownBy(from.digests, one, typed));
      if (!request) return refuseUnseen(tx, { staff, person, at });
      await noteUse(tx, { right: right.id, at });
      return answer(tx, from, {
        ...{ request, typed, wrong: 'wrong-characters', confirm: CONFIRMED, inForce, at },
        giver: { kind: 'person', person: staff },
        evidence: { of: 'desk', staff },
        second: { ceremony: 'desk', request: request.id, staff, right: right.id, document },
      });
    });
}

/** The act's factor was spent before it was counted. */
const CONFIRMED: Confirm = async () => ({ outcome: 'confirmed' });

/** Over one of the places where the person is known now. */
async function deskRight(
  tx: Tx,
  { staff, person: number, at }: { staff: number; person: number; at: Date },
): Promise<Right | undefined> {
  const { person } = await standing(tx, { person: number, at });
  const rights = await rightsOf(tx, staff, at);
  for (const { establishment: uai, academie, class: className } of person?.memberships ?? []) {
    const right = rightFor(rights, 'hold-desk', { uai, academie, className });
    if (right) return right;
  }
  return undefined;
}

function isShownBy(
  digests: Digests,
  { tokenDigest, proofDigest: kept }: HeldRequest,
  typed: string,
): boolean {
  return kept !== null && isSameBytes(proofDigest(digests, tokenDigest, typed), kept);
}

/** No screen of this person shows these characters: mistyped, too late, or somebody else's screen. */
async function refuseUnseen(
  tx: Tx,
  { staff, person, at }: { staff: number; person: number; at: Date },
): Promise<DeskHeld> {
  const details = { ceremony: 'desk', because: 'wrong-characters' } as const;
  await record(
    tx,
    { kind: 'person', person: staff },
    { name: 'activation.refused', subject: person, details },
    at,
  );
  return { outcome: 'wrong-proof' };
}
