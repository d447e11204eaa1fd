import { type RawBuilder, sql } from 'kysely';
import { z } from 'zod';
import type { Moving } from '../orders/judged.ts';
import type { Db, Tx } from '../storage/postgres.ts';
import { termsSchema } from './contracts/terms.ts';
import { keptMetadataSchema, type Metadata } from './metadata.ts';
import type { Publisher, RelyingParty } from './relying-party.ts';

const when = z.coerce.date();
const row = z.object({
  clientId: z.string(),
  publisher: z.object({ id: z.string(), name: z.string() }),
  metadata: keptMetadataSchema,
  createdAt: when,
  suspendedAt: when.nullable().transform((at) => at ?? undefined),
  secrets: z.array(
    z.object({
      digest: z.string().transform((hex) => Buffer.from(hex, 'hex')),
      expiresAt: when.nullable().transform((at) => at ?? undefined),
    }),
  ),
  contract: z
    .object({
      version: z.number(),
      state: z.enum(['sandbox', 'requested', 'approved', 'suspended', 'ended']),
      terms: termsSchema,
      since: when.nullable().transform((at) => at ?? undefined),
    })
    .nullable()
    .transform((contract) => contract ?? undefined),
});

/** As read from its text: what did not change is not read again, and stays the same object. */
interface Read {
  text: string;
  party: RelyingParty | undefined;
}

export interface Selected {
  version: number;
  parties: RelyingParty[];
  /** One row that another version wrote, or a hand, shuts out one relying party and not all. */
  unreadable: string[];
  read: ReadonlyMap<string, Read>;
}

/** All that are registered and not deleted, with the version they are of: one snapshot. */
export async function selectRelyingParties(db: Db | Tx, before?: Selected['read']): Promise<Selected> {
  const { rows } = await sql<{ version: number; clientId: string | null; text: string }>`
    select o.clients_version as version, c."clientId", c.text
    from order_clock o left join (${texts({ are: 'registered' })}) c on true order by c."clientId"`.execute(
    db,
  );
  const read = new Map<string, Read>();
  for (const { clientId, text } of rows) {
    if (clientId === null) continue;
    const former = before?.get(clientId);
    read.set(clientId, former?.text === text ? former : { text, party: parse(text) });
  }
  return {
    version: rows[0]?.version ?? 0,
    parties: [...read.values()].flatMap(({ party }) => party ?? []),
    unreadable: [...read].flatMap(([clientId, { party }]) => (party ? [] : clientId)),
    read,
  };
}

/** One of them, as it is now; from the database and not from memory. */
export async function selectRelyingParty(db: Db | Tx, clientId: string): Promise<RelyingParty | undefined> {
  // PostgreSQL would refuse a NUL as it does no other name.
  if (clientId.includes('\0')) return undefined;
  const { rows } = await texts({ are: 'registered', clientId }).execute(db);
  return rows[0] && parse(rows[0].text);
}

/** Deleted ones too, as they were last: what they had a contract for stays known. */
export async function selectEverRegistered(
  db: Db | Tx,
  which: { clientId?: string } = {},
): Promise<RelyingParty[]> {
  const { rows } = await texts({ ...which, are: 'ever-registered' }).execute(db);
  return rows.flatMap(({ text }) => parse(text) ?? []);
}

/** A publisher's own, those of others unread. */
export async function selectRelyingPartiesOf(db: Db | Tx, publisher: string): Promise<RelyingParty[]> {
  const { rows } = await sql<{ text: string }>`
    select c.text from (${texts({ are: 'registered', publisher })}) c order by c."clientId"`.execute(db);
  return rows.flatMap(({ text }) => parse(text) ?? []);
}

interface Which {
  are: 'registered' | 'ever-registered';
  clientId?: string;
  publisher?: string;
}

/** Of secrets the two that may work (design D11), however many there are. */
function texts({ are, clientId, publisher }: Which): RawBuilder<{ clientId: string; text: string }> {
  return sql`
    select c.client_id as "clientId", jsonb_build_object(
      'clientId', c.client_id, 'publisher', jsonb_build_object('id', p.id, 'name', p.name),
      'metadata', c.metadata, 'createdAt', c.created_at, 'suspendedAt', c.suspended_at,
      'secrets', coalesce((
        select jsonb_agg(jsonb_build_object('digest', encode(s.digest, 'hex'), 'expiresAt', s.expires_at) order by s.id)
        from (select * from client_secrets where client_id = c.client_id order by id desc limit 2) s), '[]'),
      'contract', (
        select jsonb_build_object('version', k.version, 'state', k.state, 'terms', k.terms, 'since', k.approved_at)
        from contracts k where k.client_id = c.client_id and k.state <> 'replaced'
        order by k.state in ('approved', 'suspended') desc, k.version desc limit 1))::text as text
    from clients c join publishers p on p.id = c.publisher
    where (c.deleted_at is null or ${are}::text = 'ever-registered')
      and c.client_id = coalesce(${clientId ?? null}::text, c.client_id)
      and c.publisher = coalesce(${publisher ?? null}::text, c.publisher)`;
}

function parse(text: string): RelyingParty | undefined {
  return row.safeParse(JSON.parse(text)).data;
}

export async function selectClientsVersion(db: Db | Tx): Promise<number> {
  const { clients_version: version } = await db
    .selectFrom('order_clock')
    .select('clients_version')
    .executeTakeFirstOrThrow();
  return version;
}

export async function selectPublisher(tx: Tx, id: string): Promise<Publisher | undefined> {
  return tx.selectFrom('publishers').select(['id', 'name']).where('id', '=', id).executeTakeFirst();
}

