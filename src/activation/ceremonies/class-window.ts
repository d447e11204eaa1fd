import type { Digests } from '../../crypto/digests.ts';
import { isSameBytes } from '../../crypto/tokens.ts';
import { isCutOff } from '../../orders/evaluate.ts';
import { rightFor, rightsOf } from '../../rights/rights.ts';
import { subjectOf } from '../../sessions/judge-standing.ts';
import { type StandingPerson, standing } from '../../sessions/standing.ts';
import type { Tx } from '../../storage/postgres.ts';
import type { CeremonyAtOnce, Given, Proved, RefusedBecause } from '../ceremony.ts';
import type { CeremoniesOf } from '../choice.ts';
import type { InSameHands } from '../hands.ts';
import { digestWindowWord, parseWindowWord } from '../window-word.ts';
import { findWindow, type WindowPlace } from '../windows/store.ts';
import { refusalOfLetter } from './letter.ts';
import { closeExhausted, giveTryBack, reserveTry, type Tried } from './store.ts';

const NOBODY = 0;

export interface Dependencies {
  digests: Digests;
  ceremoniesOf: CeremoniesOf;
  inSameHands: InSameHands;
  /** Of one letter, and of all letters together, in one window. */
  wrongWords: { perLetter: number; perWindow: number };
}

/**
 * The letter's code, and the word that stands on the board while somebody who teaches the class has a window open for
 * this pupil. A right code takes five wrong words a window; a wrong code locks nothing. All codes together take
 * fifteen, then the window is closed: a pile of stolen letters is no pile of tries, and it needs three of a class to
 * close it, who are seen and whose teacher opens another in a moment.
 */
export function createClassWindow(from: Dependencies): CeremonyAtOnce {
  return {
    name: 'class-window',
    proofs: { first: 'letter-code', second: 'window-word' },
    device: 'shared',
    prove: (tx, given) => prove(tx, from, given),
    giveBack: (tx, { subject, second }) =>
      second.ceremony === 'class-window'
        ? giveTryBack(tx, { window: second.window, person: subject.person })
        : Promise.reject(new Error('not a proof of a class window')),
  };
}

async function prove(tx: Tx, { digests, wrongWords, ...from }: Dependencies, given: Given): Promise<Proved> {
  const { codeDigest, at } = given;
  const word = parseWindowWord(given.typed);
  // What can be no word spends no try, and takes the same statements.
  const limits = word ? wrongWords : { perLetter: 0, perWindow: 0 };
  const tried = await reserveTry(tx, { codeDigest, limits, at });
  const { person } = await standing(tx, { person: tried?.person ?? NOBODY, at });
  const typed = word ? digestWindowWord(digests, word) : Buffer.alloc(32);
  const isWord = isSameBytes(typed, tried?.wordDigest ?? Buffer.alloc(32, 1));
  const because =
    refusalOfLetter(tried, person, { ceremony: 'class-window', ...from, inForce: given.inForce }) ??
    refusalOfWord(tried, person, { ...given, isWord, isTypable: word !== undefined });
  if (!because && tried?.window && person) {
    const { letter, window } = tried;
    const refused = await refusalOfOpener(tx, from.inSameHands, { ...given, tried, window });
    if (!refused) return proved(tried, window, person);
    await giveTryBack(tx, { window, person: tried.person });
    return { outcome: 'refused', because: refused, person: tried.person, letter };
  }
  const closedWindow = await settleTry(tx, { tried, isWord, limit: wrongWords.perWindow, at });
  return {
    outcome: 'refused',
    because: because ?? 'unknown-code',
    person: tried?.person,
    letter: tried?.letter,
    closedWindow,
  };
}

/**
 * One statement after every refusal: the fifteenth wrong word takes no more than the first, nor does a right one that
 * the letter was refused for. That is no wrong word: a class under a freeze closes no window by knowing it.
 */
async function settleTry(
  tx: Tx,
  { tried, isWord, ...given }: { tried: Tried | undefined; isWord: boolean; limit: number; at: Date },
): Promise<string | undefined> {
  const window = tried?.window ?? undefined;
  if (!tried?.isReserved || !isWord || !window) return closeExhausted(tx, { window, ...given });
  await giveTryBack(tx, { window, person: tried.person });
  return undefined;
}

/** The word was right, and right for nothing: who opened the window is nobody to give it now, or held the letter too. */
async function refusalOfOpener(
  tx: Tx,
  inSameHands: InSameHands,
  given: Given & { tried: Tried; window: string },
): Promise<RefusedBecause | undefined> {
  const { tried, window } = given;
  const opened = await findWindow(tx, window);
  if (!opened || !(await isStillTheirs(tx, opened, given))) return 'no-window';
  const { openedBy: giver } = opened;
  const teacher = giver.kind === 'person' ? giver.person : NOBODY;
  const evidence = { of: 'window', window, teacher } as const;
  return (await inSameHands(tx, { letter: tried.letter, giver, evidence })) ? 'same-hands' : undefined;
}

/**
 * A lock, a reset, a new password, an order or a roster that came after the opening ends what was opened, not only what
 * would be; and what ended so does not come back with the lock's end (design D4).
 */
async function isStillTheirs(
  tx: Tx,
  { openedBy, openerEpoch, ...place }: WindowPlace,
  { tried, inForce, at }: Given & { tried: Tried },
): Promise<boolean> {
  if (openedBy.kind !== 'person') return true;
  if (!rightFor(await rightsOf(tx, openedBy.person, at), 'open-window', place)) return false;
  const { person } = await standing(tx, { person: openedBy.person, at });
  const generation = tried.windowGeneration ?? 0;
  if (!person || person.epoch !== openerEpoch) return false;
  return !isCutOff(inForce, subjectOf(person), { made: 'session', generation });
}

function proved(tried: Tried, window: string, person: StandingPerson): Proved {
  const second = { ceremony: 'class-window', window } as const;
  return {
    outcome: 'proved',
    proof: { subject: subjectOf(person), letter: tried.letter, epoch: person.epoch, second },
  };
}

function refusalOfWord(
  tried: Tried | undefined,
  person: StandingPerson | undefined,
  { inForce, isWord, isTypable }: Given & { isWord: boolean; isTypable: boolean },
): RefusedBecause | undefined {
  if (!tried?.window || !person) return 'no-window';
  const generation = tried.windowGeneration ?? 0;
  if (isCutOff(inForce, subjectOf(person), { made: 'code', generation })) return 'no-window';
  if (isTypable && !tried.isReserved) return 'no-tries-left';
  return isWord ? undefined : 'wrong-word';
}
