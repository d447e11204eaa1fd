import type { EventFigures, Sum } from '../../../src/console/audit/figures.ts';
import { type Html, html, type Printable } from '../../../src/http/html.ts';
import { calendarDay } from '../../../src/http/moments.ts';
import type { Page } from '../../../src/http/render.ts';
import { emptyState } from '../../components/guidance.ts';
import { table } from '../../components/lists.ts';
import { type AuditProps, auditLayout, figure } from './asking.ts';

export interface AuditFiguresProps extends AuditProps {
  figures: EventFigures | undefined;
}

/** How often what was done: numbers, nobody's name. */
export function auditPage({ figures, ...given }: AuditFiguresProps, page: Page): Html {
  return auditLayout(page, {
    ...given,
    path: '/console/audit',
    lead: 'audit.acts_lead',
    body: figures && figuresText(page, figures),
  });
}

function figuresText(page: Page, { total, decoys, byName, byActor, byDay }: EventFigures): Html {
  const { t } = page;
  if (total === 0) return emptyState({ title: t('audit.no_events'), body: t('audit.no_events_text') });
  return html`
    <p>${t('audit.total', { count: total, number: figure(page, total) })}</p>
    ${decoys > 0 && html`<p class="aside">${t('audit.decoys', { count: decoys })}</p>`}
    ${sums(page, 'event', byName, (name) => eventWords(page, name))}
    ${sums(page, 'actor', byActor, (actor) => t(`audit.actor_${actor}`))}
    ${sums(page, 'day', byDay, (day) => calendarDay(page.locale, day))}`;
}

function sums(page: Page, by: string, rows: readonly Sum[], words: (of: string) => Printable): Html {
  const { t } = page;
  return table({
    caption: t(`audit.by_${by}`),
    columns: [t(`audit.by_${by}_column`), t('audit.times')],
    rows: rows.map(({ of, events }) => [words(of), figure(page, events)]),
  });
}

/** In words, and by the name the catalogue and the command line use. */
export function eventWords({ t }: Pick<Page, 't'>, name: string): Html {
  return html`${t(`audit.event_${name}`)} <small>${name}</small>`;
}
