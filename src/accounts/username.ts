import { randomInt } from 'node:crypto';
import { randomWord } from '../crypto/word-lists.ts';

export const LONGEST_USERNAME = 32;

/**
 * Readable and not guessable from the name: first name, a word, two or three digits (`lina.carotte47`, 20 bits).
 * Another word stands for a name without letters of ours. Two people may draw the same: the store decides, draw again.
 */
export function generateUsername(givenName: string): string {
  const name = asciiName(givenName) || randomWord('passphrase');
  return `${name}.${randomWord('passphrase')}${randomInt(10, 1000)}`;
}

/** "Zoé-Lou" is zoelou, "Œdipe" oedipe. */
function asciiName(givenName: string): string {
  const letters = fold(givenName.slice(0, 100))
    .replaceAll('œ', 'oe')
    .replaceAll('æ', 'ae')
    .replaceAll('ß', 'ss')
    .replaceAll('ø', 'o')
    .replaceAll('ł', 'l');
  return letters.replace(/[^a-z]/g, '').slice(0, 16);
}

/** The one form that is digested and looked up. Mail addresses are not usernames: accents count in them. */
export function normaliseUsername(typed: string): string {
  return fold(typed).replace(/\s/g, '');
}

function fold(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/\p{Mark}/gu, '')
    .toLowerCase();
}
