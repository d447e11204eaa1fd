import { sql } from 'kysely';
import type { Db, Tx } from '../storage/postgres.ts';

/** A former guardian was one until lately: they may not know that they no longer are. */
export type Recipient = 'holder' | 'guardian' | 'former-guardian';

/** Of what became of a claimed account's means of signing in. */
export type Change =
  | 'password'
  | 'factor-added'
  | 'factor-replaced'
  | 'recovery-codes'
  /** Also of a sign-in: whoever had the paper may not be whose it is. */
  | 'recovery-code-used';

/**
 * One for each way in which the holder and, of a child, each guardian with legal responsibility can be reached, or could
 * until lately: whoever had an address changed, or a guardian struck off, to claim the account unseen is seen by them.
 */
export async function insertNotices(
  tx: Tx,
  given: {
    person: number;
    told: 'claim' | Change;
    since: { guardians: Date; holder: Date };
    /** Of changes of one sort, at one contact. */
    mostInDay?: number;
    at: Date;
  },
): Promise<string[]> {
  const { person, told, since, mostInDay = 1, at } = given;
  const changedAt = told === 'claim' ? null : at;
  const { rows } = await sql<{ id: string }>`
    insert into claim_notices (person, contact, recipient, ceremony, claimed_at, told, changed_at)
    with readers as (
      select ${person}::int as person, 'holder' as recipient, ${since.holder}::timestamptz as since
      union all
      select g.guardian, case when bool_or(g.until_at is null or g.until_at > ${at}::timestamptz)
             then 'guardian' else 'former-guardian' end, ${since.guardians}::timestamptz
      from guardianships g
      where g.child = ${person}::int and g.guardian <> ${person}::int and g.rank > 0
        and g.from_at <= ${at}::timestamptz and (g.until_at is null or g.until_at > ${since.guardians}::timestamptz)
      group by g.guardian
    )
    select distinct on (c.person, c.kind, c.digest)
           a.person, c.id, r.recipient, coalesce(a.claimed_by, ''), a.claimed_at, ${told}::text,
           ${changedAt}::timestamptz
    from contacts c join readers r on r.person = c.person join accounts a on a.person = ${person}::int and a.claimed
    where (c.until_at is null or c.until_at > r.since) and ${mostInDay} > (
      select count(*) from claim_notices n where n.person = a.person and n.contact = c.id and n.told = ${told}::text
        and n.changed_at > ${at}::timestamptz - interval '1 day')
    order by c.person, c.kind, c.digest, c.until_at desc nulls first, c.id
    returning id`.execute(tx);
  return rows.map(({ id }) => id);
}

export interface OpenNotice {
  id: string;
  person: number;
  recipient: Recipient;
  ceremony: string;
  told: 'claim' | Change;
  /** When it was claimed, or changed. */
  at: Date;
  /** Whose the contact is, and what is sealed under their key. */
  reader: number;
  kind: 'mail' | 'phone';
  sealed: Buffer;
  school: string | null;
  className: string | null;
}

/** One that is still to be sent. */
export async function findOpenNotice(db: Db | Tx, id: string): Promise<OpenNotice | undefined> {
  const notice = await findNotice(db, id);
  return notice?.isOpen ? notice : undefined;
}

export async function findNotice(
  db: Db | Tx,
  id: string,
): Promise<(OpenNotice & { isOpen: boolean; disownedAt: Date | null }) | undefined> {
  const { rows } = await sql<OpenNotice & { isOpen: boolean; disownedAt: Date | null }>`
    select n.sent_at is null and n.given_up_at is null as "isOpen", n.disowned_at as "disownedAt",
           n.id, n.person, n.recipient, n.ceremony, n.told, coalesce(n.changed_at, n.claimed_at) as at,
           c.person as reader, c.kind, c.sealed, place.school, place.class as "className"
    from claim_notices n join contacts c on c.id = n.contact
    left join lateral (
      select e.name as school, classes.code as class
      from memberships m join establishments e on e.uai = m.uai left join classes on classes.id = m.class_id
      where m.person = n.person and m.from_at <= coalesce(n.changed_at, n.claimed_at)
        and (m.until_at is null or m.until_at > coalesce(n.changed_at, n.claimed_at))
      order by m.class_id nulls last, m.id limit 1
    ) place on true
    where n.id = ${id}::uuid`.execute(db);
  return rows[0];
}

export async function insertLink(
  db: Db | Tx,
  link: { digest: Buffer; notice: string; expiresAt: Date },
): Promise<void> {
  const { digest, notice, expiresAt } = link;
  await db.insertInto('claim_notice_links').values({ digest, notice, expires_at: expiresAt }).execute();
}

/** A link that is out of time opens nothing: its row says nothing any more. */
export async function forgetLinks(db: Db, at: Date): Promise<void> {
  await db.deleteFrom('claim_notice_links').where('expires_at', '<=', at).execute();
}

/** False: another had marked it before. */
export async function markNotice(
  tx: Tx,
  { id, as, at }: { id: string; as: 'sent_at' | 'given_up_at'; at: Date },
): Promise<boolean> {
  const marked = await tx
    .updateTable('claim_notices')
    .set({ [as]: at })
    .where('id', '=', id)
    .where('sent_at', 'is', null)
    .where('given_up_at', 'is', null)
    .returning('id')
    .executeTakeFirst();
  return marked !== undefined;
}

export interface Disowned {
  notice: string;
  person: number;
  recipient: Recipient;
  told: 'claim' | Change;
}

