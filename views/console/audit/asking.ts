import { type Area, keyOf } from '../../../src/console/audit/area.ts';
import { type Asked, PERIODS } from '../../../src/console/audit/asked.ts';
import { type Html, html } from '../../../src/http/html.ts';
import type { Page } from '../../../src/http/render.ts';
import { field, select } from '../../components/field.ts';
import { actions, button, linkButton, searchForm } from '../../components/form.ts';
import { alert } from '../../components/messages.ts';
import { consoleLayout, type Staff } from '../console-layout.ts';

export interface AuditProps {
  staff: Staff;
  asked: Asked;
}

const PAGES = [
  { path: '/console/audit', label: 'audit.acts' },
  { path: '/console/audit/events', label: 'audit.events' },
  { path: '/console/audit/ledger', label: 'audit.ledger' },
] as const;

interface Given extends AuditProps {
  path: (typeof PAGES)[number]['path'];
  /** A key of words. */
  lead: string;
  /** Undefined: too much to count in time. */
  body: Html | undefined;
}

/** The three pages of the audit: what it is of, the two others, and what there is. */
export function auditLayout(page: Page, { staff, asked, path, lead, body }: Given): Html {
  const { t } = page;
  const label = PAGES.find((one) => one.path === path)?.label ?? 'audit.acts';
  const errors = asked.area ? undefined : { uai: 'audit.unknown_school' };
  return consoleLayout(page, {
    staff,
    current: '/console/audit',
    title: t(label),
    lead: t(lead),
    errors,
    body: html`
      ${asking(page, asked, path)}
      ${asked.area && html`<p>${whatOf(page, asked, asked.area)}</p>${body ?? alert({ kind: 'warning', body: t('audit.too_much') })}`}
      ${actions(
        ...PAGES.filter((one) => one.path !== path).map((one) =>
          linkButton({ label: t(one.label), href: `${one.path}?${queryOf(asked)}` }),
        ),
      )}`,
  });
}

/** What a link to another of these pages carries on. */
export function queryOf({ days, within, areas, typed }: Asked, more: Record<string, string> = {}): string {
  return new URLSearchParams({
    days: String(days),
    ...(areas.length > 1 && { area: keyOf(within) }),
    ...(typed !== '' && { uai: typed }),
    ...more,
  }).toString();
}

function asking(page: Page, { days, areas, within, typed, area }: Asked, path: string): Html {
  const { t } = page;
  const isAbove = areas.some(({ kind }) => kind !== 'establishment');
  return searchForm({
    action: path,
    body: html`
      ${select(page, {
        name: 'days',
        label: t('audit.period'),
        value: String(days),
        choices: PERIODS.map((count) => ({ value: String(count), label: t('audit.days', { count }) })),
      })}
      ${
        areas.length > 1 &&
        select(page, {
          name: 'area',
          label: t('audit.area'),
          value: keyOf(within),
          choices: areas.map((one) => ({ value: keyOf(one), label: areaWords(page, one) })),
        })
      }
      ${
        isAbove &&
        field(page, {
          name: 'uai',
          label: t('audit.uai'),
          hint: t('audit.uai_hint'),
          value: typed,
          maxlength: 8,
          look: 'short',
          capitals: true,
          required: false,
          errors: area ? undefined : { uai: 'audit.unknown_school' },
        })
      }
      ${actions(button({ label: t('audit.show'), kind: 'secondary' }))}`,
  });
}

function areaWords({ t }: Page, area: Area): string {
  switch (area.kind) {
    case 'nation':
      return t('console.whole_country');
    case 'academie':
      return t('rights.academie_of', { academie: area.academie });
    case 'establishment':
      return area.uai;
    default:
      return area satisfies never;
  }
}

function whatOf(page: Page, { days, school }: Asked, area: Area): string {
  const { t } = page;
  const where = area.kind === 'establishment' && school ? `${school} (${area.uai})` : areaWords(page, area);
  return t('audit.of', { where, period: t('audit.days', { count: days }) });
}

export function figure({ locale }: Pick<Page, 'locale'>, count: number): string {
  return new Intl.NumberFormat(locale).format(count);
}
