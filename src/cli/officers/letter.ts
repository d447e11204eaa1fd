import { createActivation } from '../../activation/activation.ts';
import { textOfLetter } from '../../activation/letters/letter-text.ts';
import type { PrintedForOfficer } from '../../activation/letters/print-officer-letter.ts';
import { LOCALES_FOLDER, loadWords } from '../../http/translate.ts';
import { openLettersFile } from '../../messages/letters/letters-file.ts';
import { type Page, writeLetters } from '../../messages/letters/write-letters.ts';
import type { Context } from '../command.ts';

/** The file is opened before the code is drawn; a failure leaves none. */
export async function printForOfficer(
  context: Context,
  { person, out }: { person: number; out: string },
): Promise<PrintedForOfficer> {
  const parts = await context.parts();
  const t = loadWords({ folder: LOCALES_FOLDER, strict: true, onMissing: () => {} }).translator('fr');
  const file = await openLettersFile(out);
  try {
    const { by, reason } = context;
    const asked = { person, office: t('letters.office'), by, reason };
    const printed = await createActivation(parts).printOfficerLetter(asked);
    if (printed.outcome === 'printed') {
      const page = textOfLetter(t, context.config.issuer, printed.letter);
      await writeLetters(file.stream, { title: t('letters.title'), lang: 'fr-FR' }, pages(page), () => {});
      await file.keep();
    } else await file.discard();
    return printed;
  } catch (error) {
    await file.discard();
    throw error;
  }
}

async function* pages(page: Page): AsyncGenerator<Page> {
  yield page;
}
