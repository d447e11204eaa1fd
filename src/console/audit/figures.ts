import { type DisclosureKind, kindOf } from '../../ledger/kinds.ts';
import type { EventCount } from './events-store.ts';
import type { LineCount } from './lines-store.ts';

export interface Sum {
  of: string;
  events: number;
}

export interface EventFigures {
  total: number;
  decoys: number;
  byName: Sum[];
  byActor: Sum[];
  byDay: Sum[];
}

export function figuresOfEvents(counts: readonly EventCount[]): EventFigures {
  return {
    total: counts.reduce((sum, { events }) => sum + events, 0),
    decoys: counts.reduce((sum, { decoys }) => sum + decoys, 0),
    byName: largestFirst(sumsBy(counts, ({ name }) => name)),
    byActor: largestFirst(sumsBy(counts, ({ actor }) => actor)),
    byDay: sumsBy(counts, ({ day }) => day).sort((one, other) => (one.of < other.of ? 1 : -1)),
  };
}

function sumsBy(counts: readonly EventCount[], keyOf: (count: EventCount) => string): Sum[] {
  const sums = new Map<string, number>();
  for (const count of counts) sums.set(keyOf(count), (sums.get(keyOf(count)) ?? 0) + count.events);
  return [...sums].map(([of, events]) => ({ of, events }));
}

function largestFirst(sums: readonly Sum[]): Sum[] {
  return [...sums].sort((one, other) => other.events - one.events || (one.of < other.of ? -1 : 1));
}

/** Below this a number of persons could be one child. */
const FEW = 5;

export interface Lines {
  lines: number;
  /** Undefined: fewer than five. */
  persons: number | undefined;
}

export interface LineFigures {
  all: Lines;
  decoys: number;
  byKind: (Lines & { recipient: NonNullable<LineCount['recipient']>; kind: DisclosureKind })[];
  byClient: (Lines & { clientId: string })[];
  /** Of these no more than fifty are shown. */
  clients: number;
  byRole: (Lines & { role: string })[];
  byDay: (Lines & { day: string })[];
}

const MOST_CLIENTS = 50;

export function figuresOfLines(counts: readonly LineCount[]): LineFigures {
  const all = counts.find(({ of }) => of === 'all');
  const sorted = [...counts].sort((one, other) => other.lines - one.lines);
  const clients = sorted.flatMap((count) =>
    count.of === 'client' && count.clientId !== null ? [{ ...linesOf(count), clientId: count.clientId }] : [],
  );
  return {
    all: linesOf(all ?? { lines: 0, persons: 0 }),
    decoys: all?.decoys ?? 0,
    byKind: sorted.flatMap((count) =>
      count.of === 'kind' && count.recipient !== null && count.kind !== null
        ? [{ ...linesOf(count), recipient: count.recipient, kind: kindOf(count.kind) }]
        : [],
    ),
    byClient: clients.slice(0, MOST_CLIENTS),
    clients: clients.length,
    byRole: sorted.flatMap((count) =>
      count.of === 'role' && count.role !== null ? [{ ...linesOf(count), role: count.role }] : [],
    ),
    byDay: sorted
      .flatMap((count) =>
        count.of === 'day' && count.day !== null ? [{ ...linesOf(count), day: count.day }] : [],
      )
      .sort((one, other) => (one.day < other.day ? 1 : -1)),
  };
}

function linesOf({ lines, persons }: Pick<LineCount, 'lines' | 'persons'>): Lines {
  return { lines, persons: persons < FEW ? undefined : persons };
}
