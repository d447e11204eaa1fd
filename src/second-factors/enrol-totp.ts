import type { Actor } from '../audit/actor.ts';
import { record } from '../audit/record.ts';
import type { Sealer } from '../crypto/sealed-fields.ts';
import type { Tx } from '../storage/postgres.ts';
import { upsertTotp } from './store.ts';
import { verifyTotp } from './totp.ts';

/** The field of a person under which the secret is sealed. */
export const TOTP_SECRET = 'totp_secret';

export interface Enrolment {
  secret: Uint8Array;
  /** The first code of the application: without it nothing is enrolled. */
  typed: string;
  /** Of the person. */
  sealer: Sealer;
  epoch: number;
  generation: number;
  at: Date;
}

export type Enrolled = { outcome: 'enrolled' } | { outcome: 'wrong-code' } | { outcome: 'epoch-moved' };

/** The confirming code is spent by this: it signs nobody in. A former application stops working. */
export async function enrolTotp(tx: Tx, by: Actor, enrolment: Enrolment): Promise<Enrolled> {
  const { secret, typed, sealer, epoch, generation, at } = enrolment;
  const check = verifyTotp({ secret, typed, now: at });
  if (check.outcome === 'refused') return { outcome: 'wrong-code' };
  const { person } = sealer;
  const secretSealed = sealer.seal(TOTP_SECRET, Buffer.from(secret).toString('base64'));
  const isStored = await upsertTotp(tx, { person, secretSealed, step: check.step, epoch, generation, at });
  if (!isStored) return { outcome: 'epoch-moved' };
  await record(tx, by, { name: 'second-factor.totp-enrolled', subject: person }, at);
  return { outcome: 'enrolled' };
}
