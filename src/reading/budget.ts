import type { Role } from '../rights/rights.ts';
import type { Settings } from '../settings.ts';

/** Persons read by one reader in one role: so many in an hour, so many in a day. Rolling windows, by the minute. */
export interface Limits {
  readonly hour: number;
  readonly day: number;
}

/** What a reader has used up, as a page says it. */
export interface BudgetState {
  readonly hour: { readonly spent: number; readonly limit: number };
  readonly day: { readonly spent: number; readonly limit: number };
  /** `half`: half of one of them is used, the page says so. `slow`: the next read waits until `readyAt`. */
  readonly stage: 'calm' | 'half' | 'slow' | 'spent';
  readonly readyAt: Date | undefined;
  /** Somebody else opened as much again, until then. */
  readonly openedUntil: Date | undefined;
  /** At night or on a device that is new to the account: each person counts twice. */
  readonly countsDouble: boolean;
}

export type BudgetSettings = Settings['reading'];

/** A role without a budget (auditors) reads nobody. */
export function limitsOf(settings: BudgetSettings, role: Role): Limits {
  return role === 'auditor' ? { hour: 0, day: 0 } : settings.budgets[role];
}

export interface Spent {
  readonly hour: number;
  readonly day: number;
}

/** How much of the tighter window is used, from 0 to 1. */
export function shareOf(spent: Spent, limits: Limits): number {
  if (limits.hour <= 0 || limits.day <= 0) return 1;
  return Math.max(spent.hour / limits.hour, spent.day / limits.day);
}

const STEPS = 5;

/** From the share where reading slows, a pause that doubles in five steps up to the limit. 0: no pause yet. */
export function pauseSeconds(share: number, { slowFromPercent, pauseSeconds }: BudgetSettings): number {
  const from = slowFromPercent / 100;
  if (share < from) return 0;
  const step = Math.floor(((share - from) / (1 - from)) * STEPS + 1e-9);
  return pauseSeconds * 2 ** Math.min(step, STEPS - 1);
}

export interface Row {
  readonly spent: Spent;
  readonly readyAt: Date | undefined;
  readonly openedUntil: Date | undefined;
}

export function stateOf(row: Row, given: { limits: Limits; at: Date; countsDouble: boolean }): BudgetState {
  const { spent } = row;
  const { at, countsDouble } = given;
  const openedUntil = row.openedUntil && row.openedUntil > at ? row.openedUntil : undefined;
  const limits = openedUntil ? twice(given.limits) : given.limits;
  const share = shareOf(spent, limits);
  const readyAt = row.readyAt && row.readyAt > at ? row.readyAt : undefined;
  return {
    hour: { spent: spent.hour, limit: limits.hour },
    day: { spent: spent.day, limit: limits.day },
    stage: stageOf(share, readyAt),
    readyAt,
    openedUntil,
    countsDouble,
  };
}

/** At the latest, what fills the fuller window has left it. */
export function endOfWindow({ hour, day }: Pick<BudgetState, 'hour' | 'day'>, at: Date): Date {
  const isHour = hour.spent * day.limit >= day.spent * hour.limit;
  return new Date(at.getTime() + (isHour ? 1 : 24) * 3_600_000);
}

/** An opened budget is as much again. */
export function twice({ hour, day }: Limits): Limits {
  return { hour: hour * 2, day: day * 2 };
}

function stageOf(share: number, readyAt: Date | undefined): BudgetState['stage'] {
  if (share >= 1) return 'spent';
  if (readyAt) return 'slow';
  return share >= 0.5 ? 'half' : 'calm';
}
