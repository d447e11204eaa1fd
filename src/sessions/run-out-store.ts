import { type RawBuilder, sql } from 'kysely';
import type { Db, Tx } from '../storage/postgres.ts';

export interface OpenSession {
  readonly uidDigest: Buffer;
  readonly absoluteEnd: Date;
}

/** Past their absolute end: dead, whatever is left of them. */
export async function selectOutlived(
  db: Db,
  { at, limit }: { at: Date; limit: number },
): Promise<OpenSession[]> {
  const { rows } = await sql<OpenSession>`
    select uid_digest as "uidDigest", absolute_end as "absoluteEnd" from sessions
    where ended_at is null and look_at <= ${at}::timestamptz and absolute_end <= ${at}::timestamptz
    order by look_at limit ${limit}::int`.execute(db);
  return rows;
}

/** Those that may have run out by now. */
export async function selectToLookAt(
  db: Db,
  { at, limit }: { at: Date; limit: number },
): Promise<OpenSession[]> {
  const { rows } = await sql<OpenSession>`
    select uid_digest as "uidDigest", absolute_end as "absoluteEnd" from sessions
    where ended_at is null and look_at <= ${at}::timestamptz
    order by look_at limit ${limit}::int`.execute(db);
  return rows;
}

/** All that are open and were `before`, in the order of their names. */
export async function selectOpen(
  db: Db,
  { after, before, limit }: { after: Buffer; before: Date; limit: number },
): Promise<OpenSession[]> {
  const { rows } = await sql<OpenSession>`
    select uid_digest as "uidDigest", absolute_end as "absoluteEnd" from sessions
    where ended_at is null and uid_digest > ${after}::bytea and started_at <= ${before}::timestamptz
    order by uid_digest limit ${limit}::int`.execute(db);
  return rows;
}

export interface DeadSession extends OpenSession {
  readonly reason: 'ran-out' | 'sign-out';
}

/** Those that ended with this: not who was ended meanwhile, nor who signed in anew, which moves the absolute end. */
export async function markRunOut(
  tx: Tx,
  { dead, at }: { dead: readonly DeadSession[]; at: Date },
): Promise<Buffer[]> {
  const { rows } = await sql<{ uidDigest: Buffer }>`
    with free as materialized (${freeOf(dead)})
    update sessions s set ended_at = ${at}::timestamptz, end_reason = d.reason
    from free, unnest(${dead.map(({ uidDigest }) => uidDigest)}::bytea[],
      ${dead.map(({ absoluteEnd }) => absoluteEnd)}::timestamptz[],
      ${dead.map(({ reason }) => reason)}::text[]) as d (uid_digest, absolute_end, reason)
    where s.uid_digest = d.uid_digest and free.uid_digest = d.uid_digest and s.ended_at is null
      and date_trunc('milliseconds', s.absolute_end) = d.absolute_end
    returning s.uid_digest as "uidDigest"`.execute(tx);
  return rows.map(({ uidDigest }) => uidDigest);
}

export async function lookAgain(tx: Tx, open: readonly { uidDigest: Buffer; lookAt: Date }[]): Promise<void> {
  await sql`
    with free as materialized (${freeOf(open)})
    update sessions s set look_at = o.look_at
    from free, unnest(${open.map(({ uidDigest }) => uidDigest)}::bytea[],
      ${open.map(({ lookAt }) => lookAt)}::timestamptz[]) as o (uid_digest, look_at)
    where s.uid_digest = o.uid_digest and free.uid_digest = o.uid_digest and s.ended_at is null`.execute(tx);
}

/** Without those that somebody is about to end or renew: they never wait for us, nor we for them; the next look will. */
function freeOf(sessions: readonly { uidDigest: Buffer }[]): RawBuilder<unknown> {
  return sql`select uid_digest from sessions
    where uid_digest = any(${sessions.map(({ uidDigest }) => uidDigest)}::bytea[]) for update skip locked`;
}

/** Of these cookies those that somebody signed out with while Redis was away, in hexadecimal. */
export async function selectSignedOut(
  db: Db,
  cookieDigests: readonly Buffer[],
): Promise<ReadonlySet<string>> {
  const { rows } = await sql<{ cookie: string }>`
    select encode(cookie_digest, 'hex') as cookie from ended_cookies
    where cookie_digest = any(${[...cookieDigests]}::bytea[])`.execute(db);
  return new Set(rows.map(({ cookie }) => cookie));
}

/** Why every open session is to be looked at: a Redis that lost something, sign-outs noted without it. */
export interface ToSettle {
  readonly epochAt: Date | null;
  readonly cookies: readonly Buffer[];
}

export async function selectToSettle(db: Db, before: Date): Promise<ToSettle> {
  const { rows } = await sql<ToSettle>`
    select case when epoch_at > looked_at and epoch_at <= ${before}::timestamptz then epoch_at end as "epochAt",
      array(select cookie_digest from ended_cookies
        where settled_at is null and ended_at <= ${before}::timestamptz) as cookies
    from redis_epoch`.execute(db);
  return rows[0] ?? { epochAt: null, cookies: [] };
}

export async function markSettled(db: Db, { epochAt, cookies, at }: ToSettle & { at: Date }): Promise<void> {
  await sql`
    with settled as (
      update ended_cookies set settled_at = ${at}::timestamptz
      where cookie_digest = any(${[...cookies]}::bytea[]) and settled_at is null)
    update redis_epoch set looked_at = greatest(looked_at, ${epochAt}::timestamptz)`.execute(db);
}
