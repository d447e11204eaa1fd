import { sql } from 'kysely';
import { isSomebody } from '../../directory/decoys.ts';
import type { Db, Tx } from '../../storage/postgres.ts';
import type { FoundLetter } from '../ceremonies/letter.ts';
import { timesOfLetter } from '../ceremonies/store.ts';

/** A request whose electronic half is to be sent or was typed, its account held. */
export interface SplitRequest extends FoundLetter {
  id: string;
  tokenDigest: Buffer;
  generation: number;
  /** When its screen waits no more. */
  expiresAt: Date;
  printedAt: Date;
  /** Of the half that was sent last: null until one was. */
  proofDigest: Buffer | null;
  proofExpiresAt: Date | null;
  /** The contact it went to, and whether that is still the person's. */
  contact: number | null;
  isContactOpen: boolean;
}

type Fragment = ReturnType<typeof sql>;

const COLUMNS = sql`r.id, r.token_digest as "tokenDigest", r.generation, r.expires_at as "expiresAt",
  l.printed_at as "printedAt",
  r.proof_digest as "proofDigest", r.proof_expires_at as "proofExpiresAt", r.contact,
  exists (select from contacts c where c.id = r.contact and c.until_at is null) as "isContactOpen",
  l.id as letter, l.person, l.state as "letterState", l.epoch as "letterEpoch", l.generation as "letterGeneration"`;

async function holdAccountOf(tx: Tx, request: Fragment): Promise<void> {
  await sql`
    select a.person from accounts a join activation_requests r on r.person = a.person and ${request}
    for update of a`.execute(tx);
}

/** To send a half for: open, and the screen still waits. Undefined also for a request that stands for nobody. */
export async function holdToSend(
  tx: Tx,
  { request, at }: { request: string; at: Date },
): Promise<SplitRequest | undefined> {
  await holdAccountOf(tx, sql`r.id = ${request}::uuid`);
  const { rows } = await sql<SplitRequest>`
    select ${COLUMNS}, ${timesOfLetter(at)}
    from activation_requests r join letters l on l.id = r.letter
    where r.id = ${request}::uuid and r.ceremony = 'split-letter' and r.ended_at is null and r.expires_at > ${at}
    for update of r`.execute(tx);
  return rows[0];
}

/** Counts one try at the half of the request in this browser, for somebody or for nobody, in one statement. */
export async function reserveHalf(
  tx: Tx,
  given: { tokenDigest: Buffer; limit: number; at: Date },
): Promise<SplitRequest | undefined> {
  const { tokenDigest, limit, at } = given;
  await holdAccountOf(tx, sql`r.token_digest = ${tokenDigest}`);
  const { rows } = await sql<SplitRequest>`
    with tried as (
      update activation_requests set wrong_proofs = wrong_proofs + 1
      where token_digest = ${tokenDigest} and ceremony = 'split-letter' and ended_at is null
        and expires_at > ${at} and wrong_proofs < ${limit}
      returning *
    )
    select ${COLUMNS}, ${timesOfLetter(at)}
    from tried r join letters l on l.id = r.letter`.execute(tx);
  return rows[0];
}

export interface StandingContact {
  id: number;
  kind: 'mail' | 'phone';
  sealed: Buffer;
  /** Has stood long enough, or is the one an officer was invited with. */
  isOld: boolean;
}

/**
 * Where a half may go: what a school's feed says, never what somebody typed here; an officer's is the one they were
 * invited with. The mobile in front, the oldest of each kind first.
 */
export async function selectContacts(
  tx: Tx,
  given: { person: number; days: number; at: Date },
): Promise<StandingContact[]> {
  const { person, days, at } = given;
  const { rows } = await sql<StandingContact>`
    select c.id, c.kind, c.sealed,
           i.contact is not null or c.from_at <= ${at}::timestamptz - make_interval(days => ${days}::int) as "isOld"
    from contacts c left join officer_invitations i on i.contact = c.id
    where c.person = ${person} and c.until_at is null and (c.uai is not null or i.contact is not null)
    order by c.kind = 'mail', c.from_at, c.id`.execute(tx);
  return rows;
}

