import type { Command, Option } from './command.ts';

/** The list of commands, by noun. */
export function overview(commands: readonly Command[]): string {
  const width = Math.max(...commands.map((command) => usageOf(command).length));
  const lines = commands.map((command) => `  ${usageOf(command).padEnd(width)}  ${command.summary}`);
  return [
    'npx preau <noun> <verb> [operands] [options]',
    '',
    ...lines,
    '',
    'Every command takes --json (one JSON document on stdout and nothing else) and --help.',
    'Acts of power take --by NAME and --reason TEXT. Exit: 0 done, 1 refused, 2 wrong usage.',
    'The instance is found through PREAU_DATA_DIR (default ./var) or DATABASE_URL and REDIS_URL.',
  ].join('\n');
}

export function helpOf(command: Command): string {
  const options = Object.entries(command.options ?? {});
  const all: [string, string][] = [
    ...options.map(([name, option]): [string, string] => [optionOf(name, option), option.help]),
    ...(command.isActOfPower
      ? ([
          ['--by NAME', 'who orders it, for the record'],
          ['--reason TEXT', 'why, for the record'],
        ] as [string, string][])
      : []),
    ['--json', 'one JSON document on stdout'],
  ];
  const width = Math.max(...all.map(([option]) => option.length));
  return [
    `npx preau ${usageOf(command)} [options]`,
    '',
    command.summary,
    '',
    ...all.map(([option, help]) => `  ${option.padEnd(width)}  ${help}`),
  ].join('\n');
}

function usageOf({ name, operands }: Command): string {
  return operands ? `${name} ${operands}` : name;
}

function optionOf(name: string, option: Option): string {
  return `--${name}${option.type === 'string' ? ` ${option.value ?? 'VALUE'}` : ''}`;
}
