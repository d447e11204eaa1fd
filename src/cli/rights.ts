import { createJudged } from '../orders/judged.ts';
import { confirmedByOperator as confirm } from '../rights/confirm.ts';
import { countReadable } from '../rights/count-readable.ts';
import { createGrantRight, type Granted } from '../rights/grant.ts';
import { listRights } from '../rights/list.ts';
import { createRenewRight, type Renewed } from '../rights/renew.ts';
import { createRevokeRight } from '../rights/revoke.ts';
import type { RightScope } from '../rights/rights.ts';
import { isRole, ROLES, type Role } from '../rights/roles.ts';
import { type Command, type Context, type Input, type Result, UsageError } from './command.ts';
import { findPersonNamed, noSuchPerson } from './rights/person.ts';
import { dayOf, jsonOfRight, lineOfRight, only, readUntil, whereOf } from './rights/words.ts';

const GRANTED = Object.values(ROLES).flatMap(({ grants }) => grants);

export const commands: Command[] = [
  {
    name: 'rights grant',
    operands: 'PERSON',
    summary: 'gives a member of a school’s staff a right there, and says how many people it can read',
    isActOfPower: true,
    options: {
      role: { type: 'string', value: 'ROLE', help: [...new Set(GRANTED)].join(', ') },
      school: { type: 'string', value: 'UAI', help: 'the school' },
      class: { type: 'string', multiple: true, value: 'CODE', help: 'these classes only' },
      until: { type: 'string', value: 'DAY', help: 'the end of the school year if not said' },
      count: { type: 'boolean', help: 'only says how many people it could read; gives nothing' },
    },
    run: grant,
  },
  {
    name: 'rights revoke',
    operands: 'ID',
    summary: 'ends a right, and every right that was granted under it',
    isActOfPower: true,
    run: revoke,
  },
  {
    name: 'rights renew',
    operands: 'ID',
    summary: 'puts a right in use again that lapsed because nobody used it for 90 days',
    isActOfPower: true,
    run: renew,
  },
  {
    name: 'rights list',
    summary: 'lists rights with their holder’s number, last use, lapse and end: no name',
    options: {
      school: { type: 'string', value: 'UAI', help: 'those over this school or its classes' },
      person: { type: 'string', value: 'PERSON', help: 'those of one person' },
      ended: { type: 'boolean', help: 'those that are over too' },
    },
    run: list,
  },
];

async function grant(context: Context, input: Input): Promise<Result> {
  const named = only(input.operands, 'name one person: npx preau rights grant PERSON');
  const [role, scope, until] = [readRole(input.required('role')), readScope(input), readUntil(input)];
  const parts = await context.parts();
  const readable = await countReadable(parts.db, { role, scope }, context.now());
  const count = sayReadable(readable);
  if (input.flag('count')) {
    return {
      outcome: 'done',
      json: { outcome: 'counted', role, scope, readable: readable ?? null },
      lines: [count],
    };
  }
  context.say(count);
  const to = await findPersonNamed(parts, named);
  if (to === undefined) return noSuchPerson(named);
  const { by, reason } = context;
  const operation = createGrantRight({ ...parts, judged: createJudged(parts) });
  const granted = await operation({ by, to, role, scope, until, reason, confirm });
  if (granted.outcome !== 'granted') return notGranted(granted, { role, scope, to });
  return {
    outcome: 'done',
    json: { ...granted, person: to, role, scope, readable: readable ?? null },
    lines: [`granted until ${dayOf(granted.until)}. Before that: npx preau rights revoke ${granted.right}`],
  };
}

function readRole(text: string): Role {
  if (isRole(text)) return text;
  throw new UsageError(`--role is one of ${[...new Set(GRANTED)].join(', ')}`);
}

function readScope(input: Input): RightScope {
  const uai = input.required('school');
  const classes = input.texts('class');
  return classes.length > 0 ? { kind: 'classes', uai, classes } : { kind: 'establishment', uai };
}

function sayReadable(readable: { persons: number; pupils: number } | undefined): string {
  if (!readable) return 'How many people this right can read could not be counted in time.';
  const { persons, pupils } = readable;
  return `This right can read ${persons} persons, of whom ${pupils} pupils (counted as the minors: birth dates are sealed).`;
}

function notGranted(
  answer: Exclude<Granted, { outcome: 'granted' }>,
  { role, scope, to }: { role: Role; scope: RightScope; to: number },
): Result {
  const messages: Record<typeof answer.outcome, string> = {
    'no-such-right': `nobody grants the role ${role} over ${whereOf(scope)}`,
    'unknown-place': `there is no ${whereOf(scope)} here`,
    'to-oneself': 'nobody grants themselves a right',
    'not-allowed': 'this is not yours to grant',
    'cannot-hold': `person ${to} is not active, or not of the staff of ${whereOf(scope)}`,
    'too-long': 'it would end too late or too soon: at most with the school year, and with the granter’s own',
    'already-held': `person ${to} holds this right already`,
    'wrong-code': 'the code is not right',
    'start-again': 'the session ended',
  };
  return {
    outcome: 'refused',
    message: messages[answer.outcome],
    json: { ...answer, person: to, role, scope },
  };
}

async function revoke(context: Context, { operands }: Input): Promise<Result> {
  const right = only(operands, 'name one right: npx preau rights revoke ID');
  const parts = await context.parts();
  const operation = createRevokeRight({ ...parts, judged: createJudged(parts) });
  const revoked = await operation({ by: context.by, right, reason: context.reason ?? '', confirm });
  if (revoked.outcome !== 'revoked') {
    return { outcome: 'refused', message: `there is no right ${right} to end`, json: { ...revoked, right } };
  }
  const { alsoEnded } = revoked;
  const lines = [`ended, and with it ${alsoEnded} rights that were granted under it`];
  return { outcome: 'done', json: { outcome: 'revoked', right, also_ended: alsoEnded }, lines };
}

async function renew(context: Context, { operands }: Input): Promise<Result> {
  const right = only(operands, 'name one right: npx preau rights renew ID');
  const parts = await context.parts();
  const operation = createRenewRight({ ...parts, judged: createJudged(parts) });
  const renewed = await operation({ by: context.by, right, reason: context.reason, confirm });
  if (renewed.outcome === 'renewed') {
    return { outcome: 'done', json: { outcome: 'renewed', right }, lines: ['in use again, for 90 days'] };
  }
  const messages: Record<Exclude<Renewed['outcome'], 'renewed'>, string> = {
    'not-allowed': `there is no right ${right} to renew`,
    'not-lapsed': 'it has not lapsed',
    'wrong-code': 'the code is not right',
    'start-again': 'the session ended',
  };
  return { outcome: 'refused', message: messages[renewed.outcome], json: { ...renewed, right } };
}

async function list(context: Context, input: Input): Promise<Result> {
  const parts = await context.parts();
  const named = input.text('person');
  const person = named === undefined ? undefined : await findPersonNamed(parts, named);
  if (named !== undefined && person === undefined) return noSuchPerson(named);
  const at = context.now();
  const listing = { uai: input.text('school'), person, ended: input.flag('ended') };
  const rights = await listRights(parts.db, listing, at);
  return {
    outcome: 'done',
    json: rights.map(jsonOfRight),
    lines: rights.length > 0 ? rights.map((right) => lineOfRight(right, at)) : ['no right'],
  };
}
