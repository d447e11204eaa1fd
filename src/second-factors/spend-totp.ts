import type { Sealer } from '../crypto/sealed-fields.ts';
import type { Db, Tx } from '../storage/postgres.ts';
import { TOTP_SECRET } from './enrol-totp.ts';
import { advanceTotpStep, type TotpFactor } from './store.ts';
import { verifyTotp } from './totp.ts';

export type TotpSpent = { outcome: 'spent' } | { outcome: 'refused' };

/** A right code, once: the step is spent by one conditional UPDATE, whatever else happens afterwards. */
export async function spendTotp(
  db: Db | Tx,
  guess: { factor: TotpFactor; sealer: Sealer; typed: string; at: Date },
): Promise<TotpSpent> {
  const secret = Buffer.from(guess.sealer.open(TOTP_SECRET, guess.factor.secretSealed), 'base64');
  const check = verifyTotp({ secret, typed: guess.typed, now: guess.at });
  if (check.outcome === 'refused') return check;
  return spendTotpStep(db, { factor: guess.factor.id, step: check.step });
}

/** RFC 6238 §5.2: a code is accepted once, and no older one after it. */
export async function spendTotpStep(
  db: Db | Tx,
  spending: { factor: string; step: number },
): Promise<TotpSpent> {
  return { outcome: (await advanceTotpStep(db, spending)) ? 'spent' : 'refused' };
}
