import { countNotices, selectUnconfirmed } from '../sessions/logout-notices-store.ts';
import { type Command, type Context, type Input, type Result, UsageError } from './command.ts';

const DAY = 86_400_000;
const MOST_SHOWN = 200;

export const commands: Command[] = [
  {
    name: 'logouts status',
    summary: 'says which relying parties were told of sign-outs, and which did not answer',
    options: { days: { type: 'string', value: 'DAYS', help: 'how far back; 1 where none is named' } },
    run: status,
  },
];

async function status(context: Context, input: Input): Promise<Result> {
  const days = Number(input.text('days') ?? 1);
  if (!(days > 0 && days <= 365)) throw new UsageError('--days: more than 0, at most 365');
  const { db } = await context.parts();
  const since = new Date(context.now().getTime() - days * DAY);
  const counts = await countNotices(db, since);
  const unconfirmed = await selectUnconfirmed(db, { since, limit: MOST_SHOWN });
  const json = {
    since: since.toISOString(),
    relying_parties: counts.map(({ clientId, oldestPending, ...numbers }) => ({
      client_id: clientId,
      ...numbers,
      pending_since: oldestPending?.toISOString() ?? null,
    })),
    not_confirmed: unconfirmed.map((one) => ({
      client_id: one.clientId,
      sid: one.sid,
      receipt: one.state,
      attempts: one.attempts,
      last_status: one.lastStatus,
      ended_at: one.createdAt.toISOString(),
    })),
  };
  const lines = counts.map(
    (one) =>
      `${one.clientId}  confirmed ${one.confirmed}, refused ${one.refused}, unknown ${one.unknown}, pending ${one.pending}`,
  );
  return { outcome: 'done', json, lines: lines.length > 0 ? lines : ['nobody was to be told'] };
}
