import type { Pages } from '../../../src/console/paging.ts';
import { type Html, html } from '../../../src/http/html.ts';
import type { Page } from '../../../src/http/render.ts';
import type { BudgetState } from '../../../src/reading/budget.ts';
import { type Errors, field } from '../../components/field.ts';
import { actions, linkButton } from '../../components/form.ts';
import { emptyState } from '../../components/guidance.ts';
import { badge, rowList } from '../../components/lists.ts';
import { alert } from '../../components/messages.ts';
import { actForm } from '../act-fields.ts';
import { spent } from '../budget-note.ts';
import { consoleLayout, type Staff } from '../console-layout.ts';
import { pager } from '../pager.ts';
import { roleName } from '../rights/words.ts';
import { clock } from '../words.ts';

export interface BudgetShown {
  readerId: string;
  role: string;
  /** Undefined where names cannot be read now. */
  name: string | undefined;
  budget: BudgetState;
  exhaustedAt: Date | undefined;
}

export interface BudgetsProps {
  staff: Staff;
  budgets: readonly BudgetShown[];
  pages: Pages;
  isDone: boolean;
}

/** Who of the staff read how much within a day, the nearest to the limit first. */
export function budgetsPage({ staff, budgets, pages, isDone }: BudgetsProps, page: Page): Html {
  const { t } = page;
  return consoleLayout(page, {
    staff,
    current: '/console/budgets',
    title: t('people.budgets_title'),
    lead: t('people.budgets_lead'),
    body: html`
      ${isDone && alert({ kind: 'success', body: t('people.budget_opened') })}
      ${
        budgets.length === 0
          ? emptyState({ title: t('people.budgets_none'), body: t('people.budgets_none_text') })
          : rowList(budgets.map((budget) => budgetRow(page, budget)))
      }
      ${pager(page, '/console/budgets', pages)}`,
  });
}

function budgetRow(page: Page, { readerId, role, name, budget, exhaustedAt }: BudgetShown) {
  const { t } = page;
  const isOpen = budget.openedUntil !== undefined;
  const label = name ?? t('people.somebody');
  return {
    title: `${label}, ${roleName(page, role)}`,
    text: spent(page, budget),
    ...(exhaustedAt && !isOpen && { badge: badge(t('people.budget_spent'), 'danger') }),
    ...(budget.openedUntil && {
      badge: badge(t('people.budget_open_until', { until: clock(page, budget.openedUntil) }), 'good'),
    }),
    ...(exhaustedAt &&
      !isOpen && {
        action: html`<a class="button button-secondary" href="/console/budgets/${readerId}/${role}">${t('people.budget_open')}<span class="visually-hidden"> ${label}</span></a>`,
      }),
  };
}

export interface OpenBudgetProps {
  staff: Staff;
  budget: BudgetShown;
  /** Between the two stands a right that one gave the other. */
  isLinked: boolean;
  reason: string | undefined;
  errors: Errors | undefined;
}

export function openBudgetPage(props: OpenBudgetProps, page: Page): Html {
  const { t } = page;
  const { staff, budget, isLinked, reason, errors } = props;
  const { readerId, role, name } = budget;
  const back = '/console/budgets';
  return consoleLayout(page, {
    staff,
    current: back,
    title: t('people.budget_open_title', { person: name ?? t('people.somebody') }),
    lead: spent(page, budget.budget),
    errors,
    body: isLinked
      ? html`
        ${alert({ kind: 'warning', body: t('people.budget_linked') })}
        ${actions(linkButton({ label: t('console.back'), href: back }))}`
      : html`
        <p>${t('people.budget_open_text')}</p>
        ${actForm(page, {
          action: `${back}/${readerId}/${role}`,
          body: field(page, {
            name: 'reason',
            label: t('people.reason'),
            hint: t('people.reason_hint'),
            value: reason,
            maxlength: 200,
            errors,
          }),
          label: t('people.budget_open_now'),
          back,
          errors,
        })}`,
  });
}
