// Fills the parts of README.md and docs/ that are made from the code: node scripts/docs.ts
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { commands } from '../src/cli/commands.ts';
import { LOSSES } from '../src/cli/key-backup.ts';
import { settingsTable, variablesTable } from './docs-configuration.ts';
import { eventsTable } from './docs-events.ts';
import { STACKS, settingsOf } from './docs-stacks.ts';
import { diagrams } from './docs-states.ts';

const ROOT = join(import.meta.dirname, '..');

type Parts = Readonly<Record<string, () => string>>;

/** Which part stands in which document, between `<!-- made by scripts/docs.ts: name -->` and `<!-- end -->`. */
const MADE: Readonly<Record<string, Parts>> = {
  'README.md': { commands: commandsTable },
  'docs/operate.md': { variables: variablesTable, settings: settingsTable, losses: lossesTable },
  'docs/events.md': { events: eventsTable },
  'docs/states.md': { states: diagrams },
  ...Object.fromEntries(
    Object.entries(STACKS).map(([stack, file]) => [
      `docs/integrate/${stack}.md`,
      { settings: () => settingsOf(file) },
    ]),
  ),
};

export interface MadeDocument {
  path: string;
  is: string;
  shouldBe: string;
}

export function madeDocuments(): MadeDocument[] {
  return Object.entries(MADE).map(([path, parts]) => {
    const is = readFileSync(join(ROOT, path), 'utf8');
    const shouldBe = Object.entries(parts).reduce((text, [name, make]) => fill(text, name, make()), is);
    return { path, is, shouldBe };
  });
}

function fill(text: string, name: string, made: string): string {
  const start = `<!-- made by scripts/docs.ts: ${name} -->\n`;
  const [before, rest, ...more] = text.split(start);
  const end = rest?.indexOf('<!-- end -->') ?? -1;
  if (before === undefined || rest === undefined || more.length > 0 || end < 0)
    throw new Error(`the part "${name}" has no place in its document`);
  return `${before}${start}${made}\n${rest.slice(end)}`;
}

function commandsTable(): string {
  const rows = commands.map(
    ({ name, operands, summary }) =>
      `| \`${cell(operands ? `${name} ${operands}` : name)}\` | ${cell(summary)} |`,
  );
  return ['| `npx preau …` | |', '|---|---|', ...rows].join('\n');
}

function lossesTable(): string {
  const rows = Object.entries(LOSSES).map(([key, loss]) => `| ${key.replaceAll('_', ' ')} | ${loss} |`);
  return ['| lost | what that costs |', '|---|---|', ...rows].join('\n');
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}

if (import.meta.main) {
  for (const { path, is, shouldBe } of madeDocuments()) {
    if (is === shouldBe) continue;
    writeFileSync(join(ROOT, path), shouldBe);
    console.log(`${path} written`);
  }
}
