import type { Context } from 'koa';
import { readingStoppedPage } from '../../views/console/reading.ts';
import { render } from '../http/render.ts';
import { answerTooMany } from '../http/too-many.ts';
import type { BudgetState } from '../reading/budget.ts';
import type { Asked, Read, Reading } from '../reading/reading.ts';
import { signInWithTwo, type Visit } from './for-staff.ts';

export type Wish = Pick<Asked, 'right' | 'persons' | 'fields' | 'details' | 'chargedOnce'>;

/**
 * Before names stand on a page: charged and written. Undefined: the answer has been given instead, and nothing may be
 * opened.
 */
export async function readFirst(
  { reading }: { reading: Pick<Reading, 'read'> },
  ctx: Context,
  { visit, wish }: { visit: Visit; wish: Wish },
): Promise<BudgetState | undefined> {
  const { signedIn, session, address, isNewDevice } = visit;
  const read = await reading.read({ ...wish, reader: signedIn.person.number, session, address, isNewDevice });
  if (read.outcome !== 'read') return answerUnread(ctx, visit, read);
  visit.budget = read.budget;
  return read.budget;
}

/** Instead of the page: reading is slow or stopped, or the session is over. */
export function answerUnread(
  ctx: Context,
  visit: Visit,
  read: Exclude<Read, { outcome: 'read' }>,
): undefined {
  if (read.outcome === 'not-allowed') {
    signInWithTwo(ctx);
    return undefined;
  }
  const until = read.outcome === 'paused' ? read.until : undefined;
  answerTooMany(ctx, { until: read.until, at: visit.at });
  render(ctx, readingStoppedPage, { staff: visit, until, budget: read.budget });
  return undefined;
}
