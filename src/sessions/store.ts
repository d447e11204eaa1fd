import { sql } from 'kysely';
import { truncateAddress } from '../http/client-address.ts';
import type { Db, Tx } from '../storage/postgres.ts';
import type { SessionEnd } from './end-session.ts';
import type { SessionKind } from './limits.ts';
import type { ListedSession, SessionsAsked } from './list-sessions.ts';
import type { NewSession } from './start-session.ts';

export interface InsertedSession {
  isUnmoved: boolean;
  isAccountFit: boolean;
  /** Of the session that was started, null where none was. */
  idleSeconds: number | null;
  absoluteEnd: Date | null;
}

// A device that was called shared stays so for the session's whole life: what is longer does not take its place.
// The share locks hold until the transaction ends: neither an order nor a lock slips in between.
export async function insertSession(tx: Db | Tx, session: NewSession): Promise<InsertedSession> {
  const { uidDigest, person, limits, judgedAt, at, userAgent = null, address } = session;
  const absoluteEnd = new Date(at.getTime() + limits.absoluteSeconds * 1000);
  const lookAt = new Date(at.getTime() + Math.min(limits.idleSeconds, limits.absoluteSeconds) * 1000);
  const { rows } = await sql<InsertedSession>`
    with unmoved as materialized (
      select from order_clock where version = ${judgedAt.version}::bigint for share),
    fit as materialized (
      select a.person, a.epoch from accounts a
      where a.person = ${person}::int and a.epoch = ${judgedAt.epoch}::int and exists (select from unmoved)
        and exists (select from account_states s where s.person = a.person and s.until_at is null and s.state = 'active')
        and not exists (select from locks l where l.person = a.person and l.lifted_at is null
          and l.from_at <= ${at}::timestamptz and (l.until_at is null or l.until_at > ${at}::timestamptz))
      for share of a),
    started as (
      insert into sessions as mine (uid_digest, person, kind, epoch, generation, started_at, absolute_end,
        idle_seconds, user_agent, address, look_at)
      select ${uidDigest}::bytea, fit.person, ${limits.kind}::text, fit.epoch, ${judgedAt.generation}::bigint,
        ${at}::timestamptz, ${absoluteEnd}::timestamptz, ${limits.idleSeconds}::int, ${userAgent}::text,
        ${address === undefined ? null : truncateAddress(address)}::text, ${lookAt}::timestamptz
      from fit
      on conflict (uid_digest) do update set epoch = excluded.epoch, generation = excluded.generation,
        look_at = least(mine.look_at, excluded.look_at),
        (kind, absolute_end, idle_seconds) = (select mine.kind, least(mine.absolute_end, excluded.absolute_end),
            least(mine.idle_seconds, excluded.idle_seconds)
          where mine.kind = 'shared-device' and excluded.kind <> 'shared-device'
          union all select excluded.kind, excluded.absolute_end, excluded.idle_seconds
          where mine.kind <> 'shared-device' or excluded.kind = 'shared-device')
      where mine.person = excluded.person and mine.ended_at is null
      returning idle_seconds, absolute_end)
    select exists (select from unmoved) as "isUnmoved", exists (select from fit) as "isAccountFit",
      (select idle_seconds from started) as "idleSeconds",
      (select absolute_end from started) as "absoluteEnd"`.execute(tx);
  return rows[0] ?? { isUnmoved: false, isAccountFit: false, idleSeconds: null, absoluteEnd: null };
}

type End = Pick<SessionEnd, 'at' | 'reason'>;

/** Whose it was. */
export async function markEnded(
  db: Db | Tx,
  ended: End & { uidDigest: Buffer },
): Promise<number | undefined> {
  const row = await db
    .updateTable('sessions')
    .set({ ended_at: ended.at, end_reason: ended.reason })
    .where('uid_digest', '=', ended.uidDigest)
    .where('ended_at', 'is', null)
    .returning('person')
    .executeTakeFirst();
  return row?.person;
}

