import { sql } from 'kysely';
import type { Db, Tx } from '../storage/postgres.ts';
import type { AccountState } from '../storage/schema.ts';

/** Claims a dormant account of this epoch. The epoch is read again after a wait, so a closing that came first wins. */
export async function claimDormant(tx: Tx, claim: Claim): Promise<boolean> {
  const { person, epoch, claimedBy, username, at } = claim;
  const { rows } = await sql`
    with claimed as (
      update accounts
      set claimed_at = ${at}, claimed_by = ${claimedBy},
          username_sealed = ${username.sealed}, username_digest = ${username.digest}
      where person = ${person} and epoch = ${epoch} and claimed_at is null and exists (
        select from account_states s where s.person = accounts.person and s.until_at is null and s.state = 'dormant')
      returning person
    ), ended as (
      update account_states set until_at = ${at}
      where until_at is null and person in (select person from claimed)
      returning person
    )
    insert into account_states (person, state, from_at) select person, 'active', ${at} from ended
    returning person`.execute(tx);
  return rows.length === 1;
}

export interface Claim {
  person: number;
  epoch: number;
  claimedBy: string;
  username: { sealed: Buffer; digest: Buffer };
  at: Date;
}

/** By somebody else: who claims an account anew keeps the name it had. */
export async function isUsernameTaken(
  tx: Tx,
  { person, username }: Pick<Claim, 'person' | 'username'>,
): Promise<boolean> {
  const row = await tx
    .selectFrom('accounts')
    .select('person')
    .where('username_digest', '=', username.digest)
    .where('person', '!=', person)
    .executeTakeFirst();
  return row !== undefined;
}

/** New accounts, and closed ones whose owner came back; the others stay what they are. */
export async function openDormant(tx: Tx, persons: readonly number[], at: Date): Promise<number[]> {
  const { rows } = await sql<{ person: number }>`
    with opened as (
      insert into accounts (person) select unnest(${[...persons]}::int[])
      on conflict (person) do update set claimed_at = null, claimed_by = null, epoch = accounts.epoch + 1
      where exists (
        select from account_states s where s.person = accounts.person and s.until_at is null and s.state = 'closed')
      returning person
    ), ended as (
      update account_states set until_at = ${at}
      where until_at is null and person in (select person from opened)
      returning person
    )
    -- the count makes the former states end before the new ones begin
    insert into account_states (person, state, from_at)
    select person, 'dormant', ${at} from opened cross join (select count(*) from ended) former
    returning person`.execute(tx);
  return rows.map(({ person }) => person);
}

/** Whoever changes an account holds its row first: no two changes read the same past. */
export async function holdAccount(tx: Tx, person: number): Promise<{ epoch: number } | undefined> {
  return tx
    .selectFrom('accounts')
    .select('epoch')
    .where('person', '=', person)
    .forUpdate()
    .executeTakeFirst();
}

export async function endOpenState(tx: Tx, person: number, at: Date): Promise<AccountState | undefined> {
  const ended = await tx
    .updateTable('account_states')
    .set({ until_at: at })
    .where('person', '=', person)
    .where('until_at', 'is', null)
    .where('state', '!=', 'closed')
    .returning('state')
    .executeTakeFirst();
  return ended?.state;
}

/** Only of this state. */
export async function endStateOf(
  tx: Tx,
  { person, state, at }: { person: number; state: AccountState; at: Date },
): Promise<boolean> {
  const ended = await tx
    .updateTable('account_states')
    .set({ until_at: at })
    .where('person', '=', person)
    .where('until_at', 'is', null)
    .where('state', '=', state)
    .returning('id')
    .executeTakeFirst();
  return ended !== undefined;
}

/** Its credentials are gone before: none may stand over an account that nobody has claimed. */
export async function forgetClaim(tx: Tx, person: number): Promise<void> {
  await tx
    .updateTable('accounts')
    .set({ claimed_at: null, claimed_by: null })
    .where('person', '=', person)
    .execute();
}

export async function beginState(tx: Tx, person: number, state: AccountState, at: Date): Promise<void> {
  await tx.insertInto('account_states').values({ person, state, from_at: at }).execute();
}

export async function deleteCredentials(tx: Tx, person: number): Promise<void> {
  await tx.deleteFrom('passwords').where('person', '=', person).execute();
  await tx.deleteFrom('totp_factors').where('person', '=', person).execute();
  await tx.deleteFrom('recovery_codes').where('person', '=', person).execute();
}

export async function incrementEpoch(tx: Tx, person: number): Promise<number | undefined> {
  const raised = await tx
    .updateTable('accounts')
    .set((eb) => ({ epoch: eb('epoch', '+', 1) }))
    .where('person', '=', person)
    .returning('epoch')
    .executeTakeFirst();
  return raised?.epoch;
}

