import { type Html, html } from '../../src/http/html.ts';
import type { Page } from '../../src/http/render.ts';
import type { BudgetState } from '../../src/reading/budget.ts';
import type { StaffAct } from '../../src/rights/rights.ts';
import { type Layout, layout } from '../layout.ts';
import { budgetNote } from './budget-note.ts';

/** Who is on the page, and what their rights allow. A `Visit` of the console is one. */
export interface Staff {
  holder: { name: string };
  /** Of the read that this page shows. */
  budget?: BudgetState | undefined;
  may(act: StaffAct): boolean;
}

export interface ConsoleLayout extends Omit<Layout, 'nav' | 'person' | 'width'> {
  staff: Staff;
  /** The entry this page belongs to: its `href`. */
  current: string;
}

/** Every page of the console: its entries, as far as the rights of the one who looks allow them, and what they have read. */
export function consoleLayout(page: Page, { staff, current, ...given }: ConsoleLayout): Html {
  const { t } = page;
  const entries = ENTRIES.filter(({ act }) => act === undefined || staff.may(act));
  return layout(page, {
    ...given,
    body: html`${budgetNote(page, staff.budget)}${given.body}`,
    width: 'desk',
    nav: entries.map(({ href, label }) => ({ href, label: t(label), current: href === current })),
    person: { name: staff.holder.name, signOut: '/account/sign-out' },
  });
}

/** In the order of a working day. Without `act`: for everybody who has a right at all. */
const ENTRIES: readonly { href: string; label: string; act?: StaffAct }[] = [
  { href: '/console', label: 'console.nav_start' },
  { href: '/console/schools', label: 'console.nav_classes', act: 'see-progress' },
  { href: '/console/desk', label: 'console.nav_desk', act: 'hold-desk' },
  { href: '/console/rosters', label: 'console.nav_rosters', act: 'see-roster' },
  { href: '/console/rights', label: 'rights.nav', act: 'grant-rights' },
  { href: '/console/people', label: 'people.nav', act: 'read-people' },
  { href: '/console/alarms', label: 'alarms.nav', act: 'see-alarms' },
  { href: '/console/audit', label: 'audit.nav', act: 'see-audit' },
  { href: '/console/budgets', label: 'people.nav_budgets', act: 'open-budget' },
];
