import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { writersOf } from './docs-events.ts';
import { type Arrow, type Machine, machines } from './docs-machines.ts';

export function diagrams(): string {
  return machines.map(sectionOf).join('\n\n');
}

function sectionOf({ title, about, states, arrows }: Machine<string>): string {
  const drawn = new Set(
    [...arrows.map(([from]) => from), ...arrows.map(([, to]) => to)].filter((state) => state !== '[*]'),
  );
  const lost = states?.filter((state) => !drawn.has(state)) ?? [];
  const invented = states ? [...drawn].filter((state) => !states.includes(state)) : [];
  if (lost.length + invented.length > 0)
    throw new Error(`scripts/docs-machines.ts, ${title}: not drawn ${lost}; drawn, not there ${invented}`);
  return [`## ${title}`, '', about, '', '```mermaid', 'stateDiagram-v2', ...arrows.map(lineOf), '```'].join(
    '\n',
  );
}

function lineOf([from, to, because, file, event]: Arrow<string>): string {
  if (!existsSync(join(import.meta.dirname, '..', file)))
    throw new Error(`scripts/docs-machines.ts: ${file} is not there`);
  if (event && !writersOf(event).includes(file))
    throw new Error(`scripts/docs-machines.ts: ${file} does not write ${event}`);
  const said = event ? `${because} (${event})` : `${because} (${file.split('/').slice(1).join('/')})`;
  return `  ${nodeOf(from)} --> ${nodeOf(to)}: ${said}`;
}

// A dash would end the name of a state in mermaid.
function nodeOf(state: string): string {
  return state.replaceAll('-', '_');
}
