import { disownedReason } from '../accounts/lock-reasons.ts';
import { lockAccount } from '../accounts/locks.ts';
import { raise } from '../alarms/raise.ts';
import { record } from '../audit/record.ts';
import type { Digests } from '../crypto/digests.ts';
import { endSessionsOf } from '../sessions/end-session.ts';
import type { Db, Tx } from '../storage/postgres.ts';
import { addJobs } from '../storage/queue.ts';
import { NOTICES } from './send-notice.ts';
import { type Disowned, findSpentLink, schoolsOf, secondProofBy, spendLink } from './store.ts';

export const DISOWNED_TASK = 'activation.disowned';

/**
 * `locked-before`: the link was used already; whoever it was sees the same page. `lifted-since`: and no lock holds any
 * more; nobody is told that an account is closed which is open.
 */
export type ClaimDisowned =
  | { outcome: 'locked' }
  | { outcome: 'locked-before' }
  | { outcome: 'lifted-since' }
  | { outcome: 'unknown-link' };
export type DisownClaim = (token: string) => Promise<ClaimDisowned>;

export interface Dependencies {
  db: Db;
  digests: Digests;
  now(): Date;
}

/**
 * "This was not me", "this was not my child", of a claim or of a change since: the account is locked at once, everything
 * let in and half-open dies with its epoch, and the school is told. No order stops it: it takes access away and gives none.
 */
export function createDisownClaim({ db, digests, now }: Dependencies): DisownClaim {
  return (token) =>
    db.transaction().execute(async (tx) => {
      const link = { digest: digests.of('claim-notice', token), at: now() };
      const disowned = await spendLink(tx, link);
      if (!disowned) return { outcome: await whatBecameOf(tx, link) };
      await lock(tx, disowned, link.at);
      return { outcome: 'locked' };
    });
}

async function whatBecameOf(
  tx: Tx,
  link: { digest: Buffer; at: Date },
): Promise<'locked-before' | 'lifted-since' | 'unknown-link'> {
  const spent = await findSpentLink(tx, link);
  if (!spent) return 'unknown-link';
  return spent.isLocked ? 'locked-before' : 'lifted-since';
}

async function lock(tx: Tx, { notice, person, recipient, told }: Disowned, at: Date): Promise<void> {
  const details = { notice, recipient, told };
  await record(tx, NOTICES, { name: 'activation.disowned', subject: person, details }, at);
  await lockAccount(tx, NOTICES, { person, reason: disownedReason(told, recipient), at });
  await endSessionsOf(tx, person, { by: NOTICES, at, reason: 'lock' });
  const schools = await schoolsOf(tx, person);
  // Whoever of the staff let it in is not who looks into it.
  const figures = { ...details, given_by: await secondProofBy(tx, person) };
  const rule = told === 'claim' ? 'claim-disowned' : 'change-disowned';
  // Of no school is who stands above them: their alarm goes to the nation.
  for (const uai of schools.length > 0 ? schools : [undefined]) {
    const key = `${uai ?? 'above'} ${notice}`;
    await raise(tx, { rule, uai, person, details: figures, key, at });
  }
  await addJobs(
    tx,
    schools.map((uai) => ({ task: DISOWNED_TASK, payload: { uai, notice } })),
  );
}
