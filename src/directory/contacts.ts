import { sql } from 'kysely';
import type { Digests } from '../crypto/digests.ts';
import type { KeyRing } from '../crypto/key-ring.ts';
import type { Sealer } from '../crypto/sealed-fields.ts';
import type { Db, Tx } from '../storage/postgres.ts';
import type { ChangedRow } from './changed-row.ts';
import { sealersOf } from './fields.ts';

export type ContactKind = 'mail' | 'phone';

export interface Contact {
  id: number;
  person: number;
  /** Which school says so; null: the person said so. */
  uai: string | null;
  kind: ContactKind;
  value: string;
  confirmedAt: Date | null;
}

/** How a person can be reached now, by whoever said so. */
export async function openContactsOf(
  db: Db | Tx,
  keyRing: KeyRing,
  persons: readonly number[],
): Promise<Contact[]> {
  const sealers = await sealersOf(db, keyRing, persons);
  if (sealers.size === 0) return [];
  const rows = await db
    .selectFrom('contacts')
    .select(['id', 'person', 'uai', 'kind', 'sealed', 'confirmed_at'])
    .where('person', 'in', [...sealers.keys()])
    .where('until_at', 'is', null)
    .orderBy('id')
    .execute();
  return rows.flatMap(({ sealed, confirmed_at: confirmedAt, ...row }) => {
    const value = sealers.get(row.person)?.open(row.kind, sealed);
    return value === undefined ? [] : [{ ...row, value, confirmedAt }];
  });
}

export interface NewContact {
  sealer: Sealer;
  uai: string | null;
  kind: ContactKind;
  value: string;
}

/** Unconfirmed: that a school wrote an address down proves nothing about who reads it. */
export async function openContacts(
  tx: Tx,
  contacts: readonly NewContact[],
  given: { digests: Digests; plan?: string | undefined; at: Date },
): Promise<ChangedRow[]> {
  if (contacts.length === 0) return [];
  const rows = contacts.map(({ sealer, uai, kind, value }) => ({
    person: sealer.person,
    uai,
    kind,
    sealed: sealer.seal(kind, value),
    digest: given.digests.of(kind, value),
    from_at: given.at,
    plans: given.plan === undefined ? [] : [given.plan],
  }));
  return tx.insertInto('contacts').values(rows).returning(['id', 'person']).execute();
}

/** Answers those that were still open. */
export async function closeContacts(tx: Tx, ids: readonly number[], at: Date): Promise<ChangedRow[]> {
  if (ids.length === 0) return [];
  const { rows } = await sql<ChangedRow>`
    update contacts set until_at = greatest(${at}::timestamptz, from_at)
    where id = any(${[...ids]}::bigint[]) and until_at is null returning id, person`.execute(tx);
  return rows;
}

/** The same again from now on: what was ended keeps its end. The plan that ended it stands behind it too. */
export async function reopenContacts(
  tx: Tx,
  ids: readonly number[],
  { plan, at }: { plan: string; at: Date },
): Promise<void> {
  if (ids.length === 0) return;
  await sql`
    insert into contacts (person, uai, kind, sealed, digest, confirmed_at, plans, from_at)
    select person, uai, kind, sealed, digest, confirmed_at, plans || ${plan}::uuid, ${at}::timestamptz
    from contacts where id = any(${[...ids]}::bigint[]) and until_at is not null`.execute(tx);
}
