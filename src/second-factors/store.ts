import { sql } from 'kysely';
import type { Db, Tx } from '../storage/postgres.ts';

export interface NewTotpFactor extends Stamp {
  person: number;
  secretSealed: Buffer;
  /** The step of the code that confirmed it: spent. */
  step: number;
  at: Date;
}

interface Stamp {
  epoch: number;
  generation: number;
}

/** Takes the place of a former one. Of this epoch or not at all. */
export async function upsertTotp(tx: Tx, factor: NewTotpFactor): Promise<boolean> {
  const { person, secretSealed, step, epoch, generation, at } = factor;
  const { rows } = await sql`
    insert into totp_factors (person, secret_sealed, last_step, epoch, generation, enrolled_at)
    select person, ${secretSealed}, ${step}::bigint, epoch, ${generation}::bigint, ${at}::timestamptz
    from accounts where person = ${person} and epoch = ${epoch} and claimed for update
    on conflict (person) do update
    set secret_sealed = excluded.secret_sealed, last_step = excluded.last_step, epoch = excluded.epoch,
        generation = excluded.generation, enrolled_at = excluded.enrolled_at
    returning person`.execute(tx);
  return rows.length === 1;
}

export interface TotpFactor extends Stamp {
  id: string;
  secretSealed: Buffer;
}

/** Only one of the account's epoch: an older one is dead. */
export async function findTotp(db: Db | Tx, person: number): Promise<TotpFactor | undefined> {
  return db
    .selectFrom('totp_factors as t')
    .innerJoin('accounts as a', (join) =>
      join.onRef('a.person', '=', 't.person').onRef('a.epoch', '=', 't.epoch'),
    )
    .select(['t.id', 't.secret_sealed as secretSealed', 't.epoch', 't.generation'])
    .where('t.person', '=', person)
    .executeTakeFirst();
}

/** The condition is the check: of any number at once, one gets the row. */
export async function advanceTotpStep(
  db: Db | Tx,
  spending: { factor: string; step: number },
): Promise<boolean> {
  const spent = await db
    .updateTable('totp_factors')
    .set({ last_step: spending.step })
    .where('id', '=', spending.factor)
    .where('last_step', '<', spending.step)
    .returning('id')
    .executeTakeFirst();
  return spent !== undefined;
}

/** The former set is void. Holds the account, so that two new sets cannot both stay. */
export async function replaceRecoveryCodes(
  tx: Tx,
  set: Stamp & { person: number; digests: readonly Buffer[]; at: Date },
): Promise<boolean> {
  const { person, digests, epoch, generation, at } = set;
  const held = await tx
    .selectFrom('accounts')
    .select('person')
    .where('person', '=', person)
    .where('epoch', '=', epoch)
    .where('claimed', '=', true)
    .forUpdate()
    .executeTakeFirst();
  if (!held) return false;
  await tx.deleteFrom('recovery_codes').where('person', '=', person).execute();
  const rows = digests.map((digest) => ({ digest, person, epoch, generation, made_at: at, used_at: null }));
  await tx.insertInto('recovery_codes').values(rows).execute();
  return true;
}

/** One unused code of this person and of the account's epoch, once. */
export async function useRecoveryCode(
  tx: Tx,
  spending: { person: number; digest: Buffer; at: Date },
): Promise<Stamp | undefined> {
  const { rows } = await sql<Stamp>`
    update recovery_codes c set used_at = ${spending.at}
    from accounts a
    where c.digest = ${spending.digest} and c.person = ${spending.person} and c.used_at is null
      and a.person = c.person and a.epoch = c.epoch
    returning c.epoch, c.generation`.execute(tx);
  return rows[0];
}

/** What one could use now. */
export async function selectRecoveryCode(
  tx: Tx,
  { person, digest }: { person: number; digest: Buffer },
): Promise<Stamp | undefined> {
  const { rows } = await sql<Stamp>`
    select c.epoch, c.generation from recovery_codes c join accounts a on a.person = c.person and a.epoch = c.epoch
    where c.digest = ${digest} and c.person = ${person} and c.used_at is null`.execute(tx);
  return rows[0];
}

/** Not used yet, and alive. */
export async function countRecoveryCodes(db: Db | Tx, person: number): Promise<number> {
  const row = await db
    .selectFrom('recovery_codes as c')
    .innerJoin('accounts as a', (join) =>
      join.onRef('a.person', '=', 'c.person').onRef('a.epoch', '=', 'c.epoch'),
    )
    .select((eb) => eb.fn.countAll<number>().as('codes'))
    .where('c.person', '=', person)
    .where('c.used_at', 'is', null)
    .executeTakeFirstOrThrow();
  return row.codes;
}
