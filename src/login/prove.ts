import { type Password, selectPassword } from '../accounts/store.ts';
import { record } from '../audit/record.ts';
import type { TotpFactor } from '../second-factors/store.ts';
import type { StandingPerson } from '../sessions/standing.ts';
import type { Tx } from '../storage/postgres.ts';
import type { Entry, Holder, LetIn } from './entry.ts';

export type Proved = { outcome: 'proved'; amr: string[] };

/** The credentials as they stand inside the transaction; a code is spent here. */
export async function prove(
  tx: Tx,
  entry: Entry,
  { totp, ...holder }: Omit<Holder, 'totp'> & { totp: TotpFactor | undefined },
): Promise<Proved | LetIn> {
  const { proof } = entry;
  const { person, inForce } = holder;
  if (proof.kind === 'password') {
    if (!(await isSamePassword(tx, person, proof.password))) return { outcome: 'start-again' };
    // Whoever has one always gives it, whatever the application asks.
    if (totp) return { outcome: 'second-factor-needed', epoch: person.epoch, generation: inForce.generation };
    return { outcome: 'proved', amr: ['pwd'] };
  }
  if (!totp || entry.stamps.some(({ epoch }) => epoch !== person.epoch)) return { outcome: 'start-again' };
  if ((await proof.spend(tx, { ...holder, totp })).outcome === 'refused') {
    await recordFailure(tx, entry, proof.factor);
    return { outcome: 'wrong-code' };
  }
  return { outcome: 'proved', amr: ['pwd', 'otp'] };
}

async function isSamePassword(tx: Tx, person: StandingPerson, verified: Password): Promise<boolean> {
  const current = await selectPassword(tx, person.number);
  return current?.epoch === person.epoch && current.setAt.getTime() === verified.setAt.getTime();
}

async function recordFailure(tx: Tx, entry: Entry, factor: string): Promise<void> {
  const details = { ...entry.details, factor };
  const by = { kind: 'system', name: 'sign-in' } as const;
  await record(tx, by, { name: 'sign-in.failed', subject: entry.person, details }, entry.at);
}
