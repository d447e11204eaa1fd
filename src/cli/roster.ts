import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Applied } from '../roster/apply.ts';
import { generateRoster } from '../roster/generate/generate.ts';
import { createRosterOperations } from '../roster/operations.ts';
import type { Planned } from '../roster/plan.ts';
import type { Problem } from '../roster/problem.ts';
import type { Undone } from '../roster/undo.ts';
import { type Command, type Context, type Result, UsageError } from './command.ts';

export const commands: Command[] = [
  {
    name: 'roster plan',
    operands: 'FILES…',
    summary: 'compares complete AAF XML or CSV files with the directory and stores what would change',
    async run(context, { operands }) {
      if (operands.length === 0) throw new UsageError('roster plan takes the files of one delivery');
      const files = operands.flatMap(filesAt);
      const expected = files.reduce((sum, file) => sum + sizeOf(file), 0) / BYTES_PER_RECORD;
      const { plan } = await operations(context);
      const planned = await plan({
        files,
        by: context.by,
        onProgress: (records) =>
          context.progress(Math.min(records, expected), expected, `${records} records`),
      });
      return resultOfPlan(planned);
    },
  },
  {
    name: 'roster apply',
    operands: 'ID',
    summary: 'does what a plan says; killed at any point, the same command goes on where it stopped',
    isActOfPower: true,
    options: {
      'accept-closures': {
        type: 'boolean',
        help: 'also where a school loses many of its people, or all of its teachers',
      },
    },
    async run(context, { operands, flag }) {
      const id = onlyId(operands);
      const { apply } = await operations(context);
      const applied = await apply({
        id,
        by: context.by,
        reason: context.reason,
        ...(flag('accept-closures') ? { closures: 'accepted' as const } : {}),
        onProgress: (done, total) => context.progress(done, total, 'batches applied'),
      });
      return resultOfApply(id, applied);
    },
  },
  {
    name: 'roster undo',
    operands: 'ID',
    summary: 'reverses a plan, as far as it was applied, for everybody who has not changed since',
    isActOfPower: true,
    async run(context, { operands }) {
      const id = onlyId(operands);
      const { undo } = await operations(context);
      const undone = await undo({
        id,
        by: context.by,
        reason: context.reason,
        onProgress: (done, total) => context.progress(done, total, 'batches undone'),
      });
      return resultOfUndo(id, undone);
    },
  },
  {
    name: 'roster list',
    summary: 'the plans, the latest first, and where they stand',
    async run(context) {
      const plans = await (await operations(context)).list();
      const lines = plans.map(({ id, state, madeAt, counts }) => {
        const people = counts
          ? `${counts.created} created, ${counts.changed} changed, ${counts.closed} closed`
          : '';
        return `${id}  ${madeAt.toISOString().slice(0, 16)}  ${state.padEnd(8)}  ${people}`;
      });
      return { outcome: 'done', json: plans, lines: lines.length > 0 ? lines : ['no plan yet'] };
    },
  },
  {
    name: 'roster generate',
    operands: 'DIR',
    summary: 'writes complete AAF files of people who do not exist',
    options: {
      schools: { type: 'string', value: 'N', help: 'how many schools' },
      pupils: { type: 'string', value: 'M', help: 'how many pupils in all' },
      seed: { type: 'string', value: 'S', help: 'the same seed writes the same files' },
      date: { type: 'string', value: 'YYYY-MM-DD', help: 'day of the export (2026-09-16)' },
    },
    async run(context, { operands, required, text }) {
      const [dir] = operands;
      if (!dir) throw new UsageError('roster generate takes the folder to write to');
      const pupils = countIn(required('pupils'), 'pupils');
      const date = text('date');
      if (date && !/^\d{4}-\d{2}-\d{2}$/.test(date)) throw new UsageError('--date is YYYY-MM-DD');
      const made = await generateRoster({
        schools: countIn(required('schools'), 'schools'),
        pupils,
        seed: required('seed'),
        dir,
        ...(date ? { date } : {}),
        onProgress: (done) => context.progress(done, pupils, 'pupils'),
      });
      const people = `${made.pupils} pupils, ${made.guardians} guardians, ${made.staff} staff`;
      return { outcome: 'done', json: made, lines: [people, ...made.files] };
    },
  },
];

