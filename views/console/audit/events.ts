import type { EventShown } from '../../../src/console/audit/events-store.ts';
import type { Html } from '../../../src/http/html.ts';
import { html } from '../../../src/http/html.ts';
import type { Page } from '../../../src/http/render.ts';
import { actions, linkButton } from '../../components/form.ts';
import { emptyState } from '../../components/guidance.ts';
import { table } from '../../components/lists.ts';
import { moment } from '../words.ts';
import { type AuditProps, auditLayout, queryOf } from './asking.ts';
import { eventWords } from './audit.ts';

export interface EventsProps extends AuditProps {
  events: readonly EventShown[];
  /** Where the next page begins. */
  before: number | undefined;
}

/** One event a line: when, what, who by kind, where. Of whom stands nowhere. */
export function eventsPage({ events, before, ...given }: EventsProps, page: Page): Html {
  const { t } = page;
  const none = emptyState({ title: t('audit.no_events'), body: t('audit.no_events_text') });
  const list = table({
    caption: t('audit.events'),
    columns: [t('audit.by_event_column'), t('audit.at'), t('audit.by_actor_column'), t('audit.where')],
    rows: events.map((event) => [
      eventWords(page, event.name),
      moment(page, event.at),
      t(`audit.actor_${event.actor}`),
      whereWords(page, event),
    ]),
  });
  const older =
    before !== undefined &&
    linkButton({
      label: t('audit.older'),
      href: `/console/audit/events?${queryOf(given.asked, { before: String(before) })}`,
    });
  return auditLayout(page, {
    ...given,
    path: '/console/audit/events',
    lead: 'audit.events_lead',
    body: events.length === 0 ? none : html`${list}${older && actions(older)}`,
  });
}

/** Several at once would say of whom. */
function whereWords({ t }: Page, { schools, school }: EventShown): string {
  if (schools > 1) return t('audit.several_schools');
  return school ?? t('audit.no_school');
}
