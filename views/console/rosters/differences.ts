import type { PlanShown } from '../../../src/console/rosters/plans.ts';
import { type Html, html } from '../../../src/http/html.ts';
import type { Page } from '../../../src/http/render.ts';
import { actions, linkButton } from '../../components/form.ts';
import { emptyState } from '../../components/guidance.ts';
import { table } from '../../components/lists.ts';
import { consoleLayout, type Staff } from '../console-layout.ts';
import { moment } from '../words.ts';

export interface DifferencesProps {
  staff: Staff;
  plan: PlanShown;
  changes: readonly ChangeShown[];
  next: string | undefined;
}

export interface ChangeShown {
  name?: string;
  /** Instead of a name: nobody here knows them yet, or no longer. */
  unnamed?: 'new' | 'gone';
  fields: number;
  into: readonly string[];
  out: number;
  contacts: number;
  guardians: number;
}

export function differencesPage({ staff, plan, changes, next }: DifferencesProps, page: Page): Html {
  const { t } = page;
  const path = `/console/rosters/${plan.id}`;
  return consoleLayout(page, {
    staff,
    current: '/console/rosters',
    title: t('rosters.differences_title'),
    lead: html`<a href="${path}">${t('rosters.plan_title', { when: moment(page, plan.madeAt) })}</a>`,
    body: html`
      ${
        changes.length === 0
          ? emptyState({ title: t('rosters.differences_none'), body: t('rosters.differences_none_text') })
          : table({
              caption: t('rosters.differences_title'),
              columns: [t('console.name'), t('rosters.what')],
              rows: changes.map((change) => [whoOf(page, change), whatOf(page, change)]),
            })
      }
      ${next && actions(linkButton({ label: t('console.next_page'), href: next }))}
      <p class="aside">${t('console.read_noted')}</p>`,
  });
}

function whoOf({ t }: Page, { name, unnamed = 'new' }: ChangeShown): string {
  return name ?? t(`rosters.person_${unnamed}`);
}

function whatOf({ t }: Page, { fields, into, out, contacts, guardians }: ChangeShown): string {
  return [
    fields > 0 && t('rosters.what_fields', { count: fields }),
    into.length > 0 && t('rosters.what_into', { places: into.join(', ') }),
    out > 0 && t('rosters.what_out', { count: out }),
    contacts > 0 && t('rosters.what_contacts', { count: contacts }),
    guardians > 0 && t('rosters.what_guardians', { count: guardians }),
  ]
    .filter(Boolean)
    .join(' ');
}
