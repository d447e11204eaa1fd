import type { Digests } from '../crypto/digests.ts';
import { randomWord } from '../crypto/word-lists.ts';

/** The word on the board while a class window is open: a to z only. Show it in capitals, which need no accents. */
export type WindowWord = string & { readonly brand: 'WindowWord' };

const LONGEST_TYPED = 40;

export function generateWindowWord(): WindowWord {
  return randomWord('window') as WindowWord;
}

/** Case, accents and spaces do not count. Undefined for what can be no word: spend no try on it. */
export function parseWindowWord(typed: string): WindowWord | undefined {
  if (typed.length > LONGEST_TYPED) return undefined;
  const folded = typed
    .trim()
    .normalize('NFD')
    .replace(/\p{Mark}/gu, '')
    .toLowerCase()
    .replaceAll('œ', 'oe');
  return /^[a-z]{2,}$/.test(folded) ? (folded as WindowWord) : undefined;
}

export function digestWindowWord(digests: Digests, word: WindowWord): Buffer {
  return digests.of('window-word', word);
}
