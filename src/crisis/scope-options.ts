import { type Scope, scopeSchema } from '../orders/scope.ts';
import type { Db, Tx } from '../storage/postgres.ts';
import { selectPersonNumbers } from './store.ts';

export type ReadScope = { outcome: 'scope'; scope: Scope } | { outcome: 'refused'; message: string };

const KEYS = ['person', 'state', 'profile', 'establishment', 'academie', 'class', 'relying-party'];
const EXAMPLES = '--scope all, --scope profile=pupil, --scope establishment=0750001A';

/**
 * `--scope profile=pupil --scope establishment=0750001A` → a scope. The same key again widens it, another key
 * narrows it. Persons are named by their id or their number.
 */
export async function readScope(db: Db | Tx, options: readonly string[]): Promise<ReadScope> {
  if (options.length === 0) return refuse(`say whom it is about: ${EXAMPLES}`);
  if (options.includes('all'))
    return options.length === 1 ? everybody() : refuse('all goes with nothing else');
  const parts = new Map<string, (string | number)[]>();
  for (const option of options) {
    const [key = '', ...rest] = option.split('=');
    if (!KEYS.includes(key) || rest.length === 0)
      return refuse(`"${option}" is no scope: ${EXAMPLES}; keys: ${KEYS.join(', ')}`);
    parts.set(key, [...(parts.get(key) ?? []), rest.join('=').trim()]);
  }
  const persons = parts.get('person')?.map(String);
  if (!persons) return parse(parts);
  const numbers = await selectPersonNumbers(db, persons);
  const unknown = persons.filter((person) => !numbers.has(person));
  if (unknown.length > 0) return refuse(`no such person: ${unknown.join(', ')}`);
  return parse(parts.set('person', [...new Set(numbers.values())]));
}

function parse(parts: ReadonlyMap<string, (string | number)[]>): ReadScope {
  const given = Object.fromEntries(
    [...parts].map(([key, values]) => [key === 'relying-party' ? 'relyingParty' : key, [...new Set(values)]]),
  );
  const parsed = scopeSchema.safeParse(given);
  if (parsed.success) return { outcome: 'scope', scope: parsed.data };
  const [issue] = parsed.error.issues;
  return refuse(`--scope: ${issue?.path.join(' ') ?? ''} ${issue?.message ?? ''}`.replace(/\s+/g, ' '));
}

function everybody(): ReadScope {
  return { outcome: 'scope', scope: { all: true } };
}

function refuse(message: string): ReadScope {
  return { outcome: 'refused', message };
}
