import { randomBytes } from 'node:crypto';
import { insertBaits } from '../../alarms/bait.ts';
import { noteDecoysRead } from '../../alarms/sightings.ts';
import type { Actor } from '../../audit/actor.ts';
import type { Digests } from '../../crypto/digests.ts';
import { decoysAmong } from '../../directory/decoys.ts';
import type { Tx } from '../../storage/postgres.ts';
import { digestActivationCode } from '../activation-code.ts';
import type { PrintedLetter } from './printed-letter.ts';
import type { NewLetter } from './store.ts';

type Drawn = Pick<PrintedLetter, 'person' | 'number' | 'code'> & { epoch: number };

/**
 * Staff who ask for a decoy's letter get one like any other: a class that had none would be known by it. What stands
 * in its place among the letters is the digest of no code at all; the code on the paper is bait, kept as such. The same
 * statements whoever it is for.
 */
export async function lettersToKeep(
  tx: Tx,
  {
    drawn,
    digests,
    ...printing
  }: {
    drawn: readonly Drawn[];
    digests: Digests;
    by: Actor;
    /** The digest of its uid; operators print outside of one. */
    session: Buffer | undefined;
    isOnPaper: boolean;
    at: Date;
  },
): Promise<NewLetter[]> {
  const { by, session, isOnPaper, at } = printing;
  const persons = drawn.map(({ person }) => person);
  const decoys = new Set((await decoysAmong(tx, persons)).map(({ person }) => person));
  const letters = drawn.map(({ code, ...letter }) => ({
    ...letter,
    codeDigest: digestActivationCode(digests, code),
  }));
  if (isOnPaper) await insertBaits(tx, { letters, ...printing });
  if (by.kind === 'person' && session)
    await noteDecoysRead(tx, { persons, reader: by.person, session, way: 'printed', at });
  return letters.map((letter) =>
    decoys.has(letter.person) ? { ...letter, codeDigest: randomBytes(32) } : letter,
  );
}
