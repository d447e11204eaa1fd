import { normaliseUsername } from '../accounts/username.ts';
import type { Digests } from '../crypto/digests.ts';
import { findPersonById, findPersonByUsername } from '../directory/persons.ts';
import { type ListedBudget, listBudgets } from '../reading/list-budgets.ts';
import { type ListedRead, listReads } from '../reading/list-reads.ts';
import type { Trace } from '../reading/list-store.ts';
import type { Db } from '../storage/postgres.ts';
import { type Command, type Context, type Input, type Result, UsageError } from './command.ts';

export const commands: Command[] = [
  {
    name: 'reads list',
    summary: 'lists who of the staff read whom: which fields, when, under which right, from where',
    options: {
      by: { type: 'string', value: 'PERSON', help: 'the reader: an id or a username' },
      person: { type: 'string', value: 'PERSON', help: 'who was read: an id or a username' },
      school: { type: 'string', value: 'UAI', help: 'who was read was of this school at that moment' },
      from: {
        type: 'string',
        value: 'TIME',
        help: 'from then on (2026-11-26, or with a time); 30 days if not said',
      },
      to: { type: 'string', value: 'TIME', help: 'until then; now if not said' },
      limit: { type: 'string', value: 'N', help: 'so many lines, 1 to 1000; 100 if not said' },
      after: { type: 'string', value: 'TRACE', help: 'the page after this trace number' },
    },
    run: list,
  },
  {
    name: 'reads budgets',
    summary: 'lists what staff read within a day of what their roles may: numbers alone',
    run: budgets,
  },
];

const DAY = 86_400_000;

async function list(context: Context, input: Input): Promise<Result> {
  const now = context.now();
  const from = timeOf(input, 'from') ?? new Date(now.getTime() - 30 * DAY);
  const to = timeOf(input, 'to') ?? new Date(now.getTime() + 1);
  const [limit, after] = [limitOf(input.text('limit')), traceOf(input.text('after'))];
  const { db, digests } = await context.parts();
  const [by, whom] = [input.text('by'), input.text('person')];
  const [reader, person] = [await findNamed(db, digests, by), await findNamed(db, digests, whom)];
  if (by !== undefined && reader === undefined) return nobody('--by');
  if (whom !== undefined && person === undefined) return nobody('--person');
  const { reads, next } = await listReads(db, {
    reader,
    person,
    uai: input.text('school'),
    from,
    to,
    limit,
    after,
  });
  const more = next === undefined ? [] : [`there are more: --after ${next}`];
  return {
    outcome: 'done',
    json: { reads: reads.map(jsonOf), next: next ?? null },
    lines: reads.length > 0 ? [...reads.map(lineOf), ...more] : ['nobody was read'],
  };
}

function nobody(option: string): Result {
  return { outcome: 'refused', message: `${option} names nobody here`, json: { outcome: 'unknown-person' } };
}

const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

async function findNamed(db: Db, digests: Digests, text: string | undefined): Promise<number | undefined> {
  if (text === undefined) return undefined;
  if (ID.test(text)) return (await findPersonById(db, text))?.number;
  return findPersonByUsername(db, digests, normaliseUsername(text));
}

function timeOf(input: Input, name: string): Date | undefined {
  const text = input.text(name);
  if (text === undefined) return undefined;
  const time = new Date(text);
  if (Number.isNaN(time.getTime()))
    throw new UsageError(`--${name} is a time: 2026-11-26 or 2026-11-26T08:00Z`);
  return time;
}

function limitOf(text: string | undefined): number {
  const limit = Number(text ?? 100);
  if (!Number.isSafeInteger(limit) || limit < 1 || limit > 1000) throw new UsageError('--limit is 1 to 1000');
  return limit;
}

function traceOf(text: string | undefined): Trace | undefined {
  if (text === undefined) return undefined;
  const [, batch, ordinal] = /^(\d{1,15})-(\d{1,9})$/.exec(text) ?? [];
  if (!batch || !ordinal) throw new UsageError('--after is a trace number: 17-3');
  return { batch: Number(batch), ordinal: Number(ordinal) };
}

function jsonOf({ role, right, school, academie, session, address, ...read }: ListedRead) {
  return {
    ...read,
    role: role ?? null,
    right: right ?? null,
    school: school ?? null,
    academie: academie ?? null,
    session: session ?? null,
    address: address ?? null,
  };
}

function lineOf({ trace, at, person, reader, role, school, academie, fields }: ListedRead): string {
  const where = school ?? academie ?? '';
  return `${trace}  ${at.toISOString()}  ${person} by ${reader} (${role ?? '?'} ${where}): ${fields.join(', ')}`;
}

async function budgets(context: Context): Promise<Result> {
  const { db, config } = await context.parts();
  const listed = await listBudgets(db, { settings: config.reading, at: context.now() });
  return {
    outcome: 'done',
    json: listed.map(budgetJson),
    lines: listed.length > 0 ? listed.map(budgetLine) : ['nobody read anybody within a day'],
  };
}

function budgetJson({ readerId, role, budget, place, exhaustedAt }: ListedBudget) {
  const { hour, day, stage, readyAt, openedUntil } = budget;
  return {
    ...{ reader: readerId, role, school: place.uai ?? null, academie: place.academie ?? null },
    ...{ hour, day, stage, ready_at: readyAt ?? null, opened_until: openedUntil ?? null },
    exhausted_at: exhaustedAt ?? null,
  };
}

function budgetLine({ readerId, role, budget: { hour, day, stage }, place }: ListedBudget): string {
  const where = place.uai ?? place.academie ?? '';
  return `${readerId}  ${role} ${where}  ${hour.spent}/${hour.limit} in an hour, ${day.spent}/${day.limit} in a day: ${stage}`;
}
