import type { Alarm } from '../alarms/alarm.ts';
import { closeOpenAlarm } from '../alarms/close-alarm.ts';
import { findAlarm, listAlarms } from '../alarms/list-alarms.ts';
import { alarmRules } from '../alarms/rules.ts';
import { type Command, type Context, type Input, type Result, UsageError } from './command.ts';

export const commands: Command[] = [
  {
    name: 'alarms list',
    summary: 'lists the open alarms, the newest first, each with its rule and figures',
    options: {
      all: { type: 'boolean', help: 'closed ones too' },
      school: { type: 'string', value: 'UAI', help: 'of this school' },
    },
    run: list,
  },
  {
    name: 'alarms show',
    summary: 'shows an alarm: what it says, its figures, the session it names, the pause it ordered',
    operands: 'ID',
    async run(context, input) {
      const id = operand(input, 'alarms show');
      const { db } = await context.parts();
      const alarm = await findAlarm(db, id);
      if (!alarm) return unknown(id);
      return { outcome: 'done', json: jsonOf(alarm), lines: [alarmRules[alarm.rule], ...linesOf(alarm)] };
    },
  },
  {
    name: 'alarms close',
    summary: 'closes an alarm that was looked into; --reason says what it was',
    operands: 'ID',
    isActOfPower: true,
    run: close,
  },
];

async function list(context: Context, input: Input): Promise<Result> {
  const { db } = await context.parts();
  const school = input.text('school');
  const state = input.flag('all') ? undefined : 'open';
  const alarms = await listAlarms(db, { state, ...(school !== undefined && { uais: [school] }) });
  const lines = alarms.length > 0 ? alarms.map(lineOf) : ['no alarm'];
  return { outcome: 'done', json: alarms.map(jsonOf), lines };
}

async function close(context: Context, input: Input): Promise<Result> {
  const id = operand(input, 'alarms close');
  const { db } = await context.parts();
  const closing = { id, reason: context.reason ?? '' };
  const { outcome } = await closeOpenAlarm(db, context.by, closing, context.now());
  if (outcome === 'closed')
    return {
      outcome: 'done',
      json: { outcome, id },
      lines: ['closed; a pause it ordered goes on to its end'],
    };
  if (outcome === 'unknown-alarm') return unknown(id);
  return { outcome: 'refused', message: `alarm ${id} was closed before`, json: { outcome, id } };
}

function operand({ operands }: Input, command: string): string {
  const [id] = operands;
  if (!id || operands.length > 1) throw new UsageError(`name one alarm: npx preau ${command} ID`);
  return id;
}

function unknown(id: string): Result {
  const json = { outcome: 'unknown-alarm', id };
  return { outcome: 'refused', message: `there is no alarm ${id} (npx preau alarms list --all)`, json };
}

function jsonOf({ id, rule, uai, school, academie, person, session, details, ...rest }: Alarm) {
  const { raisedAt, pause, closed } = rest;
  return {
    ...{ id, rule, says: alarmRules[rule], school: uai ?? null, school_name: school ?? null },
    ...{ academie: academie ?? null, person: person ?? null, session: session ?? null, figures: details },
    raised_at: raisedAt,
    pause: pause ? { order: pause.order, until: pause.until ?? null } : null,
    closed: closed ?? null,
  };
}

function lineOf({ id, rule, uai, raisedAt, pause, closed }: Alarm): string {
  const state = closed ? 'closed' : pause ? 'open, claims paused' : 'open';
  return `${id}  ${raisedAt.toISOString()}  ${rule}  ${uai ?? ''}  ${state}`;
}

function linesOf({ id, uai, school, person, session, details, raisedAt, pause, closed }: Alarm): string[] {
  const facts: Record<string, unknown> = {
    alarm: id,
    raised: raisedAt.toISOString(),
    school: uai && `${uai} ${school ?? ''}`,
    person,
    session,
    ...details,
    'claims paused by': pause && `${pause.order} until ${pause.until?.toISOString() ?? 'it is ended'}`,
    closed: closed && `${closed.at.toISOString()}: ${closed.reason}`,
  };
  return Object.entries(facts).flatMap(([name, value]) =>
    value === undefined ? [] : [`  ${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`],
  );
}
