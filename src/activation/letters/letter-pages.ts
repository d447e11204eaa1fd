import type { Translate } from '../../http/translate.ts';
import type { Page } from '../../messages/letters/write-letters.ts';
import { textOfCoverSheet } from './cover-sheet-text.ts';
import { textOfLetter } from './letter-text.ts';
import type { PrintedLetter } from './printed-letter.ts';

/** Each pile under its cover sheet. `t` is French, whoever prints: letters are. */
export async function* letterPages(
  letters: Iterable<PrintedLetter> | AsyncIterable<PrintedLetter>,
  { t, issuer }: { t: Translate; issuer: string },
): AsyncGenerator<Page> {
  for await (const letter of letters) {
    if (letter.number === 1) yield textOfCoverSheet(t, issuer, letter.batch);
    yield textOfLetter(t, issuer, letter);
  }
}
