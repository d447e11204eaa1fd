import type { Alarm } from '../../../src/alarms/alarm.ts';
import { type Html, html } from '../../../src/http/html.ts';
import type { Page } from '../../../src/http/render.ts';
import { type Errors, field } from '../../components/field.ts';
import { actions, linkButton } from '../../components/form.ts';
import { section } from '../../components/guidance.ts';
import { roleWords } from '../../components/ledger-words.ts';
import { facts } from '../../components/lists.ts';
import { alert } from '../../components/messages.ts';
import { actForm } from '../act-fields.ts';
import { consoleLayout, type Staff } from '../console-layout.ts';
import { moment } from '../words.ts';
import { whereAndWhen } from './alarms.ts';

export interface AlarmProps {
  staff: Staff;
  alarm: Alarm;
  /** The id of whom it happened to. */
  record: string | undefined;
  reason: string | undefined;
  errors: Errors | undefined;
}

export function alarmPage({ staff, alarm, record, reason, errors }: AlarmProps, page: Page): Html {
  const { t } = page;
  const { pause, closed } = alarm;
  const figures = figuresOf(page, alarm);
  return consoleLayout(page, {
    staff,
    current: '/console/alarms',
    title: t(`alarms.rule_${alarm.rule}`),
    lead: whereAndWhen(page, alarm),
    errors,
    body: html`
      ${
        pause?.until &&
        alert({ kind: 'info', body: t('alarms.paused_until', { until: moment(page, pause.until) }) })
      }
      ${record && actions(linkButton({ label: t('people.open'), href: `/console/people/${record}` }))}
      ${figures.length > 0 && section({ title: t('alarms.figures'), body: facts(figures) })}
      ${closed ? closedText(page, closed) : closing(page, { id: alarm.id, reason, errors })}`,
  });
}

/** In the order a person reads them. */
const FIGURES = [
  ...['role', 'hour', 'day'],
  ...[
    'claims',
    'unknown_codes',
    'class',
    'wrong_words',
    'uses',
    'letters',
    'decoys',
    'schools',
    'closed',
    'minutes',
    'hours',
  ],
  ...['handed_over', 'handed_over_hours', 'address', 'letter', 'reset_at', 'claimed_at', 'printed_at'],
];

function figuresOf(page: Page, { details, session }: Alarm): [string, string][] {
  const { t } = page;
  const shown = FIGURES.flatMap((name): [string, string][] => {
    const value = details[name];
    if (value === undefined || value === null) return [];
    return [[t(`alarms.figure_${name}`), figureText(page, { name, value })]];
  });
  return session === undefined ? shown : [...shown, [t('alarms.session'), session.slice(0, 16)]];
}

/** A budget is so much of so much. */
function figureText(page: Page, { name, value }: { name: string; value: unknown }): string {
  if (name.endsWith('_at')) return moment(page, new Date(String(value)));
  if (name === 'role') return roleWords(page, String(value));
  const { spent, limit } = Object(value) as { spent?: number; limit: number };
  return spent === undefined ? [value].flat().join(', ') : page.t('alarms.spent_of', { spent, limit });
}

function closedText(page: Page, { at, reason }: NonNullable<Alarm['closed']>): Html {
  const { t } = page;
  return html`
    <p>${t('alarms.closed_by_reason', { date: moment(page, at), reason })}</p>
    ${actions(linkButton({ label: t('alarms.back'), href: '/console/alarms' }))}`;
}

function closing(
  page: Page,
  { id, reason, errors }: { id: string; reason: string | undefined; errors: Errors | undefined },
): Html {
  const { t } = page;
  return section({
    title: t('alarms.close_title'),
    body: html`<p>${t('alarms.close_lead')}</p>${actForm(page, {
      action: `/console/alarms/${id}`,
      label: t('alarms.close'),
      back: '/console/alarms',
      errors,
      body: field(page, {
        name: 'reason',
        label: t('alarms.reason'),
        hint: t('alarms.reason_hint'),
        value: reason ?? '',
        errors,
      }),
    })}`,
  });
}
