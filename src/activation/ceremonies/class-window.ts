import type { Digests } from '../../crypto/digests.ts';
import { isSameBytes } from '../../crypto/tokens.ts';
import { isCutOff, judge } from '../../orders/evaluate.ts';
import { subjectOf } from '../../sessions/judge-standing.ts';
import { type StandingPerson, standing } from '../../sessions/standing.ts';
import type { Ceremony, Given, Proved, RefusedBecause } from '../ceremony.ts';
import { digestWindowWord, parseWindowWord } from '../window-word.ts';
import { giveTryBack, reserveTry, type Tried } from './store.ts';

const NOBODY = 0;

/**
 * The letter's code, and the word that stands on the board while somebody who teaches the class has a window open for
 * this pupil. A right code takes five wrong words a window; a wrong code locks nothing.
 */
export function createClassWindow({
  digests,
  wrongWords,
}: {
  digests: Digests;
  wrongWords: number;
}): Ceremony {
  return {
    name: 'class-window',
    profiles: ['pupil'],
    proofs: { first: 'letter-code', second: 'window-word' },
    device: 'shared',
    async prove(tx, given) {
      const word = parseWindowWord(given.typed);
      // What can be no word spends no try, and takes the same statements.
      const limit = word ? wrongWords : 0;
      const tried = await reserveTry(tx, { codeDigest: given.codeDigest, limit, at: given.at });
      const { person } = await standing(tx, { person: tried?.person ?? NOBODY, at: given.at });
      const typed = word ? digestWindowWord(digests, word) : Buffer.alloc(32);
      const isWord = isSameBytes(typed, tried?.wordDigest ?? Buffer.alloc(32, 1));
      const because = refusal(tried, person, { ...given, isWord, isTypable: word !== undefined });
      if (because || !tried?.window || !person) {
        return {
          outcome: 'refused',
          because: because ?? 'unknown-code',
          person: tried?.person,
          letter: tried?.letter,
        };
      }
      return proved(tried, tried.window, person);
    },
    giveBack: (tx, { subject, second }) => giveTryBack(tx, { window: second.window, person: subject.person }),
  };
}

function proved(tried: Tried, window: string, person: StandingPerson): Proved {
  const second = { ceremony: 'class-window', window } as const;
  return {
    outcome: 'proved',
    proof: { subject: subjectOf(person), letter: tried.letter, epoch: person.epoch, second },
  };
}

function refusal(
  tried: Tried | undefined,
  person: StandingPerson | undefined,
  { inForce, isWord, isTypable }: Given & { isWord: boolean; isTypable: boolean },
): RefusedBecause | undefined {
  if (!tried || !person) return 'unknown-code';
  const subject = subjectOf(person);
  const isDead = (generation: number | null) =>
    isCutOff(inForce, subject, { made: 'code', generation: generation ?? 0 });
  if (tried.letterState === 'used') return 'used-letter';
  if (tried.letterState === 'void' || tried.letterEpoch !== person.epoch) return 'void-letter';
  if (tried.isExpired) return 'expired-letter';
  if (person.state !== 'dormant') return 'not-dormant';
  if (person.isLocked) return 'locked';
  if (!person.key) return 'erased';
  if (isDead(tried.letterGeneration)) return 'cut-off';
  if (judge(inForce, subject).enforced.includes('freeze')) return 'frozen';
  if (!person.memberships.some(({ profile }) => profile === 'pupil')) return 'other-profile';
  if (!tried.window || isDead(tried.windowGeneration)) return 'no-window';
  if (isTypable && !tried.isReserved) return 'no-tries-left';
  return isWord ? undefined : 'wrong-word';
}
