import { type QueueDepth, queueDepth } from '../storage/queue-depth.ts';
import type { Command, Context, Result } from './command.ts';

export const commands: Command[] = [
  {
    name: 'messages list',
    summary: 'lists what waits to be sent or done, by kind: numbers and errors, no address and no text',
    run: list,
  },
];

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
