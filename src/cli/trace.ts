import { findTrace, parseTraceNumber, TRACE_DAYS } from '../relying-parties/traces.ts';
import { type Command, type Context, type Input, type Result, UsageError } from './command.ts';

export const commands: Command[] = [
  {
    name: 'trace',
    summary: 'says why a relying party was refused, by the number on the page its user saw',
    operands: 'NUMBER',
    run: lookUp,
  },
];

async function lookUp(context: Context, { operands: [typed, ...more] }: Input): Promise<Result> {
  const number = typed && more.length === 0 ? parseTraceNumber(typed) : undefined;
  if (!number) throw new UsageError('one NUMBER, as 7K3F-Q2M9-XW4T');
  const { db } = await context.parts();
  const trace = await findTrace(db, number, context.now());
  if (!trace)
    return {
      outcome: 'refused',
      message: `${typed} is not kept: refused requests of relying parties are, for ${TRACE_DAYS} days`,
    };
  const { at, clientId, endpoint, error, detail } = trace;
  const json = {
    number,
    at: at.toISOString(),
    client_id: clientId ?? null,
    endpoint,
    error,
    detail: detail ?? null,
  };
  const lines = [
    `${at.toISOString()}  ${endpoint}  ${error}`,
    `client_id  ${clientId ?? 'none that is registered'}`,
    ...(detail ? [detail] : []),
  ];
  return { outcome: 'done', json, lines };
}
