import { sql } from 'kysely';
import type { Db, Tx } from '../../storage/postgres.ts';
import type { AwaitedCeremony } from '../../storage/schema.ts';
import type { FoundLetter } from '../ceremonies/letter.ts';
import { timesOfLetter } from '../ceremonies/store.ts';

/** The letter of a code, and its account, held: two that ask with one letter at once do it one after the other. */
export async function holdLetter(
  tx: Tx,
  given: { codeDigest: Buffer; at: Date },
): Promise<FoundLetter | undefined> {
  const { rows } = await sql<FoundLetter>`
    select l.id as letter, l.person, l.state as "letterState", l.epoch as "letterEpoch",
           l.generation as "letterGeneration", ${timesOfLetter(given.at)}
    from letters l join accounts a on a.person = l.person
    where l.code_digest = ${given.codeDigest}
    for update of a`.execute(tx);
  return rows[0];
}

export interface NewRequest {
  tokenDigest: Buffer;
  ceremony: AwaitedCeremony;
  /** Undefined where the code opens nothing: the browser waits all the same, for nobody. */
  letter: FoundLetter | undefined;
  proofDigest: Buffer | undefined;
  generation: number;
  perDay: number;
  at: Date;
  expiresAt: Date;
}

/** One too many of a letter in a day is one for nobody. Answers whether it stands for somebody. */
export async function insertRequest(tx: Tx, request: NewRequest): Promise<{ id: string; isReal: boolean }> {
  const { tokenDigest, ceremony, letter, proofDigest = null, generation, perDay, at, expiresAt } = request;
  const { rows } = await sql<{ id: string; isReal: boolean }>`
    with asked as (
      select count(*) < ${perDay}::int and ${letter !== undefined}::boolean as "isReal" from activation_requests
      where letter = ${letter?.letter ?? null}::uuid and ceremony = ${ceremony}
        and made_at > ${at}::timestamptz - interval '1 day'
    )
    insert into activation_requests
      (token_digest, ceremony, person, letter, epoch, proof_digest, generation, made_at, expires_at)
    select ${tokenDigest}, ${ceremony},
           case when "isReal" then ${letter?.person ?? null}::int end,
           case when "isReal" then ${letter?.letter ?? null}::uuid end,
           case when "isReal" then ${letter?.letterEpoch ?? null}::int end,
           ${proofDigest}::bytea, ${generation}::bigint, ${at}::timestamptz, ${expiresAt}::timestamptz
    from asked
    returning id, person is not null as "isReal"`.execute(tx);
  const [row] = rows;
  if (!row) throw new Error('a request was not kept');
  return row;
}

export interface WaitingRequest {
  id: string;
  ceremony: AwaitedCeremony;
  expiresAt: Date;
}

/** For the page of the browser that waits. One that ended early is shown as waiting until its time, like any other. */
export async function findRequest(
  db: Db | Tx,
  given: { tokenDigest: Buffer; at: Date },
): Promise<WaitingRequest | undefined> {
  const { rows } = await sql<WaitingRequest>`
    select id, ceremony, expires_at as "expiresAt" from activation_requests
    where token_digest = ${given.tokenDigest} and expires_at > ${given.at}`.execute(db);
  return rows[0];
}

/** A request that is open, with its letter, the account held. */
export interface HeldRequest extends FoundLetter {
  id: string;
  ceremony: AwaitedCeremony;
  tokenDigest: Buffer;
  proofDigest: Buffer | null;
  generation: number;
  /** No further try is compared. */
  isLastTry: boolean;
}

/**
 * Counts one try at the digits and gives what to compare them with: of any number at once, as many are compared as the
 * limit says. Only for a child whose guardian this person is today, with legal responsibility; the child's account is
 * held first.
 */
export async function reserveVouch(
  tx: Tx,
  given: { request: string; guardian: number; limit: number; at: Date },
): Promise<HeldRequest | undefined> {
  const { request, guardian, limit, at } = given;
  await sql`
    select a.person from accounts a
    join activation_requests r on r.person = a.person and r.id = ${request}::uuid
    for update of a`.execute(tx);
  const { rows } = await sql<HeldRequest>`
    update activation_requests r set wrong_proofs = r.wrong_proofs + 1
    from letters l
    where r.id = ${request}::uuid and r.ceremony = 'guardian-vouch' and l.id = r.letter
      and r.ended_at is null and r.expires_at > ${at} and r.wrong_proofs < ${limit}
      and exists (select from guardianships g
                  where g.child = r.person and g.guardian = ${guardian} and ${inForce(at)})
    returning ${heldRequest(at)}, r.wrong_proofs >= ${limit} as "isLastTry"`.execute(tx);
  return rows[0];
}

/** The request and its account are held since the try was counted. */
export async function giveProofBack(tx: Tx, request: string): Promise<void> {
  await sql`
    update activation_requests set wrong_proofs = wrong_proofs - 1
    where id = ${request}::uuid and wrong_proofs > 0 and ended_at is null`.execute(tx);
}

