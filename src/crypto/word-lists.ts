import { randomInt } from 'node:crypto';
import { readFileSync } from 'node:fs';

export type WordList = 'passphrase' | 'window' | 'common-passwords';

const read = new Map<WordList, readonly string[]>();

/** The lines of config/words/<name>.txt, read once at first use. */
export function wordsOf(name: WordList): readonly string[] {
  const known = read.get(name);
  if (known) return known;
  const file = new URL(`../../config/words/${name}.txt`, import.meta.url);
  const words = Object.freeze(readFileSync(file, 'utf8').split('\n').filter(Boolean));
  read.set(name, words);
  return words;
}

/** Each as likely as the others, from the CSPRNG. */
export function randomWord(name: WordList): string {
  const words = wordsOf(name);
  const word = words[randomInt(words.length)];
  if (word === undefined) throw new Error(`config/words/${name}.txt is empty`);
  return word;
}
