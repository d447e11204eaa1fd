import type { Batch } from '../../../src/activation/letters/batches/store.ts';
import { pathOfClass, pathOfSchool } from '../../../src/console/place.ts';
import { type Html, html } from '../../../src/http/html.ts';
import type { Page } from '../../../src/http/render.ts';
import { radios } from '../../components/choices.ts';
import { type Errors, field } from '../../components/field.ts';
import { actions, linkButton } from '../../components/form.ts';
import { badge, facts, table } from '../../components/lists.ts';
import { alert } from '../../components/messages.ts';
import { actForm } from '../act-fields.ts';
import { consoleLayout, type Staff } from '../console-layout.ts';
import { longDate, numberRanges } from '../words.ts';

export interface BatchProps {
  staff: Staff;
  school: { uai: string; name: string };
  batch: Batch;
  /** Empty: the pile in numbers alone. */
  names: readonly { number: number; name: string | undefined }[];
  /** Among the letters; 0 for everybody but auditors. */
  baits: number;
  pages: { current: number; total: number };
  mayHandOver: boolean;
  mayReadPeople: boolean;
  /** How many were just ticked. */
  handedOver: number;
}

/** One pile: where each letter stands, by its number on the paper. Codes stand on paper alone. */
export function batchPage(props: BatchProps, page: Page): Html {
  const { t } = page;
  const { batch, names, baits, handedOver } = props;
  const path = `/console/batches/${batch.id}`;
  return consoleLayout(page, {
    staff: props.staff,
    current: '/console/schools',
    title: t('console.batch_title', { batch: batch.id.slice(0, 8) }),
    lead: html`<a href="${backOf(props)}">${whereOf(page, props)}</a>`,
    body: html`
      ${handedOver > 0 && alert({ kind: 'success', body: t('console.handed_now', { count: handedOver }) })}
      ${waitingNote(page, batch)}
      ${states(page, batch)}
      ${baits > 0 && html`<p class="aside">${t('console.baits', { count: baits })}</p>`}
      ${actions(
        props.mayHandOver &&
          linkButton({ label: t('console.hand_over'), href: `${path}/hand-over`, kind: 'primary' }),
        props.mayReadPeople &&
          names.length === 0 &&
          linkButton({ label: t('console.see_names'), href: `${path}?names=yes` }),
      )}
      ${names.length > 0 && namesTable(page, props)}`,
  });
}

function backOf({ school, batch: { className } }: Pick<BatchProps, 'school' | 'batch'>): string {
  return className === null ? pathOfSchool(school.uai) : pathOfClass({ uai: school.uai, className });
}

function whereOf({ t }: Page, { school, batch }: Pick<BatchProps, 'school' | 'batch'>): string {
  const place =
    batch.className === null
      ? school.name
      : t('console.class_at', { class: batch.className, school: school.name });
  return `${t(`console.whose_${batch.whose}`)} · ${place}`;
}

/** A letter that is missing is one nobody could tick. */
function waitingNote(page: Page, { printed, handOverBy }: Batch): Html | undefined {
  const { t } = page;
  if (printed.length === 0) return undefined;
  return alert({
    kind: 'warning',
    title: t('console.waiting_title', { count: printed.length }),
    body: handOverBy
      ? t('console.waiting_text', { date: longDate(page, handOverBy), numbers: numberRanges(printed) })
      : undefined,
  });
}

function states(page: Page, batch: Batch): Html {
  const { t } = page;
  const row = (label: string, numbers: readonly number[]) =>
    [
      t(label),
      numbers.length === 0 ? '0' : html`${numbers.length} <small>(${numberRanges(numbers)})</small>`,
    ] as const;
  return facts([
    [t('console.batch_printed'), longDate(page, batch.printedAt)],
    [t('console.batch_letters'), batch.letters],
    row('console.printed', batch.printed),
    row('console.handed_over', batch.handedOver),
    row('console.used', batch.used),
    row('console.void', batch.void),
  ]);
}

function namesTable(page: Page, { batch, names, pages }: BatchProps): Html {
  const { t } = page;
  const next = `/console/batches/${batch.id}?names=yes&page=${pages.current + 1}`;
  return html`
    ${table({
      caption: t('console.batch_names'),
      columns: [t('console.number'), t('console.name'), t('console.state')],
      rows: names.map(({ number, name = t('console.name_left') }) => [
        number,
        name,
        stateOf(page, batch, number),
      ]),
    })}
    ${pages.current < pages.total && actions(linkButton({ label: t('console.next_page'), href: next }))}
    <p class="aside">${t('console.read_noted')}</p>`;
}

function stateOf({ t }: Page, batch: Batch, number: number): Html {
  if (batch.used.includes(number)) return badge(t('console.used'), 'good');
  if (batch.void.includes(number)) return badge(t('console.void'), 'danger');
  return badge(t(batch.handedOver.includes(number) ? 'console.handed_over' : 'console.printed'));
}

export interface HandOverProps {
  staff: Staff;
  school: { uai: string; name: string };
  batch: Batch;
  typed: { which: string; numbers: string } | undefined;
  errors: Errors | undefined;
}

export function handOverPage({ staff, school, batch, typed, errors }: HandOverProps, page: Page): Html {
  const { t } = page;
  const back = `/console/batches/${batch.id}`;
  return consoleLayout(page, {
    staff,
    current: '/console/schools',
    title: t('console.hand_over_title'),
    lead: whereOf(page, { school, batch }),
    errors,
    body: html`
      <p>${t('console.hand_over_text', { count: batch.printed.length, numbers: numberRanges(batch.printed) })}</p>
      ${actForm(page, {
        action: `${back}/hand-over`,
        label: t('console.hand_over_now'),
        back,
        errors,
        body: html`
          ${radios(page, {
            name: 'which',
            label: t('console.which_label'),
            value: typed?.which ?? 'all',
            choices: [
              { value: 'all', label: t('console.which_all') },
              { value: 'except', label: t('console.which_except') },
              { value: 'only', label: t('console.which_only') },
            ],
            errors,
          })}
          ${field(page, {
            name: 'numbers',
            label: t('console.numbers_label'),
            hint: t('console.numbers_hint'),
            value: typed?.numbers,
            required: false,
            maxlength: 2000,
            errors,
          })}`,
      })}`,
  });
}
