import { type Html, html } from '../../src/http/html.ts';
import type { Page } from '../../src/http/render.ts';
import type { BudgetState } from '../../src/reading/budget.ts';
import { actions, linkButton } from '../components/form.ts';
import { emptyState, section } from '../components/guidance.ts';
import { type Row, rowList } from '../components/lists.ts';
import { spent } from './budget-note.ts';
import { consoleLayout, type Staff } from './console-layout.ts';
import { lastDay } from './rights/words.ts';
import { clock } from './words.ts';

export interface StartProps {
  staff: Staff;
  rights: readonly RightShown[];
  windows: readonly WindowShown[];
  budgets: readonly { role: string; budget: BudgetState }[];
}

export interface RightShown {
  role: string;
  /** A school's name. */
  where: string | undefined;
  /** Of an officer; with neither, the whole country. */
  academie: string | undefined;
  classes: readonly string[];
  until: Date;
}

export interface WindowShown {
  id: string;
  school: string;
  className: string;
  closesAt: Date;
  claimed: number;
  pupils: number;
}

/** The start page: what I may do and where, and what is open at this moment. Numbers alone, no name of anybody else. */
export function startPage({ staff, rights, windows, budgets }: StartProps, page: Page): Html {
  const { t } = page;
  return consoleLayout(page, {
    staff,
    current: '/console',
    title: t('console.start_title'),
    lead: t('console.start_lead'),
    body: html`
      ${
        staff.may('see-progress') &&
        actions(linkButton({ label: t('console.schools_open'), href: '/console/schools', kind: 'primary' }))
      }
      ${section({ title: t('console.windows_title'), body: openWindows(page, windows, staff) })}
      ${section({ title: t('console.rights_title'), body: rowList(rights.map((right) => rightRow(page, right))) })}
      ${staff.may('read-people') && section({ title: t('console.budget_title'), body: ownBudgets(page, budgets) })}`,
  });
}

function rightRow(page: Page, { role, where, academie, classes, until }: RightShown): Row {
  const { t } = page;
  const above = academie === undefined ? t('console.whole_country') : t('rights.academie_of', { academie });
  const place = where ?? above;
  const of =
    classes.length > 0 ? t('console.classes_of', { classes: classes.join(', '), school: place }) : place;
  return {
    title: t(`console.role_${role}`),
    text: html`${of}. ${t('console.right_until', { date: lastDay(page, until) })}`,
  };
}

function ownBudgets(page: Page, budgets: StartProps['budgets']): Html {
  const { t } = page;
  if (budgets.length === 0) return html`<p>${t('console.budget_none')}</p>`;
  return rowList(
    budgets.map(({ role, budget }) => ({ title: t(`console.role_${role}`), text: spent(page, budget) })),
  );
}

function openWindows(page: Page, windows: readonly WindowShown[], staff: Staff): Html {
  const { t } = page;
  if (windows.length === 0) {
    return emptyState({ title: t('console.windows_none'), body: t('console.windows_none_text') });
  }
  return rowList(
    windows.map(({ id, school, className, closesAt, claimed, pupils }) => ({
      title: t('console.class_at', { class: className, school }),
      text: t('console.window_state', { until: clock(page, closesAt), claimed, count: pupils }),
      ...(staff.may('read-people') && {
        action: html`<a class="button button-secondary" href="/console/windows/${id}">${t('console.look')}<span class="visually-hidden"> ${className}</span></a>`,
      }),
    })),
  );
}
