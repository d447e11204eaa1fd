import type { Actor } from '../audit/actor.ts';
import { record } from '../audit/record.ts';
import type { Digests } from '../crypto/digests.ts';
import type { Tx } from '../storage/postgres.ts';
import {
  digestRecoveryCode,
  generateRecoveryCodes,
  parseRecoveryCode,
  type RecoveryCode,
} from './recovery-code.ts';
import { countRecoveryCodes, replaceRecoveryCodes, selectRecoveryCode, useRecoveryCode } from './store.ts';

export type CodesMade = { outcome: 'made'; codes: RecoveryCode[] } | { outcome: 'epoch-moved' };

/** Ten new ones, shown once; every former one is void. */
export async function makeRecoveryCodes(
  tx: Tx,
  by: Actor,
  making: { digests: Digests; person: number; epoch: number; generation: number; at: Date },
): Promise<CodesMade> {
  const codes = generateRecoveryCodes();
  const digests = codes.map((code) => digestRecoveryCode(making.digests, code));
  if (!(await replaceRecoveryCodes(tx, { ...making, digests }))) return { outcome: 'epoch-moved' };
  await record(tx, by, { name: 'second-factor.recovery-codes-made', subject: making.person }, making.at);
  return { outcome: 'made', codes };
}

interface Guess {
  digests: Digests;
  person: number;
  typed: string;
  at: Date;
}

export type CodeFound = { outcome: 'found'; generation: number } | { outcome: 'refused' };

/** For who is let in nowhere now, whatever they prove: the code stays good for when they are. */
export async function findRecoveryCode(tx: Tx, guess: Guess): Promise<CodeFound> {
  const code = parseRecoveryCode(guess.typed);
  if (!code) return { outcome: 'refused' };
  const digest = digestRecoveryCode(guess.digests, code);
  const stamp = await selectRecoveryCode(tx, { person: guess.person, digest });
  return stamp ? { outcome: 'found', generation: stamp.generation } : { outcome: 'refused' };
}

export type CodeSpent = { outcome: 'spent'; generation: number; remaining: number } | { outcome: 'refused' };

/** One conditional UPDATE; its use is on record (NIST SP 800-63B-4 §3.1.2). */
export async function spendRecoveryCode(tx: Tx, by: Actor, guess: Guess): Promise<CodeSpent> {
  const code = parseRecoveryCode(guess.typed);
  if (!code) return { outcome: 'refused' };
  const { person, at } = guess;
  const stamp = await useRecoveryCode(tx, { person, digest: digestRecoveryCode(guess.digests, code), at });
  if (!stamp) return { outcome: 'refused' };
  const remaining = await countRecoveryCodes(tx, person);
  const event = {
    name: 'second-factor.recovery-code-used',
    subject: person,
    details: { remaining },
  } as const;
  await record(tx, by, event, at);
  return { outcome: 'spent', generation: stamp.generation, remaining };
}
