import { sql } from 'kysely';
import type { Actor } from '../../audit/actor.ts';
import type { Db, Tx } from '../../storage/postgres.ts';
import type { TokenDigests } from './registration-token.ts';

export interface IntegratorToken {
  readonly id: string;
  readonly publisher: string;
}

export async function insertInitialToken(
  tx: Tx,
  token: IntegratorToken & { digest: Buffer; at: Date; untilAt: Date },
): Promise<void> {
  const { id, digest, publisher, at, untilAt } = token;
  await tx.deleteFrom('initial_access_tokens').where('until_at', '<', at).execute();
  await tx
    .insertInto('initial_access_tokens')
    .values({ id, digest, publisher, created_at: at, until_at: untilAt })
    .execute();
}

/** Whose publisher it registers for. */
export function selectInitialToken(db: Db, digest: Buffer, at: Date): Promise<IntegratorToken | undefined> {
  return initialToken(db, at).where('digest', '=', digest).executeTakeFirst();
}

/** False: it has ended meanwhile. Until the transaction ends nobody revokes it. */
export async function holdInitialToken(tx: Tx, id: string, at: Date): Promise<boolean> {
  const held = await initialToken(tx, at).where('id', '=', id).forShare().executeTakeFirst();
  return held !== undefined;
}

function initialToken(db: Db | Tx, at: Date) {
  return db
    .selectFrom('initial_access_tokens')
    .select(['id', 'publisher'])
    .where('until_at', '>', at)
    .where('revoked_at', 'is', null);
}

export function endInitialToken(tx: Tx, id: string, at: Date): Promise<IntegratorToken | undefined> {
  return tx
    .updateTable('initial_access_tokens')
    .set({ revoked_at: at })
    .where('id', '=', id)
    .where('revoked_at', 'is', null)
    .returning(['id', 'publisher'])
    .executeTakeFirst();
}

/** One per client: the next takes the place of the former. */
export async function saveRegistrationToken(
  tx: Tx,
  { clientId, digest, at }: { clientId: string; digest: Buffer; at: Date },
): Promise<void> {
  await tx
    .insertInto('registration_access_tokens')
    .values({ client_id: clientId, digest, created_at: at })
    .onConflict((conflict) => conflict.column('client_id').doUpdateSet({ digest, created_at: at }))
    .execute();
}

const FORMER_WORKS_FOR = 86_400_000;

/** Its holder may never hear of the next: until that one is shown, for a day at most, it stands for it. */
export async function replaceRegistrationToken(
  tx: Tx,
  { shown, next, at }: TokenDigests & { at: Date },
): Promise<void> {
  const former_until = new Date(at.getTime() + FORMER_WORKS_FOR);
  await tx
    .updateTable('registration_access_tokens')
    .set({ digest: next, created_at: at, former_until })
    .where('digest', '=', shown)
    .execute();
}

/** Whoever shows a token has heard of it: the one before it has done its time. */
export async function endFormerToken(db: Db, { shown }: TokenDigests): Promise<void> {
  await db
    .updateTable('registration_access_tokens')
    .set({ former_until: null })
    .where('digest', '=', shown)
    .where('former_until', 'is not', null)
    .execute();
}

export interface ManagedClient {
  readonly clientId: string;
  readonly token: 'current' | 'former';
}

/** The client that a token manages. */
export async function selectRegistrationToken(
  db: Db | Tx,
  { shown, next, at }: TokenDigests & { at: Date },
): Promise<ManagedClient | undefined> {
  const found = await db
    .selectFrom('registration_access_tokens')
    .innerJoin('clients', 'clients.client_id', 'registration_access_tokens.client_id')
    .select(['clients.client_id', 'digest'])
    .where((is) =>
      is.or([is('digest', '=', shown), is.and([is('digest', '=', next), is('former_until', '>', at)])]),
    )
    .where('deleted_at', 'is', null)
    .executeTakeFirst();
  return found && { clientId: found.client_id, token: found.digest.equals(shown) ? 'current' : 'former' };
}

export async function insertApiToken(
  tx: Tx,
  token: IntegratorToken & { digest: Buffer; by: Actor; at: Date; untilAt: Date },
): Promise<void> {
  const { id, digest, publisher, by, at, untilAt } = token;
  await tx
    .insertInto('api_tokens')
    .values({ id, digest, publisher, created_by: JSON.stringify(by), created_at: at, until_at: untilAt })
    .execute();
}

export function selectApiToken(db: Db, digest: Buffer, at: Date): Promise<IntegratorToken | undefined> {
  return db
    .selectFrom('api_tokens')
    .select(['id', 'publisher'])
    .where('digest', '=', digest)
    .where('until_at', '>', at)
    .where('revoked_at', 'is', null)
    .executeTakeFirst();
}

export function endApiToken(tx: Tx, id: string, at: Date): Promise<IntegratorToken | undefined> {
  return tx
    .updateTable('api_tokens')
    .set({ revoked_at: at })
    .where('id', '=', id)
    .where('revoked_at', 'is', null)
    .returning(['id', 'publisher'])
    .executeTakeFirst();
}

export interface TokenInForce extends IntegratorToken {
  readonly kind: 'api' | 'initial';
  readonly issuedAt: Date;
  readonly untilAt: Date;
}

/** Of these publishers, or of all. */
export async function selectTokensInForce(
  db: Db,
  { publishers, at }: { publishers?: readonly string[] | undefined; at: Date },
): Promise<TokenInForce[]> {
  const { rows } = await sql<TokenInForce>`
    select id, kind, publisher, created_at as "issuedAt", until_at as "untilAt" from (
      select 'api' as kind, id, publisher, created_at, until_at, revoked_at from api_tokens
      union all
      select 'initial', id, publisher, created_at, until_at, revoked_at from initial_access_tokens) tokens
    where until_at > ${at} and revoked_at is null
      and (${publishers ?? null}::text[] is null or publisher = any(${publishers ?? null}::text[]))
    order by created_at, id`.execute(db);
  return rows;
}
