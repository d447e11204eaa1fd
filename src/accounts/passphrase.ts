import { randomWord } from '../crypto/word-lists.ts';

const WORDS = 5;

/** Five words of config/words/passphrase.txt with dashes between them: at least 51 bits, and no accent to type. */
export function generatePassphrase(): string {
  return Array.from({ length: WORDS }, () => randomWord('passphrase')).join('-');
}
