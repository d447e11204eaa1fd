import type { Alarm } from '../../../src/alarms/alarm.ts';
import type { Pages } from '../../../src/console/paging.ts';
import { type Html, html } from '../../../src/http/html.ts';
import type { Page } from '../../../src/http/render.ts';
import { linkButton } from '../../components/form.ts';
import { emptyState, section } from '../../components/guidance.ts';
import { badge, type Row, rowList } from '../../components/lists.ts';
import { alert } from '../../components/messages.ts';
import { consoleLayout, type Staff } from '../console-layout.ts';
import { pager } from '../pager.ts';
import { moment } from '../words.ts';

export interface AlarmsProps {
  staff: Staff;
  open: readonly Alarm[];
  /** Of those that are open. */
  pages: Pages;
  closed: readonly Alarm[];
  isDone: boolean;
}

/** What was noticed, the newest first: rules and figures, no name. */
export function alarmsPage({ staff, open, pages, closed, isDone }: AlarmsProps, page: Page): Html {
  const { t } = page;
  return consoleLayout(page, {
    staff,
    current: '/console/alarms',
    title: t('alarms.title'),
    lead: t('alarms.lead'),
    body: html`
      ${isDone && alert({ kind: 'success', body: t('alarms.done') })}
      ${
        open.length === 0
          ? emptyState({ title: t('alarms.none'), body: t('alarms.none_text') })
          : section({ title: t('alarms.open'), body: rowList(open.map((alarm) => openRow(page, alarm))) })
      }
      ${pager(page, '/console/alarms', pages)}
      ${
        closed.length > 0 &&
        section({ title: t('alarms.closed'), body: rowList(closed.map((alarm) => closedRow(page, alarm))) })
      }`,
  });
}

function openRow(page: Page, alarm: Alarm): Row {
  const { t } = page;
  return {
    title: t(`alarms.rule_${alarm.rule}`),
    text: whereAndWhen(page, alarm),
    badge: alarm.pause && badge(t('alarms.paused'), 'warning'),
    action: linkButton({ label: t('alarms.look'), href: `/console/alarms/${alarm.id}`, kind: 'quiet' }),
  };
}

function closedRow(page: Page, alarm: Alarm): Row {
  const { t } = page;
  const { closed } = alarm;
  const said =
    closed && t('alarms.closed_by_reason', { date: moment(page, closed.at), reason: closed.reason });
  return { title: t(`alarms.rule_${alarm.rule}`), text: html`${whereAndWhen(page, alarm)}. ${said}` };
}

export function whereAndWhen(page: Page, { school, academie, raisedAt }: Alarm): string {
  const { t } = page;
  return t('alarms.raised_at', {
    place: school ?? academie ?? t('alarms.no_school'),
    date: moment(page, raisedAt),
  });
}
