import { createActivation } from '../activation/activation.ts';
import { listWindows } from '../activation/windows/list-windows.ts';
import { LONGEST_WINDOW_MINUTES, type Opened } from '../activation/windows/open-window.ts';
import type { OpenWindow } from '../activation/windows/store.ts';
import { inParis } from '../http/moments.ts';
import { type Command, type Context, type Input, type Result, UsageError } from './command.ts';

export const commands: Command[] = [
  {
    name: 'activation open',
    summary: 'opens a class window and prints the word to write on the board',
    isActOfPower: true,
    options: {
      school: { type: 'string', value: 'UAI', help: 'the school' },
      class: { type: 'string', value: 'CODE', help: 'the class' },
      pupils: {
        type: 'string',
        multiple: true,
        value: 'ID,…',
        help: 'ids of those present; the whole class if not said',
      },
      minutes: {
        type: 'string',
        value: 'N',
        help: `how long, at most ${LONGEST_WINDOW_MINUTES} (the default)`,
      },
      word: { type: 'string', value: 'WORD', help: 'this word instead of a drawn one: in the demo only' },
    },
    run: open,
  },
  {
    name: 'activation close',
    summary: 'closes a class window before its time',
    operands: 'ID',
    isActOfPower: true,
    run: close,
  },
  {
    name: 'activation list',
    summary: 'lists the class windows open now: numbers, no name and no word',
    run: list,
  },
];

async function open(context: Context, input: Input): Promise<Result> {
  const [uai, className] = [input.required('school'), input.required('class')];
  const pupils = input.texts('pupils').flatMap((text) =>
    text
      .split(',')
      .map((id) => id.trim())
      .filter(Boolean),
  );
  const asked = {
    uai,
    className,
    minutes: readMinutes(input.text('minutes')),
    by: context.by,
    reason: context.reason,
    word: input.text('word'),
    ...(pupils.length > 0 && { pupils }),
  };
  const opened = await createActivation(await context.parts()).openWindow(asked);
  if (opened.outcome !== 'opened') return refused(opened, { uai, className });
  const { id, word, closesAt } = opened;
  const { pupils: count } = opened;
  return {
    outcome: 'done',
    json: { outcome: 'opened', id, school: uai, class: className, pupils: count, word, closes_at: closesAt },
    lines: [
      `Write this word on the board:  ${word.toUpperCase()}`,
      `For ${count} pupils of class ${className}, until ${timeOf(closesAt)}. Before that: npx preau activation close ${id}`,
    ],
  };
}

function readMinutes(text: string | undefined): number {
  if (text === undefined) return LONGEST_WINDOW_MINUTES;
  if (!/^\d{1,3}$/.test(text)) throw new UsageError('--minutes is a number');
  return Number(text);
}

function refused(
  { outcome }: Exclude<Opened, { outcome: 'opened' }>,
  { uai, className }: { uai: string; className: string },
): Result {
  const messages = {
    'unknown-school': `there is no school ${uai} here`,
    'unknown-class': `there is no class ${className} in ${uai} this year`,
    'not-in-this-class': `somebody named with --pupils is no pupil of class ${className}`,
    'nobody-dormant': `every account of class ${className} is open already`,
    'wrong-minutes': `a window is open for 1 to ${LONGEST_WINDOW_MINUTES} minutes`,
    'no-such-word': 'the word has letters only',
    'only-in-demo': 'a word can be chosen in the demo only: anywhere else it is drawn',
  } as const;
  if (!Object.hasOwn(messages, outcome)) throw new Error(`operators act by no right: ${outcome}`);
  return {
    outcome: 'refused',
    message: messages[outcome as keyof typeof messages],
    json: { outcome, school: uai, class: className },
  };
}

async function close(context: Context, input: Input): Promise<Result> {
  const [id] = input.operands;
  if (!id || input.operands.length > 1)
    throw new UsageError('name one window: npx preau activation close ID');
  const { by, reason } = context;
  const { outcome } = await createActivation(await context.parts()).closeWindow({ id, by, reason });
  if (outcome === 'closed')
    return { outcome: 'done', json: { outcome, id }, lines: ['closed: the word opens nothing'] };
  return { outcome: 'refused', message: `there is no open window ${id}`, json: { outcome, id } };
}

async function list(context: Context): Promise<Result> {
  const { db } = await context.parts();
  const windows = await listWindows(db, context.now());
  return {
    outcome: 'done',
    json: windows.map(jsonOf),
    lines: windows.length > 0 ? windows.map(lineOf) : ['no window is open'],
  };
}

function jsonOf({ id, uai, className, pupils, claimed, openedAt, closesAt, openedBy }: OpenWindow) {
  return {
    id,
    school: uai,
    class: className,
    pupils,
    claimed,
    opened_at: openedAt,
    closes_at: closesAt,
    opened_by: openedBy,
  };
}

function lineOf({ id, uai, className, pupils, claimed, closesAt }: OpenWindow): string {
  return `${id}  ${uai} ${className}  ${claimed} of ${pupils} claimed, until ${timeOf(closesAt)}`;
}

function timeOf(date: Date): string {
  return inParis('fr', date, { timeStyle: 'short' });
}
