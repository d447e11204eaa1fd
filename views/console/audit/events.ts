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
  events: readonly EventShown[] | undefined;
  /** Where the next page begins. */
  before: number | undefined;
}

/** One event a line: when, what, who by kind, where. Of whom stands nowhere. */
export function eventsPage({ events, before, ...given }: EventsProps, page: Page): Html {
  const { t } = page;
  const href = `/console/audit/events?${queryOf(given.asked, { before: String(before) })}`;
  const older = before !== undefined && actions(linkButton({ label: t('audit.older'), href }));
  return auditLayout(page, {
    ...given,
    path: '/console/audit/events',
    lead: 'audit.events_lead',
    body: events && html`${list(page, events)}${older}`,
  });
}

function list(page: Page, events: readonly EventShown[]): Html {
  const { t } = page;
  if (events.length === 0)
    return emptyState({ title: t('audit.no_events'), body: t('audit.no_events_text') });
  return table({
    caption: t('audit.events'),
    columns: [t('audit.by_event_column'), t('audit.at'), t('audit.by_actor_column'), t('audit.where')],
    rows: events.map((event) => [
      eventWords(page, event.name),
      moment(page, event.at),
      t(`audit.actor_${event.actor}`),
      whereWords(page, event),
    ]),
  });
}

/** Several at once would say of whom. */
function whereWords({ t }: Page, { schools, school }: EventShown): string {
  if (schools > 1) return t('audit.several_schools');
  return school ?? t('audit.no_school');
}
