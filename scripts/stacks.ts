/** Copies the settings that tests run into config/stacks.json, which /integrators shows: node scripts/stacks.ts */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..');
export const STACKS_FILE = join(ROOT, 'config', 'stacks.json');

const SOURCES = [
  { name: 'openid-client', title: 'openid-client (Node.js)', source: 'demo/apps/relying-party.ts' },
];

export function readStacks(): object[] {
  return SOURCES.map(({ name, title, source }) => ({ name, title, source, code: settingsIn(source) }));
}

/** What stands between `settings: begin` and `settings: end`, without its indentation. */
function settingsIn(source: string): string {
  const text = readFileSync(join(ROOT, source), 'utf8');
  const [, settings] = /^.*settings: begin.*\n([\s\S]*?)^.*settings: end/m.exec(text) ?? [];
  if (!settings) throw new Error(`${source} marks no settings`);
  const lines = settings.trimEnd().split('\n');
  const margin = Math.min(...lines.filter(Boolean).map((line) => line.search(/\S/)));
  return lines.map((line) => line.slice(margin)).join('\n');
}

if (process.argv[1] === import.meta.filename)
  writeFileSync(STACKS_FILE, `${JSON.stringify(readStacks(), null, 2)}\n`);
