import { sql } from 'kysely';
import type { Db, Tx } from '../src/storage/postgres.ts';
import type { AccountState } from '../src/storage/schema.ts';

/** False: people live here who are not the demo's. */
export async function markDemo(db: Db): Promise<boolean> {
  const { rows } = await sql`
    update instance set demo = true where demo or not exists (select from persons) returning demo`.execute(
    db,
  );
  return rows.length === 1;
}

/** An officer is in no roster: the address of the invitation says who it is. */
export async function findInvited(db: Db, mailDigest: Buffer): Promise<number | undefined> {
  const { rows } = await sql<{ person: number }>`
    select i.person from officer_invitations i join contacts c on c.person = i.person
    where c.kind = 'mail' and c.digest = ${mailDigest}::bytea order by i.person limit 1`.execute(db);
  return rows[0]?.person;
}

/** Also one that is over. */
export async function hasHeldOffice(db: Db, person: number): Promise<boolean> {
  const { rows } = await sql`
    select from rights where person = ${person} and origin = 'appointed' limit 1`.execute(db);
  return rows.length > 0;
}

export interface AccountNow {
  person: number;
  state: AccountState;
  epoch: number;
  usernameSealed: Buffer | null;
  /** Digests of the letters that can still be used. */
  letters: Buffer[];
  /** Still those the account was claimed with. */
  isFirstPassword: boolean;
  isFirstTotp: boolean;
}

export async function accountsNow(
  db: Db | Tx,
  persons: readonly number[],
  at: Date,
): Promise<Map<number, AccountNow>> {
  const { rows } = await sql<AccountNow>`
    select a.person, s.state, a.epoch, a.username_sealed as "usernameSealed",
           array(select l.code_digest from letters l
                 where l.person = a.person and l.state in ('printed', 'handed-over')
                   and l.expires_at > ${at} and l.epoch = a.epoch) as letters,
           coalesce(p.set_at = a.claimed_at, false) as "isFirstPassword",
           coalesce(f.enrolled_at = a.claimed_at, false) as "isFirstTotp"
    from accounts a
    left join passwords p on p.person = a.person
    left join totp_factors f on f.person = a.person
    join account_states s on s.person = a.person and s.until_at is null
    where a.person = any(${[...persons]}::int[])`.execute(db);
  return new Map(rows.map((row) => [row.person, row]));
}

/** The people of the demo have had their accounts for some days: nothing of them is held any more. */
export async function ageClaim(tx: Tx, person: number): Promise<void> {
  const days = sql`interval '3 days'`;
  await sql`update accounts set claimed_at = claimed_at - ${days} where person = ${person}`.execute(tx);
  await sql`update passwords set set_at = set_at - ${days} where person = ${person}`.execute(tx);
  await sql`update totp_factors set enrolled_at = enrolled_at - ${days} where person = ${person}`.execute(tx);
}
