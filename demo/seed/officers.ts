import { openDormantAccount } from '../../src/accounts/open-dormant-account.ts';
import { createJudged } from '../../src/orders/judged.ts';
import { createApproveOfficer } from '../../src/rights/officers/approve.ts';
import { createInviteOfficer } from '../../src/rights/officers/invite.ts';
import { createProposeOfficer } from '../../src/rights/officers/propose.ts';
import { selectProposals } from '../../src/rights/officers/store.ts';
import { ACADEMIE, ACADEMIE_OFFICER, FIRST_OFFICER, OFFICERS, type OfficerPart } from '../cast.ts';
import { findInvited, hasHeldOffice } from '../store.ts';
import { wakeThese } from './people.ts';
import { REASON, type Stage } from './stage.ts';

/**
 * Above the schools, as everywhere: the first officer is invited, the second proposed by the operator and approved by the
 * first. Where somebody was invited as the first by hand before, the demo has no officers of its own.
 */
export async function appointOfficers(stage: Stage): Promise<void> {
  const first = await invited(stage, FIRST_OFFICER, 'first');
  if (first === undefined) return;
  const second = await invited(stage, ACADEMIE_OFFICER, 'later');
  if (second === undefined) return;
  await wakeThese(stage, OFFICERS, [first, second]);
  await appoint(stage, { person: second, approvedBy: first });
}

async function invited(
  { parts, by }: Stage,
  part: OfficerPart,
  as: 'first' | 'later',
): Promise<number | undefined> {
  const known = await findInvited(parts.db, parts.digests.of('mail', part.mail));
  if (known !== undefined) return known;
  const [givenName = '', familyName = ''] = part.name.split(' ');
  const contact = { kind: 'mail', value: part.mail } as const;
  const answer = await createInviteOfficer({ ...parts, openAccount: openDormantAccount })({
    ...{ by, reason: REASON, givenName, familyName, contact, as },
  });
  return answer.outcome === 'invited' ? answer.person : undefined;
}

/** Nobody's telephone is at hand while the scene is set. */
const confirm = async () => ({ outcome: 'confirmed' }) as const;

/** Once: an office that was ended in the demo stays ended. */
async function appoint(
  { parts, by }: Stage,
  { person, approvedBy }: { person: number; approvedBy: number },
): Promise<void> {
  const office = { role: 'academie-officer', scope: { kind: 'academie', academie: ACADEMIE } } as const;
  const at = parts.now();
  if (await hasHeldOffice(parts.db, person)) return;
  const judging = { judged: createJudged(parts), now: parts.now };
  await createProposeOfficer(judging)({ by, person, ...office, reason: REASON, confirm });
  const proposal = (await selectProposals(parts.db, at)).find((one) => one.person === person);
  if (!proposal) return;
  const second = { kind: 'person', person: approvedBy } as const;
  await createApproveOfficer(judging)({ by: second, proposal: proposal.id, reason: REASON, confirm });
}