const BYTES_PER_RECORD = 1100;

async function operations(context: Context) {
  const { db, keyRing, digests } = await context.parts();
  return createRosterOperations({ db, keyRing, digests, now: context.now, settings: context.config.roster });
}

/** A folder stands for the XML and CSV files in it. */
function filesAt(path: string): string[] {
  if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) return [path];
  return readdirSync(path)
    .filter((name) => /\.(xml|csv)$/i.test(name))
    .map((name) => join(path, name));
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

function onlyId(operands: string[]): string {
  const [id, ...more] = operands;
  if (!id || more.length > 0) throw new UsageError('this takes one plan id (npx preau roster list)');
  return id;
}

function countIn(text: string, name: string): number {
  if (!/^[1-9]\d{0,7}$/.test(text)) throw new UsageError(`--${name} is a number from 1 to 99999999`);
  return Number(text);
}

function resultOfPlan(planned: Planned): Result {
  if (planned.outcome === 'refused') {
    const message = ['nothing can be applied of these files', ...linesOf(planned.refused)].join('\n');
    return { outcome: 'refused', message, json: planned };
  }
  if (planned.outcome === 'half-done') {
    const message = `plan ${planned.id} is half done; run its apply or undo again first`;
    return { outcome: 'refused', message, json: planned };
  }
  if (planned.outcome === 'directory-changed') {
    return { outcome: 'refused', message: 'another roster was applied meanwhile; plan again', json: planned };
  }
  const { outcome: _, ...json } = planned;
  const { created, changed, left, closed, refused, establishments } = planned.counts;
  const lines = [
    `plan ${planned.id}`,
    `${created} created, ${changed} changed, ${left} left, ${closed} closed, ${refused} refused; ${establishments} establishments new or renamed`,
    ...linesOf(planned.refused),
    ...planned.closures.map(
      ({ uai, name, percent, profile }) =>
        `${uai} ${name} would lose ${percent} % of its ${PEOPLE[profile ?? 'all']}`,
    ),
    `npx preau roster apply ${planned.id}${planned.closures.length > 0 ? ' --accept-closures' : ''}`,
  ];
  return { outcome: 'done', json, lines };
}

const PEOPLE = {
  ...{ all: 'people', pupil: 'pupils', guardian: 'guardians', teacher: 'teachers', staff: 'staff' },
} as const;

function linesOf(problems: readonly Problem[]): string[] {
  return problems.map(({ file, line, sentence }) => `${file}:${line}: ${sentence}`);
}

const REFUSALS: Record<string, string> = {
  'unknown-plan': 'there is no such plan (npx preau roster list)',
  busy: 'another plan is being applied or undone',
  stale: 'the directory changed since this plan was made; plan again',
  'needs-acceptance': 'a school would lose many of its people; look, then --accept-closures',
};

function resultOfApply(id: string, applied: Applied): Result {
  if (applied.outcome === 'applied') {
    const { created, changed, closed } = applied.counts;
    const lines = [`applied: ${created} created, ${changed} changed, ${closed} closed`];
    return { outcome: 'done', json: { id, state: 'applied', counts: applied.counts }, lines };
  }
  const message =
    applied.outcome === 'not-planned' ? `this plan is ${applied.state} already` : REFUSALS[applied.outcome];
  return { outcome: 'refused', message: message ?? applied.outcome, json: { id, ...applied } };
}

function resultOfUndo(id: string, undone: Undone): Result {
  if (undone.outcome === 'undone') {
    const lines = [`undone for ${undone.undone}; ${undone.kept} changed since and were left`];
    return {
      outcome: 'done',
      json: { id, state: 'undone', undone: undone.undone, kept: undone.kept },
      lines,
    };
  }
  if (undone.outcome === 'not-applied') {
    return {
      outcome: 'refused',
      message: `this plan is ${undone.state}, not applied`,
      json: { id, ...undone },
    };
  }
  const message =
    undone.outcome === 'half-done'
      ? `plan ${undone.id} is half done; finish it first`
      : REFUSALS[undone.outcome];
  return { outcome: 'refused', message: message ?? undone.outcome, json: { ...undone, id } };
}