/** Ids of those that bear an id or a name; names are not one publisher's alone. */
export async function selectPublishersNamed(db: Db, named: string): Promise<string[]> {
  const found = await db
    .selectFrom('publishers')
    .select('id')
    .where((is) => is.or([is('id', '=', named), is('name', '=', named)]))
    .execute();
  return found.map(({ id }) => id);
}

/** Answers with the one that is known by the id: another, where two names come to one. */
export async function insertPublisher(tx: Tx, { id, name }: Publisher): Promise<Publisher> {
  await tx
    .insertInto('publishers')
    .values({ id, name })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  return tx.selectFrom('publishers').select(['id', 'name']).where('id', '=', id).executeTakeFirstOrThrow();
}

/** The clients of a publisher that are not deleted; until the transaction ends nobody registers another of it. */
export async function holdAndCount(tx: Tx, publisher: string): Promise<number> {
  await tx.selectFrom('publishers').select('id').where('id', '=', publisher).forUpdate().execute();
  const { count } = await tx
    .selectFrom('clients')
    .select(({ fn }) => fn.countAll<string>().as('count'))
    .where('publisher', '=', publisher)
    .where('deleted_at', 'is', null)
    .executeTakeFirstOrThrow();
  return Number(count);
}

/** False: the id is taken, also by one that was deleted. */
export async function insertClient(
  tx: Tx,
  client: { clientId: string; publisher: string; metadata: Metadata },
): Promise<boolean> {
  const inserted = await tx
    .insertInto('clients')
    .values({
      client_id: client.clientId,
      publisher: client.publisher,
      metadata: JSON.stringify(client.metadata),
      suspended_at: null,
      deleted_at: null,
    })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  return inserted.numInsertedOrUpdatedRows === 1n;
}

export async function updateMetadata(
  tx: Tx,
  { clientId, metadata }: { clientId: string; metadata: Metadata },
): Promise<void> {
  await tx
    .updateTable('clients')
    .set({ metadata: JSON.stringify(metadata) })
    .where('client_id', '=', clientId)
    .execute();
}

export async function insertSecret(tx: Tx, secret: { clientId: string; digest: Buffer }): Promise<void> {
  await tx
    .insertInto('client_secrets')
    .values({ client_id: secret.clientId, digest: secret.digest, expires_at: null })
    .execute();
}

/** The newest goes on working until then at the latest; whatever is older ends at once. */
export async function keepNewestSecret(tx: Tx, clientId: string, until: Date): Promise<void> {
  const newest = tx
    .selectFrom('client_secrets')
    .select(({ fn }) => fn.max('id').as('id'))
    .where('client_id', '=', clientId);
  await tx.deleteFrom('client_secrets').where('client_id', '=', clientId).where('id', '<', newest).execute();
  await tx
    .updateTable('client_secrets')
    .set({ expires_at: until })
    .where('client_id', '=', clientId)
    .where((eb) => eb.or([eb('expires_at', 'is', null), eb('expires_at', '>', until)]))
    .execute();
}

/** Locks the row: of two who rotate or delete at once one waits. Whoever only names the client does not. */
export async function lockClient(tx: Tx, clientId: string): Promise<Metadata | undefined> {
  const found = await holdRow(tx, clientId);
  return found && keptMetadataSchema.parse(found.metadata);
}

/** Held as well, whether its registration can be read or not: what cannot be read can be ended all the same. */
export async function holdClient(tx: Tx, clientId: string): Promise<boolean> {
  return (await holdRow(tx, clientId)) !== undefined;
}

function holdRow(tx: Tx, clientId: string): Promise<{ metadata: unknown } | undefined> {
  return tx
    .selectFrom('clients')
    .select('metadata')
    .where('client_id', '=', clientId)
    .where('deleted_at', 'is', null)
    .forNoKeyUpdate()
    .executeTakeFirst();
}

/** For an officer's act: the client is held before the clock, as by everybody else who changes it. */
export function holding(clientId: string): Moving {
  return { hold: (tx) => holdClient(tx, clientId) };
}

interface Suspension {
  clientId: string;
  asPublisher: boolean;
}

/** False: it is so already, or there is none. */
export async function setSuspended(
  tx: Tx,
  { clientId, asPublisher, at }: Suspension & { at: Date },
): Promise<boolean> {
  const updated = await tx
    .updateTable('clients')
    .set(({ fn, val }) => ({
      suspended_at: fn.coalesce('suspended_at', val(at)),
      publisher_may_resume: asPublisher,
    }))
    .where('client_id', '=', clientId)
    .where('deleted_at', 'is', null)
    .where((is) =>
      is.or([
        is('suspended_at', 'is', null),
        ...(asPublisher ? [] : [is('publisher_may_resume', '=', true)]),
      ]),
    )
    .executeTakeFirst();
  return updated.numUpdatedRows === 1n;
}

/** False: it is so already, there is none, or its publisher may not. */
export async function setInService(tx: Tx, { clientId, asPublisher }: Suspension): Promise<boolean> {
  const updated = await tx
    .updateTable('clients')
    .set({ suspended_at: null, publisher_may_resume: false })
    .where('client_id', '=', clientId)
    .where('deleted_at', 'is', null)
    .where('suspended_at', 'is not', null)
    .$if(asPublisher, (query) => query.where('publisher_may_resume', '=', true))
    .executeTakeFirst();
  return updated.numUpdatedRows === 1n;
}

export async function markDeleted(tx: Tx, clientId: string, at: Date): Promise<void> {
  await tx.updateTable('clients').set({ deleted_at: at }).where('client_id', '=', clientId).execute();
  await tx.deleteFrom('client_secrets').where('client_id', '=', clientId).execute();
}
