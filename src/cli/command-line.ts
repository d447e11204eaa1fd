import { hostname, userInfo } from 'node:os';
import { inspect, parseArgs } from 'node:util';
import type { Actor } from '../audit/actor.ts';
import { type Config, ConfigurationError, loadConfig } from '../config.ts';
import { describeError } from '../http/error-log.ts';
import { openParts, type Parts } from '../parts.ts';
import { AlreadyRunning } from '../storage/stores.ts';
import { Unavailable } from '../storage/unavailable.ts';
import { type Command, type Context, type Input, type Result, UsageError } from './command.ts';
import { commands } from './commands.ts';
import { helpOf, overview } from './help.ts';
import { progressBar } from './progress.ts';

const DONE = 0;
const REFUSED = 1;
const WRONG_USAGE = 2;

const COMMON = {
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
  by: { type: 'string' },
  reason: { type: 'string' },
} as const;

/** Where a command line is typed. */
export interface Terminal {
  environment: Readonly<Record<string, string | undefined>> | undefined;
  out(text: string): void;
  err(what: unknown): void;
  /** Somebody looks at stderr: a bar may move there. */
  isWatched: boolean;
}

/** One command, from its words to its exit code; nothing is thrown. */
export async function runCommandLine(terminal: Terminal, args: string[]): Promise<number> {
  try {
    const command = findCommand(args);
    if (!command) return explain(terminal, args);
    const typed = readInput(command, args.slice(command.name.split(' ').length));
    if (typed.help) return print(terminal, helpOf(command));
    return await run(terminal, command, typed);
  } catch (error) {
    return fail(terminal, error, { json: args.includes('--json') });
  }
}

function findCommand(args: string[]): Command | undefined {
  return commands.find((command) => command.name.split(' ').every((word, index) => args[index] === word));
}

function explain(terminal: Terminal, args: string[]): number {
  const noun = args.find((arg) => !arg.startsWith('-'));
  const known = commands.filter(({ name }) => name.split(' ')[0] === noun);
  if (noun === undefined || noun === 'help') return print(terminal, overview(commands));
  if (known.length > 0) {
    const asked = args.includes('--help') || args.length === 1;
    return asked
      ? print(terminal, overview(known))
      : wrongUsage(terminal, `unknown command: ${args.slice(0, 2).join(' ')}`);
  }
  return wrongUsage(terminal, `unknown command: ${noun}`);
}

type Typed = {
  input: Input;
  json: boolean;
  help: boolean;
  by: string | undefined;
  reason: string | undefined;
};

function readInput(command: Command, args: string[]): Typed {
  const options = Object.fromEntries(
    Object.entries({ ...command.options, ...COMMON }).map(([name, { type, ...rest }]) => [
      name,
      {
        type,
        ...('short' in rest ? { short: rest.short } : {}),
        ...('multiple' in rest ? { multiple: true } : {}),
      },
    ]),
  );
  const { values, positionals } = parse(command, { args, options });
  const text = (name: string): string | undefined => {
    const value = values[name];
    return typeof value === 'string' ? value : undefined;
  };
  const input: Input = {
    operands: positionals,
    text,
    texts: (name) => [values[name] ?? []].flat().filter((value) => typeof value === 'string'),
    flag: (name) => values[name] === true,
    required: (name) => {
      const value = text(name);
      if (value === undefined)
        throw new UsageError(`--${name} is missing (npx preau ${command.name} --help)`);
      return value;
    },
  };
  return {
    input,
    json: values.json === true,
    help: values.help === true,
    by: text('by')?.trim() || undefined,
    reason: text('reason')?.trim() || undefined,
  };
}

type Values = Record<string, string | boolean | (string | boolean)[] | undefined>;

function parse(
  command: Command,
  given: { args: string[]; options: Record<string, { type: 'string' | 'boolean' }> },
): { values: Values; positionals: string[] } {
  try {
    return parseArgs({ ...given, allowPositionals: command.operands !== undefined, strict: true });
  } catch (error) {
    throw new UsageError(`${(error as Error).message} (npx preau ${command.name} --help)`);
  }
}

async function run(terminal: Terminal, command: Command, typed: Typed): Promise<number> {
  const config = loadConfig(terminal.environment);
  const stated = statePower(command, config, typed);
  let opened: Promise<Parts> | undefined;
  const bar = progressBar({ isSilent: typed.json || !terminal.isWatched });
  const context: Context = {
    config,
    parts: () => {
      opened ??= openParts(config, 'command');
      return opened;
    },
    ...stated,
    now: () => new Date(),
    progress: bar.show,
    say: (line) => {
      if (!typed.json) terminal.out(line);
    },
  };
  try {
    const result = await command.run(context, typed.input);
    bar.clear();
    return report(terminal, result, typed.json);
  } finally {
    bar.clear();
    if (opened) await opened.then((parts) => parts.close()).catch(() => {});
  }
}

/** `--by` is a name for the record, never an identity: the audit holds the OS user and the host beside it. */
function statePower(
  command: Command,
  config: Config,
  typed: Typed,
): { by: Actor; reason: string | undefined } {
  const osUser = userInfo().username;
  const isDemo = config.mode !== 'production';
  if (command.isActOfPower && !isDemo && (!typed.by || !typed.reason)) {
    throw new UsageError(`${command.name} is an act of power: it takes --by and --reason`);
  }
  return {
    by: { kind: 'operator', name: typed.by ?? osUser, osUser, host: hostname() },
    reason: typed.reason ?? (command.isActOfPower ? 'demo' : undefined),
  };
}

function report({ out, err }: Terminal, result: Result, json: boolean): number {
  if (result.outcome === 'refused') {
    if (json) out(JSON.stringify(result.json ?? { outcome: 'refused', message: result.message }, null, 2));
    err(result.message);
    return REFUSED;
  }
  if (json) out(JSON.stringify(result.json, null, 2));
  else for (const line of result.lines) out(line);
  return DONE;
}

function print({ out }: Terminal, text: string): number {
  out(text);
  return DONE;
}

function wrongUsage({ err }: Terminal, message: string): number {
  err(`${message}\nnpx preau --help lists the commands`);
  return WRONG_USAGE;
}

function fail(terminal: Terminal, error: unknown, { json }: { json: boolean }): number {
  if (error instanceof UsageError) return wrongUsage(terminal, error.message);
  if (error instanceof ConfigurationError) {
    terminal.err(error.message);
    return WRONG_USAGE;
  }
  const isExpected = error instanceof AlreadyRunning || error instanceof Unavailable;
  if (json) {
    const answer = isExpected ? { outcome: 'refused', message: error.message } : { outcome: 'failed' };
    terminal.out(JSON.stringify(answer, null, 2));
  }
  // PostgreSQL quotes what it was given; a terminal's words end up in tickets and logs.
  terminal.err(isExpected ? error.message : inspect(describeError(error), { depth: 8 }));
  return REFUSED;
}
