import type { Whose } from '../../../src/activation/letters/whose.ts';
import { type Html, html } from '../../../src/http/html.ts';
import type { Page } from '../../../src/http/render.ts';
import { emptyState } from '../../components/guidance.ts';
import { table } from '../../components/lists.ts';
import { longDate } from '../words.ts';

export interface BatchShown {
  id: string;
  whose: Whose;
  printedAt: Date;
  letters: number;
  waiting: number;
}

/** Piles in numbers, the newest first, each saying whose letters it holds. */
export function batchList(page: Page, batches: readonly BatchShown[]): Html {
  const { t } = page;
  if (batches.length === 0) {
    return emptyState({ title: t('console.batches_none'), body: t('console.batches_none_text') });
  }
  return table({
    caption: t('console.batches_caption'),
    columns: [
      t('console.batch_printed'),
      t('console.batch_whose'),
      t('console.batch_letters'),
      t('console.batch_waiting'),
    ],
    rows: batches.map(({ id, whose, printedAt, letters, waiting }) => [
      html`<a href="/console/batches/${id}">${longDate(page, printedAt)}</a>`,
      t(`console.whose_${whose}`),
      letters,
      waiting,
    ]),
  });
}
