import { findTraceOf, parseTraceNumber } from '../../relying-parties/traces.ts';
import { problem } from './problem.ts';
import type { Call } from './routes.ts';
import { traceShape } from './shapes.ts';

/** Why a client was refused. Whatever is not the publisher's own, or no number at all, looks like none. */
export async function show({ from, ctx, publisher }: Call): Promise<void> {
  const { number: typed = '' } = ctx.params as { number?: string };
  const number = parseTraceNumber(typed);
  const trace = number && (await findTraceOf(from.db, publisher, { number, now: from.now() }));
  if (!trace) return problem(ctx, 404, 'no such trace');
  ctx.body = traceShape(trace);
}
