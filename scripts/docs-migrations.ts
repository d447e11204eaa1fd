import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

function migrations(): string {
  const folder = join(import.meta.dirname, '..', 'src', 'storage', 'migrations');
  return readdirSync(folder)
    .sort()
    .map((file) => readFileSync(join(folder, file), 'utf8'))
    .join('\n');
}

/** The values of an enum type. */
export function enumOf<State extends string>(type: string): State[] {
  return valuesIn(new RegExp(`create type ${type} as enum \\(([^)]*)\\)`).exec(migrations())?.[1], type);
}

/** The values that a check constraint allows in a column; a later migration may have put another in its place. */
export function checkOf<State extends string>(table: string, column: string): State[] {
  const later = new RegExp(`add constraint ${table}_${column}_check\\s+check \\(${column} in \\(([^)]*)\\)`);
  const changed = later.exec(migrations())?.[1];
  if (changed) return valuesIn(changed, `${table}.${column}`);
  const body = new RegExp(`create table ${table} \\(([\\s\\S]*?)\\n\\);`).exec(migrations())?.[1] ?? '';
  return valuesIn(new RegExp(`\\b${column} in \\(([^)]*)\\)`).exec(body)?.[1], `${table}.${column}`);
}

function valuesIn<State extends string>(list: string | undefined, where: string): State[] {
  const values = [...(list ?? '').matchAll(/'([^']+)'/g)].map(([, value]) => value as State);
  if (values.length === 0)
    throw new Error(`scripts/docs-migrations.ts: the migrations name no values of ${where}`);
  return values;
}