/** Credentials of the epoch just ended go on; those that were dead already stay dead. */
export async function carryCredentials(tx: Tx, person: number, epoch: number): Promise<void> {
  await sql`
    with password as (
      update passwords set epoch = ${epoch} where person = ${person} and epoch = ${epoch - 1}
    ), totp as (
      update totp_factors set epoch = ${epoch} where person = ${person} and epoch = ${epoch - 1}
    )
    update recovery_codes set epoch = ${epoch} where person = ${person} and epoch = ${epoch - 1}`.execute(tx);
}

export async function insertLock(tx: Tx, lock: NewLock): Promise<string> {
  const row = await tx
    .insertInto('locks')
    .values({
      person: lock.person,
      reason: lock.reason,
      locked_by: JSON.stringify(lock.by),
      from_at: lock.at,
      until_at: lock.until ?? null,
      lifted_at: null,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  return row.id;
}

interface NewLock {
  person: number;
  reason: string;
  by: object;
  at: Date;
  until?: Date | undefined;
}

export async function endLock(
  tx: Tx,
  lock: { id: string; by: object; at: Date },
): Promise<number | undefined> {
  const lifted = await tx
    .updateTable('locks')
    .set({ lifted_at: lock.at, lifted_by: JSON.stringify(lock.by) })
    .where('id', '=', lock.id)
    .where('lifted_at', 'is', null)
    .returning('person')
    .executeTakeFirst();
  return lifted?.person;
}

export async function countLocks(db: Db | Tx, person: number, at: Date): Promise<number> {
  const row = await db
    .selectFrom('locks')
    .select((eb) => eb.fn.countAll<number>().as('locks'))
    .where('person', '=', person)
    .where('lifted_at', 'is', null)
    .where('from_at', '<=', at)
    .where((eb) => eb.or([eb('until_at', 'is', null), eb('until_at', '>', at)]))
    .executeTakeFirstOrThrow();
  return row.locks;
}

/** Of this epoch or not at all. */
export async function upsertPassword(tx: Tx, password: NewPassword): Promise<boolean> {
  const { person, hash, epoch, generation, at } = password;
  const { rows } = await sql`
    insert into passwords (person, hash, epoch, generation, set_at)
    select person, ${hash}, epoch, ${generation}, ${at}::timestamptz
    from accounts where person = ${person} and epoch = ${epoch} and claimed for update
    on conflict (person) do update
    set hash = excluded.hash, epoch = excluded.epoch, generation = excluded.generation, set_at = excluded.set_at
    returning person`.execute(tx);
  return rows.length === 1;
}

export interface NewPassword {
  person: number;
  hash: string;
  epoch: number;
  generation: number;
  at: Date;
}

/** The same password at today's cost: nothing else about it changes, and only if it is still the same. */
export async function replaceHash(
  db: Db | Tx,
  at: { person: number; from: string; to: string },
): Promise<void> {
  await db
    .updateTable('passwords')
    .set({ hash: at.to })
    .where('person', '=', at.person)
    .where('hash', '=', at.from)
    .execute();
}

/** One statement for every kind of name and every state of an account. */
export async function selectByName(
  db: Db | Tx,
  name: { username: Buffer; mail: Buffer },
): Promise<AccountRow | undefined> {
  const { rows } = await sql<AccountRow>`
    with named as (
      select person from accounts where username_digest = ${name.username}
      union
      select min(person) from contacts
      where kind = 'mail' and digest = ${name.mail} and until_at is null
      having count(distinct person) = 1 and bool_or(confirmed_at is not null)
    )
    select a.person, p.id as person_id, a.epoch, s.state,
           w.hash as password_hash, w.epoch as password_epoch, w.generation as password_generation,
           w.set_at as password_set_at
    from named
    join accounts a on a.person = named.person
    join persons p on p.number = a.person
    join account_states s on s.person = a.person and s.until_at is null
    left join passwords w on w.person = a.person
    limit 1`.execute(db);
  return rows[0];
}

export interface AccountRow {
  person: number;
  person_id: string;
  epoch: number;
  state: AccountState;
  password_hash: string | null;
  password_epoch: number | null;
  password_generation: number | null;
  password_set_at: Date | null;
}

/** The password as it stands. `setAt` tells two apart where a rehash does not. */
export interface Password {
  hash: string;
  epoch: number;
  generation: number;
  setAt: Date;
}

export async function selectPassword(db: Db | Tx, person: number): Promise<Password | undefined> {
  return db
    .selectFrom('passwords')
    .select(['hash', 'epoch', 'generation', 'set_at as setAt'])
    .where('person', '=', person)
    .executeTakeFirst();
}

export async function selectClaimedAt(db: Db | Tx, person: number): Promise<Date | undefined> {
  const row = await db
    .selectFrom('accounts')
    .select('claimed_at')
    .where('person', '=', person)
    .executeTakeFirst();
  return row?.claimed_at ?? undefined;
}
