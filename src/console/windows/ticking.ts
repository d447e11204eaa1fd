import type { Context } from 'koa';
import { z } from 'zod';
import { LONGEST_WINDOW_MINUTES } from '../../activation/windows/open-window.ts';
import type { Pupil } from '../../activation/windows/store.ts';
import { randomToken } from '../../crypto/tokens.ts';
import { readForm } from '../../http/forms.ts';

/** What was ticked and typed, to be shown again; `list` is the key under which the names were charged once. */
export interface Typed {
  list: string;
  /** On all pages together. */
  ticked: readonly string[] | 'all';
  minutes: string;
  page: number;
}

const PAGE = 50;
/** Of a class; more is no class. */
const MOST = 500;
const LIST = /^[\w-]{12}$/;

export function beginTicking(ctx: Context): Typed {
  const { list } = ctx.query;
  const isKnown = typeof list === 'string' && LIST.test(list);
  return {
    list: isKnown ? list : randomToken(9),
    ticked: ctx.query.all === undefined ? [] : 'all',
    minutes: String(LONGEST_WINDOW_MINUTES),
    page: 1,
  };
}

const page = z
  .string()
  .regex(/^\d{1,2}$/)
  .transform(Number);
const ids = z.array(z.uuid());
/** `kept[]`: ticked on the other pages. Whoever turns a page presses its button, named `turn`. */
const ticks = z.object({
  ...{ 'pupils[]': ids.max(PAGE), 'kept[]': ids.max(MOST), list: z.string().regex(LIST) },
  minutes: z.string().max(2).default(String(LONGEST_WINDOW_MINUTES)),
  page: page.default(1),
  turn: page.optional(),
});

/** Undefined: no form of ours. */
export function readTicks(ctx: Context): { typed: Typed; isTurning: boolean } | undefined {
  const read = readForm(ctx, ticks);
  if (read.outcome === 'invalid') return undefined;
  const { 'pupils[]': here, 'kept[]': kept, list, minutes, turn } = read.values;
  const typed = { list, minutes, ticked: [...new Set([...here, ...kept])], page: turn ?? read.values.page };
  return { typed, isTurning: turn !== undefined };
}

/** In the order of their numbers: to sort a class by name, all of its names would be read. */
export function turnTo(typed: Typed, all: readonly Pupil[]) {
  const total = Math.max(1, Math.ceil(all.length / PAGE));
  const current = Math.min(total, Math.max(1, typed.page));
  const pupils = all.slice((current - 1) * PAGE, current * PAGE);
  const here = new Set(pupils.map(({ personId }) => personId));
  const ticked = all.map(({ personId }) => personId).filter((id) => isTicked(typed, id));
  return {
    pupils,
    pages: { current, total },
    ticked: ticked.filter((id) => here.has(id)),
    elsewhere: ticked.filter((id) => !here.has(id)),
  };
}

function isTicked({ ticked }: Typed, id: string): boolean {
  return ticked === 'all' || ticked.includes(id);
}
