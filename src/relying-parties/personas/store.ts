import { sql } from 'kysely';
import type { Db, Tx } from '../../storage/postgres.ts';

export async function lockPersonas(tx: Tx): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtext('preau.personas'))`.execute(tx);
}

export interface Persona {
  person: number;
  position: number;
}

export function selectPersonas(db: Db | Tx): Promise<Persona[]> {
  return db.selectFrom('personas').select(['person', 'position']).orderBy('position').execute();
}

/** Their accounts are active and never claimed: the foreign keys of credentials let none in. */
export async function insertPersonas(tx: Tx, persons: readonly number[], at: Date): Promise<void> {
  const rows = persons.map((person, position) => ({ person, position }));
  await tx.insertInto('personas').values(rows).execute();
  await tx
    .insertInto('accounts')
    .values(persons.map((person) => ({ person })))
    .execute();
  await tx
    .insertInto('account_states')
    .values(persons.map((person) => ({ person, state: 'active' as const, from_at: at, until_at: null })))
    .execute();
}

/** `demo`: with those who have an account in it. */
export async function selectPickable(
  db: Db,
  who: 'personas' | 'demo',
): Promise<{ person: number; id: string }[]> {
  const { rows } = await sql<{ person: number; id: string }>`
    select persons.number as person, persons.id from persons
    join account_states state on state.person = persons.number and state.until_at is null and state.state = 'active'
    left join personas on personas.person = persons.number
    where personas.person is not null or ${who}::text = 'demo'
    order by personas.position nulls last, persons.number limit 40`.execute(db);
  return rows;
}