/** Something the person can be reached at began or ended after the letter was printed: both halves are void. */
export async function hasContactChanged(
  tx: Tx,
  { person, since }: { person: number; since: Date },
): Promise<boolean> {
  const { rows } = await sql`
    select from contacts
    where person = ${person} and uai is not null and (from_at > ${since} or until_at > ${since}) limit 1`.execute(
    tx,
  );
  return rows.length > 0;
}

/** The half just drawn takes the place of the one before, which is worth nothing from now on. */
export async function keepHalf(
  tx: Tx,
  half: { request: string; contact: number; digest: Buffer; expiresAt: Date },
): Promise<void> {
  await tx
    .updateTable('activation_requests')
    .set((eb) => ({
      proof_digest: half.digest,
      proof_expires_at: half.expiresAt,
      contact: half.contact,
      drawn: eb('drawn', '+', 1),
    }))
    .where('id', '=', half.request)
    .execute();
}

/** Where these persons were reached until now, each address once: what was just closed, and what stands and did before. */
export async function selectContactsBefore(
  tx: Tx,
  given: { persons: readonly number[]; closed: readonly number[]; at: Date },
): Promise<number[]> {
  const { persons, closed, at } = given;
  const { rows } = await sql<{ id: number }>`
    select distinct on (person, kind, digest) id from contacts
    where person = any(${[...persons]}::int[])
      and (id = any(${[...closed]}::bigint[]) or until_at is null and from_at < ${at})
    order by person, kind, digest, id`.execute(tx);
  return rows.map(({ id }) => id);
}

export interface FormerContact {
  person: number;
  kind: 'mail' | 'phone';
  sealed: Buffer;
}

/** Also one that has ended: it is told so. Not a decoy's, who would never read it. */
export async function findContact(db: Db, id: number): Promise<FormerContact | undefined> {
  return db
    .selectFrom('contacts')
    .select(['person', 'kind', 'sealed'])
    .where('id', '=', id)
    .where(isSomebody('contacts.person'))
    .executeTakeFirst();
}

export async function findReprint(
  db: Db,
  batch: string,
): Promise<{ school: string; validFrom: Date } | undefined> {
  const { rows } = await sql<{ school: string; validFrom: Date }>`
    select e.name as school, l.valid_from as "validFrom"
    from letter_batches b join establishments e on e.uai = b.uai join letters l on l.batch = b.id
    where b.id = ${batch}::uuid limit 1`.execute(db);
  return rows[0];
}

/**
 * Who is told of letters printed anew outside a whole pile: the guardians of a child, an adult themselves, and those
 * who lead the school, except whoever printed them; each address once, of however many schools. Where nobody else leads
 * it, the level above is the second to know.
 */
export async function selectReprintContacts(
  tx: Tx,
  given: { persons: readonly number[]; uai: string; printer: number | undefined; at: Date },
): Promise<number[]> {
  const { persons, uai, printer = 0, at } = given;
  const people = sql`any(${[...persons]}::int[])`;
  const { rows } = await sql<{ id: number }>`
    with written as (
      select id, person from contacts where kind = 'mail' and until_at is null and person <> ${printer}
    ), heads as (
      select written.id from written join memberships m using (person)
      where m.uai = ${uai} and m.profile = 'staff' and m.function = 'DIR' and m.until_at is null
    ), officers as (
      select written.id from written join rights r using (person) join establishments e on e.uai = ${uai}
      where r.role = 'academie-officer' and r.academie = e.academie and r.ended_at is null
        and r.from_at <= ${at} and r.until_at > ${at} and not exists (select from heads)
    )
    select distinct on (c.person, c.kind, c.digest) c.id from contacts c
    where c.until_at is null and c.person <> ${printer} and (
      c.person in (select guardian from guardianships g where g.child = ${people} and g.rank in (1, 2)
                   and g.from_at <= ${at} and g.until_at is null)
      or c.person = ${people}
      or c.id in (select id from heads union select id from officers))
    order by c.person, c.kind, c.digest, c.id`.execute(tx);
  return rows.map(({ id }) => id);
}