export async function markEndedOf(
  tx: Db | Tx,
  person: number,
  { at, reason, exceptUidDigest }: End & { exceptUidDigest?: Buffer | undefined },
): Promise<Buffer[]> {
  const rows = await tx
    .updateTable('sessions')
    .set({ ended_at: at, end_reason: reason })
    .where('person', '=', person)
    .where('ended_at', 'is', null)
    .$if(exceptUidDigest !== undefined, (query) =>
      query.where('uid_digest', '<>', exceptUidDigest ?? Buffer.alloc(0)),
    )
    .returning('uid_digest')
    .execute();
  return rows.map(({ uid_digest }) => uid_digest);
}

export async function insertEndedCookie(
  db: Db | Tx,
  { cookieDigest, at, untilAt }: { cookieDigest: Buffer; at: Date; untilAt: Date },
): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await db
    .insertInto('ended_cookies')
    .values({ cookie_digest: cookieDigest, ended_at: at, until_at: untilAt })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirstOrThrow();
  return (numInsertedOrUpdatedRows ?? 0n) > 0n;
}

// Families are locked in one order, as the ledger does that steps several at once: neither waits for the other.
export async function insertRevokedGrant(
  db: Db | Tx,
  grant: { grantDigest: Buffer; person?: number | undefined; at: Date; untilAt: Date },
): Promise<void> {
  await sql`
    with families as (
      update refresh_families set revoked_at = ${grant.at}::timestamptz
      where id = any (array(
        select id from refresh_families where grant_digest = ${grant.grantDigest}::bytea and revoked_at is null
        order by id for update)))
    insert into revoked_grants (grant_digest, person, revoked_at, until_at)
    values (${grant.grantDigest}::bytea, ${grant.person ?? null}::int, ${grant.at}::timestamptz,
      ${grant.untilAt}::timestamptz)
    on conflict (grant_digest) do update set until_at = greatest(revoked_grants.until_at, excluded.until_at)`.execute(
    db,
  );
}

export async function markFamilyRevoked(db: Db | Tx, { id, at }: { id: Buffer; at: Date }): Promise<void> {
  await db
    .updateTable('refresh_families')
    .set({ revoked_at: at })
    .where('id', '=', id)
    .where('revoked_at', 'is', null)
    .execute();
}

/** From the step after `rotation`, whose token nobody got. Who showed that of before meanwhile has ended the family. */
export async function stepFamilyBack(
  db: Db | Tx,
  { id, rotation }: { id: Buffer; rotation: number },
): Promise<void> {
  await db
    .updateTable('refresh_families')
    .set({ rotation })
    .where('id', '=', id)
    .where('rotation', '=', rotation + 1)
    .where('revoked_at', 'is', null)
    .execute();
}

export async function selectSessions(
  db: Db | Tx,
  person: number,
  { at, cutOffGeneration = 0 }: SessionsAsked,
): Promise<ListedSession[]> {
  const rows = await db
    .selectFrom('sessions as s')
    .innerJoin('accounts as a', 'a.person', 's.person')
    .selectAll('s')
    .select(
      sql<string[]>`array(select client_id from session_relying_parties r
        where r.session_uid_digest = s.uid_digest order by first_at, client_id)`.as('relyingParties'),
    )
    .where('s.person', '=', person)
    .where('s.ended_at', 'is', null)
    .where('s.absolute_end', '>', at)
    .where('s.generation', '>=', cutOffGeneration)
    .whereRef('s.epoch', '>=', 'a.epoch')
    .orderBy('s.started_at', 'desc')
    .execute();
  return rows.map((row) => ({
    uidDigest: row.uid_digest,
    kind: row.kind as SessionKind,
    generation: row.generation,
    startedAt: row.started_at,
    absoluteEnd: row.absolute_end,
    userAgent: row.user_agent ?? undefined,
    address: row.address ?? undefined,
    relyingParties: row.relyingParties,
  }));
}

export async function deleteOutlived(db: Db, before: Date): Promise<void> {
  await sql`
    with cookies as (delete from ended_cookies where until_at < ${before}::timestamptz),
    grants as (delete from revoked_grants where until_at < ${before}::timestamptz),
    families as (delete from refresh_families where until_at < ${before}::timestamptz),
    gone as (delete from sessions where absolute_end < ${before}::timestamptz and ended_at is not null
      returning uid_digest)
    delete from session_relying_parties r using gone where r.session_uid_digest = gone.uid_digest`.execute(
    db,
  );
}
