import type { LineFigures, Lines } from '../../../src/console/audit/figures.ts';
import { type Html, html, type Printable } from '../../../src/http/html.ts';
import { calendarDay } from '../../../src/http/moments.ts';
import type { Page } from '../../../src/http/render.ts';
import { emptyState } from '../../components/guidance.ts';
import { roleWords } from '../../components/ledger-words.ts';
import { table } from '../../components/lists.ts';
import { type AuditProps, auditLayout, figure } from './asking.ts';

export interface AuditLedgerProps extends AuditProps {
  figures: LineFigures | undefined;
  /** Of the relying parties, by client_id. */
  names: ReadonlyMap<string, string>;
}

/** How much left, to whom, by which way; of how many persons, never of whom. */
export function auditLedgerPage({ figures, names, ...given }: AuditLedgerProps, page: Page): Html {
  return auditLayout(page, {
    ...given,
    path: '/console/audit/ledger',
    lead: 'audit.ledger_lead',
    body: figures && figuresText(page, figures, names),
  });
}

function figuresText(page: Page, figures: LineFigures, names: ReadonlyMap<string, string>): Html {
  const { t } = page;
  const { all, decoys } = figures;
  if (all.lines === 0) return emptyState({ title: t('audit.no_lines'), body: t('audit.no_lines_text') });
  return html`
    <p>${t('audit.lines_of', { lines: figure(page, all.lines), persons: personsWords(page, all) })}</p>
    ${decoys > 0 && html`<p class="aside">${t('audit.decoy_lines', { count: decoys })}</p>`}
    ${tables(page, figures, names)}`;
}

function tables(page: Page, figures: LineFigures, names: ReadonlyMap<string, string>): Html {
  const { t } = page;
  const { byKind, byClient, clients, byRole, byDay } = figures;
  return html`
    ${counted(
      page,
      'recipient',
      byKind.map((one) => [
        `${t(`audit.to_${one.recipient}`)}${t('audit.colon')}${t(`audit.kind_${one.kind}`)}`,
        one,
      ]),
    )}
    ${counted(
      page,
      'client',
      byClient.map((one) => [
        html`${names.get(one.clientId) ?? one.clientId} <small>${one.clientId}</small>`,
        one,
      ]),
    )}
    ${clients > byClient.length && html`<p>${t('audit.more_clients', { count: clients - byClient.length })}</p>`}
    ${counted(
      page,
      'role',
      byRole.map((one) => [roleWords(page, one.role), one]),
    )}
    ${counted(
      page,
      'day',
      byDay.map((one) => [calendarDay(page.locale, one.day), one]),
    )}`;
}

function counted(page: Page, by: string, rows: readonly [Printable, Lines][]): Html | undefined {
  const { t } = page;
  if (rows.length === 0) return undefined;
  return table({
    caption: t(`audit.by_${by}`),
    columns: [t(`audit.by_${by}_column`), t('audit.lines'), t('audit.persons')],
    rows: rows.map(([of, lines]) => [of, figure(page, lines.lines), personsWords(page, lines)]),
  });
}

function personsWords(page: Page, { persons }: Lines): string {
  return persons === undefined ? page.t('audit.few') : figure(page, persons);
}
