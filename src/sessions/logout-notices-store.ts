import { sql } from 'kysely';
import type { Db, Tx } from '../storage/postgres.ts';

/** Those of the sessions that had somebody to tell who was not told before. */
export async function insertNotices(tx: Db | Tx, uidDigests: readonly Buffer[]): Promise<Buffer[]> {
  const { rows } = await sql<{ session: Buffer }>`
    with told as (
      insert into logout_notices (session_uid_digest, client_id, sid, person)
      select r.session_uid_digest, r.client_id, r.sid, r.person
      from session_relying_parties r join clients c on c.client_id = r.client_id
      where r.session_uid_digest = any(${[...uidDigests]}::bytea[])
        and c.deleted_at is null and c.metadata ? 'backchannel_logout_uri'
      on conflict (session_uid_digest, client_id) do nothing
      returning session_uid_digest)
    select distinct session_uid_digest as session from told`.execute(tx);
  return rows.map(({ session }) => session);
}

export async function insertNoticesOf(tx: Db | Tx, person: number): Promise<Buffer[]> {
  const { rows } = await sql<{ session: Buffer }>`
    select uid_digest as session from sessions where person = ${person}::int and ended_at is null`.execute(
    tx,
  );
  return rows.length === 0
    ? []
    : insertNotices(
        tx,
        rows.map(({ session }) => session),
      );
}

/** One relying party to tell of one session's end. */
export interface Notice {
  readonly clientId: string;
  readonly sid: string;
  readonly subjectId: string;
}

/** Nobody else tells these while this process does; where it dies, `seconds` later somebody else does. */
export async function claimNotices(
  db: Db,
  { session, except, seconds }: { session: Buffer; except: readonly string[]; seconds: number },
): Promise<Notice[]> {
  const { rows } = await sql<Notice>`
    update logout_notices n set attempts = attempts + 1, claimed_until = now() + make_interval(secs => ${seconds})
    from persons p
    where p.number = n.person and n.session_uid_digest = ${session}::bytea and n.state = 'pending'
      and (n.claimed_until is null or n.claimed_until <= now()) and n.client_id <> all(${[...except]}::text[])
    returning n.client_id as "clientId", n.sid, p.subject_id as "subjectId"`.execute(db);
  return rows;
}

export interface Receipt {
  readonly session: Buffer;
  readonly clientId: string;
  readonly state: 'pending' | 'confirmed' | 'refused';
  readonly status: number | null;
}

/** A claim that ran out may be another's by now: what is settled stays as it is. */
export async function writeReceipt(db: Db, { session, clientId, state, status }: Receipt): Promise<void> {
  await sql`
    update logout_notices set state = ${state}::text, last_status = ${status}::int, claimed_until = null,
      settled_at = case when ${state}::text = 'pending' then null else now() end
    where session_uid_digest = ${session}::bytea and client_id = ${clientId}::text and state = 'pending'`.execute(
    db,
  );
}

export async function countPending(db: Db, session: Buffer): Promise<number> {
  const { rows } = await sql<{ n: number }>`
    select count(*)::int as n from logout_notices
    where session_uid_digest = ${session}::bytea and state = 'pending'`.execute(db);
  return rows[0]?.n ?? 0;
}

export async function giveUp(db: Db, session: Buffer): Promise<void> {
  await sql`
    update logout_notices set state = 'unknown', claimed_until = null, settled_at = now()
    where session_uid_digest = ${session}::bytea and state = 'pending'`.execute(db);
}

export interface OpenSession {
  readonly uidDigest: Buffer;
  readonly person: number;
}

/** Open sessions made under an older generation than the newest, with somebody to tell; in the order of their names. */
export async function selectSessionsToCheck(
  db: Db,
  { after, limit }: { after: Buffer; limit: number },
): Promise<OpenSession[]> {
  const { rows } = await sql<OpenSession>`
    select s.uid_digest as "uidDigest", s.person from sessions s
    where s.uid_digest > ${after}::bytea and s.ended_at is null and s.absolute_end > now()
      and s.generation < (select generation from order_clock)
      and exists (select from session_relying_parties r join clients c on c.client_id = r.client_id
        where r.session_uid_digest = s.uid_digest and c.deleted_at is null
          and c.metadata ? 'backchannel_logout_uri')
    order by s.uid_digest limit ${limit}::int`.execute(db);
  return rows;
}

export interface LogoutCounts {
  clientId: string;
  pending: number;
  confirmed: number;
  refused: number;
  unknown: number;
  /** When the oldest of those still pending was to be told first. */
  oldestPending: Date | null;
}

export async function countNotices(db: Db, since: Date): Promise<LogoutCounts[]> {
  const { rows } = await sql<LogoutCounts>`
    select client_id as "clientId", count(*) filter (where state = 'pending')::int as pending,
      count(*) filter (where state = 'confirmed')::int as confirmed,
      count(*) filter (where state = 'refused')::int as refused,
      count(*) filter (where state = 'unknown')::int as unknown,
      min(created_at) filter (where state = 'pending') as "oldestPending"
    from logout_notices where created_at >= ${since}::timestamptz group by client_id order by client_id`.execute(
    db,
  );
  return rows;
}

export interface UnconfirmedNotice {
  clientId: string;
  sid: string;
  state: string;
  attempts: number;
  lastStatus: number | null;
  createdAt: Date;
}

export async function selectUnconfirmed(
  db: Db,
  { since, limit }: { since: Date; limit: number },
): Promise<UnconfirmedNotice[]> {
  const { rows } = await sql<UnconfirmedNotice>`
    select client_id as "clientId", sid, state, attempts, last_status as "lastStatus", created_at as "createdAt"
    from logout_notices where state <> 'confirmed' and created_at >= ${since}::timestamptz
    order by created_at, client_id limit ${limit}::int`.execute(db);
  return rows;
}

export async function deleteOldNotices(db: Db, before: Date): Promise<void> {
  await db.deleteFrom('logout_notices').where('settled_at', '<', before).execute();
}
