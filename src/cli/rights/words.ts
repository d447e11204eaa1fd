import { endOfCalendarDay } from '../../reading/night.ts';
import { endsSoon, type ListedRight } from '../../rights/list.ts';
import type { RightScope } from '../../rights/rights.ts';
import { type Input, UsageError } from '../command.ts';

export function whereOf(scope: RightScope): string {
  switch (scope.kind) {
    case 'nation':
      return 'the nation';
    case 'academie':
      return `académie ${scope.academie}`;
    case 'establishment':
      return scope.uai;
    case 'classes':
      return `${scope.uai} ${scope.classes.join(', ')}`;
    default:
      return scope satisfies never;
  }
}

export function jsonOfRight(right: ListedRight) {
  const { id, person, role, scope, origin, state, from, until, lastUsedAt, lapsesAt } = right;
  return {
    ...{ id, person, role, scope, origin, state, from, until },
    last_used_at: lastUsedAt ?? null,
    lapses_at: lapsesAt,
    granted_by: right.grantedBy ?? null,
    granted_under: right.grantedUnder ?? null,
    ended_at: right.endedAt ?? null,
    end_reason: right.endReason ?? null,
  };
}

export function lineOfRight(right: ListedRight, at: Date): string {
  const { id, person, role, scope, state, until, lastUsedAt } = right;
  const used = lastUsedAt ? `last used ${dayOf(lastUsedAt)}` : 'never used';
  const ends = endsSoon(right, at) ? `ENDS SOON: ${dayOf(until)}` : `until ${dayOf(until)}`;
  const lapses = state === 'in-force' ? `, lapses ${dayOf(right.lapsesAt)}` : '';
  return `${id}  ${state}  ${role}, ${whereOf(scope)}  person ${person}  ${used}${lapses}, ${ends}`;
}

/** `2027-06-30` (until that day ends in Paris) or a whole time with its zone. */
export function readUntil(input: Input): Date | undefined {
  const text = input.text('until');
  if (text === undefined) return undefined;
  const isTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?(Z|[+-]\d\d:\d\d)$/.test(text);
  const date = isTime ? new Date(text) : endOfCalendarDay(text);
  if (!date || Number.isNaN(date.getTime())) throw new UsageError('--until is a day: 2027-06-30');
  return date;
}

export function only(operands: readonly string[], usage: string): string {
  const [one] = operands;
  if (one === undefined || operands.length > 1) throw new UsageError(usage);
  return one;
}

export function dayOf(date: Date): string {
  return date.toISOString().slice(0, 10);
}
