import type { RawBuilder } from 'kysely';
import { ask, type Db, type Tx } from './postgres.ts';

/** Stands for a value until the statement is run. */
class Placeholder {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

/** What a statement is written with: each name a placeholder for the value given under it. */
export type Named<Given> = { readonly [Name in keyof Given]-?: unknown };

/**
 * A statement written and compiled once, for the few that every request asks. One that begins with `prepared` in a
 * comment is also planned once per connection.
 */
export function prepared<Given extends object, Row>(write: (given: Named<Given>) => RawBuilder<Row>) {
  let compiled: { text: string; names: readonly (keyof Given)[] } | undefined;
  return async (db: Db | Tx, given: Given): Promise<Row[]> => {
    compiled ??= compile(db, write);
    const { text, names } = compiled;
    return ask<Row>(
      db,
      text,
      names.map((name) => given[name]),
    );
  };
}

function compile<Given extends object, Row>(
  db: Db | Tx,
  write: (given: Named<Given>) => RawBuilder<Row>,
): { text: string; names: readonly (keyof Given)[] } {
  const named = new Proxy({}, { get: (_, name) => new Placeholder(String(name)) }) as Named<Given>;
  const { sql: text, parameters } = write(named).compile(db);
  const names = parameters.map((parameter) => {
    // A value of its own would be every later request's too.
    if (!(parameter instanceof Placeholder)) throw new Error('a prepared statement has named values only');
    return parameter.name as keyof Given;
  });
  return { text, names };
}