/** Only by a guardian of today, with legal responsibility; the child's account is held first. */
export async function endAsRefused(
  tx: Tx,
  { request, guardian, at }: { request: string; guardian: number; at: Date },
): Promise<{ person: number } | undefined> {
  await sql`
    select a.person from accounts a
    join activation_requests r on r.person = a.person and r.id = ${request}::uuid
    for update of a`.execute(tx);
  const { rows } = await sql<{ person: number }>`
    update activation_requests r set ended_at = ${at}, outcome = 'refused'
    where r.id = ${request}::uuid and r.ceremony = 'guardian-vouch' and r.ended_at is null and r.expires_at > ${at}
      and exists (select from accounts a where a.person = r.person and not a.claimed)
      and exists (select from guardianships g
                  where g.child = r.person and g.guardian = ${guardian} and ${inForce(at)})
    returning r.person`.execute(tx);
  return rows[0];
}

function heldRequest(at: Date) {
  return sql`r.id, r.ceremony, r.token_digest as "tokenDigest", r.proof_digest as "proofDigest", r.generation,
    l.id as letter, l.person, l.state as "letterState", l.epoch as "letterEpoch",
    l.generation as "letterGeneration", ${timesOfLetter(at)}`;
}

/** The screens of this person that wait for a desk, the account held first. */
export async function holdDeskRequests(
  tx: Tx,
  { person, at }: { person: number; at: Date },
): Promise<HeldRequest[]> {
  await tx.selectFrom('accounts').select('person').where('person', '=', person).forUpdate().execute();
  const { rows } = await sql<HeldRequest>`
    select ${heldRequest(at)}, false as "isLastTry" from activation_requests r join letters l on l.id = r.letter
    where r.person = ${person} and r.ceremony = 'desk' and r.ended_at is null and r.expires_at > ${at}
    order by r.made_at, r.id
    for update of r`.execute(tx);
  return rows;
}

export type DeskActCounted = { outcome: 'counted' } | { outcome: 'too-many-acts'; until: Date };

/** The condition is the check: of any number at once, as many pass as the limit says, whatever hour they fall in. */
export async function reserveDeskAct(
  tx: Tx,
  { person, limit, at }: { person: number; limit: number; at: Date },
): Promise<DeskActCounted> {
  const lastHour = sql`(select coalesce(array_agg(acted), '{}') from unnest(d.times) acted
    where acted > ${at}::timestamptz - interval '1 hour')`;
  const { rows } = await sql`
    insert into desk_acts as d (person, times) values (${person}, array[${at}::timestamptz])
    on conflict (person) do update set times = ${lastHour} || ${at}::timestamptz
    where cardinality(${lastHour}) < ${limit}
    returning person`.execute(tx);
  if (rows.length === 1) return { outcome: 'counted' };
  return { outcome: 'too-many-acts', until: await nextDeskAct(tx, { person, at }) };
}

/** When the oldest of the hour's acts is an hour old. */
async function nextDeskAct(tx: Tx, { person, at }: { person: number; at: Date }): Promise<Date> {
  const { rows } = await sql<{ until: Date | null }>`
    select min(acted) + interval '1 hour' as until from desk_acts d cross join unnest(d.times) acted
    where d.person = ${person} and acted > ${at}::timestamptz - interval '1 hour'`.execute(tx);
  return rows[0]?.until ?? at;
}

function inForce(at: Date) {
  return sql`g.rank in (1, 2) and g.from_at <= ${at} and (g.until_at is null or g.until_at > ${at})`;
}

export async function endRequest(
  tx: Tx,
  given: { id: string; outcome: 'proved' | 'wrong-proofs'; at: Date },
): Promise<void> {
  await tx
    .updateTable('activation_requests')
    .set({ ended_at: given.at, outcome: given.outcome })
    .where('id', '=', given.id)
    .where('ended_at', 'is', null)
    .execute();
}

/** Everything this person's letters still ask for. */
export async function overtakeRequests(tx: Tx, given: { person: number; at: Date }): Promise<void> {
  await tx
    .updateTable('activation_requests')
    .set({ ended_at: given.at, outcome: 'overtaken' })
    .where('person', '=', given.person)
    .where('ended_at', 'is', null)
    .execute();
}

export interface VouchRequest {
  id: string;
  child: number;
  madeAt: Date;
  expiresAt: Date;
}

/** What this guardian may vouch for now: their own children's requests, nobody else's, and no other guardian. */
export async function selectVouchRequests(
  db: Db | Tx,
  given: { guardian: number; limit: number; at: Date },
): Promise<VouchRequest[]> {
  const { guardian, limit, at } = given;
  const { rows } = await sql<VouchRequest>`
    select r.id, r.person as child, r.made_at as "madeAt", r.expires_at as "expiresAt"
    from activation_requests r
    join guardianships g on g.child = r.person and g.guardian = ${guardian} and ${inForce(at)}
    join letters l on l.id = r.letter and l.state in ('printed', 'handed-over') and l.expires_at > ${at}
    join accounts a on a.person = r.person and a.epoch = r.epoch and not a.claimed
    where r.ceremony = 'guardian-vouch' and r.ended_at is null and r.expires_at > ${at} and r.wrong_proofs < ${limit}
    order by r.made_at, r.id`.execute(db);
  return rows;
}

const KEPT = '2 days';

/** The day's limit counts them for a day; afterwards nothing asks for them. */
export async function forgetRequests(db: Db, at: Date): Promise<void> {
  await sql`delete from activation_requests where made_at < ${at}::timestamptz - ${KEPT}::interval`.execute(
    db,
  );
}
