import { record } from '../audit/record.ts';
import { forgetFailed, type QueueDepth, queueDepth, retryFailed } from '../storage/queue-depth.ts';
import type { Command, Context, Input, Result } from './command.ts';

const TASK = { type: 'string', value: 'TASK', help: 'of this kind alone, as the list names it' } as const;

export const commands: Command[] = [
  {
    name: 'messages list',
    summary: 'lists what waits to be sent or done, by kind: numbers and errors, no address and no text',
    run: list,
  },
  {
    name: 'messages retry',
    summary: 'what was tried for days and failed is tried again from now on',
    isActOfPower: true,
    options: { task: TASK },
    run: (context, input) => settle(context, input, 'retried'),
  },
  {
    name: 'messages forget',
    summary: 'what was tried for days and failed is dropped: nobody is told any more',
    isActOfPower: true,
    options: { task: TASK },
    run: (context, input) => settle(context, input, 'forgotten'),
  },
];

const SETTLE = {
  retried: { act: retryFailed, event: 'queue.failed-retried' },
  forgotten: { act: forgetFailed, event: 'queue.failed-forgotten' },
} as const;

async function settle(context: Context, input: Input, outcome: keyof typeof SETTLE): Promise<Result> {
  const { db } = await context.parts();
  const { by, reason } = context;
  const { act, event } = SETTLE[outcome];
  const task = input.text('task');
  const jobs = await db.transaction().execute(async (tx) => {
    const count = await act(tx, task);
    const details = { jobs: count, task: task ?? null };
    if (count > 0) await record(tx, by, { name: event, details, ...(reason && { reason }) }, context.now());
    return count;
  });
  if (jobs > 0) return { outcome: 'done', json: { outcome, jobs }, lines: [`${jobs} ${outcome}`] };
  return { outcome: 'refused', message: 'nothing of that has failed', json: { outcome: 'nothing-failed' } };
}

async function list(context: Context): Promise<Result> {
  const { db } = await context.parts();
  const kinds = await queueDepth(db);
  return {
    outcome: 'done',
    json: kinds.map(jsonOf),
    lines: kinds.length > 0 ? kinds.map(lineOf) : ['nothing waits'],
  };
}

function jsonOf({ oldestSeconds, ...depth }: QueueDepth) {
  return { ...depth, oldest_seconds: oldestSeconds };
}

function lineOf({ task, due, later, retrying, running, failed, oldestSeconds, errors }: QueueDepth): string {
  const numbers = `${due} due, ${later} later, ${retrying} to be tried again, ${running} running, ${failed} failed`;
  const oldest = due > 0 ? `; the oldest is due since ${oldestSeconds} s` : '';
  return `${task}: ${numbers}${oldest}${errors.length > 0 ? ` (${errors.join(', ')})` : ''}`;
}
