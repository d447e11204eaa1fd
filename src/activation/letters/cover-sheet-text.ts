import type { Translate } from '../../http/translate.ts';
import type { CoverSheet } from '../../messages/letters/letter.ts';
import { inPlace, longDate, shortId } from './letter-text.ts';
import type { PrintedBatch } from './printed-letter.ts';

/** Says who gets a letter, and no code: it lies open on a desk. */
export function textOfCoverSheet(t: Translate, issuer: string, batch: PrintedBatch): CoverSheet {
  const { id, names, printedAt, handOverBy } = batch;
  return {
    kind: 'cover-sheet',
    title: t('letters.sheet_title'),
    place: inPlace(t, batch),
    facts: [
      t('letters.sheet_count', { count: names.length, date: longDate(printedAt) }),
      t('letters.sheet_until', { date: longDate(handOverBy) }),
    ],
    link: `${issuer}/console/batches/${id}`,
    batchLine: t('letters.sheet_batch', { batch: id }),
    qrText: t('letters.sheet_qr'),
    how: t('letters.sheet_how'),
    next: t('letters.sheet_next', { batch: shortId(id) }),
    rows: names.map((name, index) => `${index + 1}. ${name}`),
  };
}