/** The link is spent here, once, and only about the claim that it told of or under: not about a later one. */
export async function spendLink(
  tx: Tx,
  { digest, at }: { digest: Buffer; at: Date },
): Promise<Disowned | undefined> {
  const { rows } = await sql<Disowned>`
    update claim_notices n set disowned_at = ${at}
    from claim_notice_links l, accounts a
    where l.digest = ${digest} and l.expires_at > ${at} and n.id = l.notice and n.disowned_at is null
      and a.person = n.person and a.claimed_at = n.claimed_at
    returning n.id as notice, n.person, n.recipient, n.told`.execute(tx);
  return rows[0];
}

/** Whether a lock holds over the account now, this link's or another; also one laid while this press waited for it. */
export async function findSpentLink(
  tx: Tx,
  { digest, at }: { digest: Buffer; at: Date },
): Promise<{ isLocked: boolean } | undefined> {
  const { rows } = await sql<{ isLocked: boolean }>`
    select exists (select from locks k where k.person = n.person and k.lifted_at is null
                   and (k.until_at is null or k.until_at > ${at})) as "isLocked"
    from claim_notice_links l join claim_notices n on n.id = l.notice
    where l.digest = ${digest} and l.expires_at > ${at} and n.disowned_at is not null`.execute(tx);
  return rows[0];
}

/** Who of the staff held the desk, or opened the window, by which the account was claimed last. */
export async function secondProofBy(tx: Tx, person: number): Promise<number[]> {
  const { rows } = await sql<{ staff: number | null }>`
    select coalesce((c.second_proof ->> 'staff')::int, (w.opened_by ->> 'person')::int) as staff
    from activation_ceremonies c left join activation_windows w on w.id = (c.second_proof ->> 'window')::uuid
    where c.person = ${person} and c.step <> 'proved' order by c.began_at desc limit 1`.execute(tx);
  return rows.flatMap(({ staff }) => staff ?? []);
}

/** The schools of an account, as the roster names them now. */
export async function schoolsOf(db: Db | Tx, person: number): Promise<string[]> {
  const { rows } = await sql<{ uai: string }>`
    select distinct uai from memberships where person = ${person} and until_at is null order by uai`.execute(
    db,
  );
  return rows.map(({ uai }) => uai);
}

/** Where a school is written to: null is its own address; without one, contacts of those the roster names its heads. */
export async function schoolContacts(db: Db | Tx, uai: string): Promise<(number | null)[]> {
  const { rows } = await sql<{ id: number | null }>`
    select null::bigint as id from establishments where uai = ${uai} and mail is not null
    union all
    select min(c.id) from contacts c
    where c.kind = 'mail' and c.until_at is null and c.person in (
      select m.person from memberships m
      where m.uai = ${uai} and m.profile = 'staff' and m.function = 'DIR' and m.until_at is null)
      and not exists (select from establishments where uai = ${uai} and mail is not null)
    group by c.person, c.digest order by 1`.execute(db);
  return rows.map(({ id }) => id);
}

export async function mailOfSchool(db: Db | Tx, uai: string): Promise<string | undefined> {
  const row = await db.selectFrom('establishments').select('mail').where('uai', '=', uai).executeTakeFirst();
  return row?.mail ?? undefined;
}

export async function findContact(
  db: Db | Tx,
  id: number,
): Promise<{ reader: number; kind: 'mail' | 'phone'; sealed: Buffer } | undefined> {
  return db
    .selectFrom('contacts')
    .select(['person as reader', 'kind', 'sealed'])
    .where('id', '=', id)
    .executeTakeFirst() as Promise<{ reader: number; kind: 'mail' | 'phone'; sealed: Buffer } | undefined>;
}

/**
 * Of those whose account is active, each address they were reached at before and each they are now: where these are not
 * the same, and not where another school says what one said before.
 */
export async function selectChangedContacts(
  tx: Tx,
  given: { persons: readonly number[]; closed: readonly number[]; at: Date },
): Promise<number[]> {
  const { persons, closed, at } = given;
  const { rows } = await sql<{ id: number }>`
    with addresses as (
      select c.person, min(c.id) as id, bool_or(c.until_at is null) as is_now,
             bool_or(c.from_at < ${at}::timestamptz or c.until_at is not null) as was_before
      from contacts c
      join account_states s on s.person = c.person and s.until_at is null and s.state = 'active'
      where c.person = any(${[...persons]}::int[])
        and (c.until_at is null or c.id = any(${[...closed]}::bigint[]))
      group by c.person, c.kind, c.digest
    )
    select id from addresses where person in (select person from addresses where is_now <> was_before)
    order by id`.execute(tx);
  return rows.map(({ id }) => id);
}

export interface ClaimsOfClass {
  className: string | null;
  profile: string;
  ceremony: string;
  count: number;
}

/** By class, profile and way: numbers, no names. As they happened: a reset takes none of them back. */
export async function claimsBetween(
  db: Db | Tx,
  { uai, from, until }: { uai: string; from: Date; until: Date },
): Promise<{ school: string; claims: ClaimsOfClass[] } | undefined> {
  const { rows } = await sql<ClaimsOfClass & { school: string }>`
    select e.name as school, c.code as "className", m.profile, a.details ->> 'by' as ceremony,
           count(distinct a.subject)::int as count
    from audit_events a
    join memberships m on m.person = a.subject and m.uai = ${uai} and m.from_at <= a.at
      and (m.until_at is null or m.until_at > a.at)
    join establishments e on e.uai = m.uai
    left join classes c on c.id = m.class_id and m.profile = 'pupil'
    where a.name = 'account.activated' and a.at >= ${from} and a.at < ${until}
    group by 1, 2, 3, 4 order by 2 nulls last, 3, 4`.execute(db);
  const [first] = rows;
  return first && { school: first.school, claims: rows };
}
