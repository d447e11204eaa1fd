import { createDigests } from '../../src/crypto/digests.ts';
import { spendRecoveryCode } from '../../src/second-factors/recovery-codes.ts';
import { spendTotpStep } from '../../src/second-factors/spend-totp.ts';
import type { Db } from '../../src/storage/postgres.ts';
import { reserveAttempt } from '../../src/throttling/attempts.ts';

export async function spendStep(
  db: Db,
  { factor, step }: { factor: string; step: number },
): Promise<boolean> {
  return (await spendTotpStep(db, { factor, step })).outcome === 'spent';
}

export async function spendStepNaively(
  db: Db,
  { factor, step }: { factor: string; step: number },
): Promise<boolean> {
  const row = await db
    .selectFrom('totp_factors')
    .select('last_step')
    .where('id', '=', factor)
    .executeTakeFirst();
  if (!row || row.last_step >= step) return false;
  await db.updateTable('totp_factors').set({ last_step: step }).where('id', '=', factor).execute();
  return true;
}

interface Guess {
  person: number;
  typed: string;
  digestKey: string;
  at: number;
}

export async function spendCode(db: Db, { person, typed, digestKey, at }: Guess): Promise<boolean> {
  const digests = createDigests(Buffer.from(digestKey, 'hex'));
  const guess = { digests, person, typed, at: new Date(at) };
  const spent = await db
    .transaction()
    .execute((tx) => spendRecoveryCode(tx, { kind: 'person', person }, guess));
  return spent.outcome === 'spent';
}

export async function spendCodeNaively(db: Db, { person, at }: Guess): Promise<boolean> {
  const row = await db
    .selectFrom('recovery_codes')
    .select(['digest', 'used_at'])
    .where('person', '=', person)
    .orderBy('digest')
    .executeTakeFirst();
  if (!row || row.used_at) return false;
  const used = { used_at: new Date(at) };
  await db.updateTable('recovery_codes').set(used).where('digest', '=', row.digest).execute();
  return true;
}

interface Try {
  key: string;
  at: number;
}

export async function reserve(db: Db, { key, at }: Try): Promise<boolean> {
  const limits = { failuresBeforePause: 5, pauseSeconds: 60, longestPauseSeconds: 3600, failuresPerDay: 25 };
  const reserved = await reserveAttempt(db, { key: Buffer.from(key, 'hex'), limits, at: new Date(at) });
  return reserved.outcome === 'reserved';
}

/** Look, verify (a hash takes its time), then count. */
export async function reserveNaively(db: Db, { key, at }: Try): Promise<boolean> {
  const of = Buffer.from(key, 'hex');
  const found = await db
    .selectFrom('attempt_counters')
    .select('failures')
    .where('key', '=', of)
    .executeTakeFirst();
  if ((found?.failures ?? 0) >= 5) return false;
  await new Promise((resolve) => setTimeout(resolve, 5));
  const when = new Date(at);
  await db
    .insertInto('attempt_counters')
    .values({ key: of, failures: 1, day_started_at: when, updated_at: when })
    .onConflict((conflict) =>
      conflict.column('key').doUpdateSet((row) => ({ failures: row('attempt_counters.failures', '+', 1) })),
    )
    .execute();
  return true;
}
