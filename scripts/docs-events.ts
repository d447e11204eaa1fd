import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { auditEvents } from '../src/audit/events.ts';

const SRC = join(import.meta.dirname, '..', 'src');
const CATALOGUE = 'audit/events.ts';

const sources = new Map(
  readdirSync(SRC, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && name !== CATALOGUE)
    .sort()
    .map((name) => [`src/${name}`, readFileSync(join(SRC, name), 'utf8')] as const),
);

/** The files of src that record this event. */
export function writersOf(event: string): string[] {
  const isWriter = (text: string) => text.includes(`'${event}'`) && text.includes("/audit/record.ts'");
  return [...sources].filter(([, text]) => isWriter(text)).map(([path]) => path);
}

export function eventsTable(): string {
  const rows = Object.entries(auditEvents).map(([name, sentence]) => {
    const writers = writersOf(name).map((path) => `\`${path}\``);
    return `| \`${name}\` | ${sentence} | ${writers.join(', ') || 'nothing yet'} |`;
  });
  return ['| event | what happened | written by |', '|---|---|---|', ...rows].join('\n');
}
