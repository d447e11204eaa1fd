import { sql } from 'kysely';
import type { Db, Tx } from '../storage/postgres.ts';

export interface KeyRow {
  kid: string;
  alg: string;
  state: 'next' | 'current' | 'old';
  private_sealed: Buffer;
  /** Published since. */
  created_at: Date;
  current_at: Date | null;
  old_at: Date | null;
  /** Of an old key: after this it is no longer published. */
  published_until: Date | null;
  /** Withdrawn: no clock publishes it again. */
  revoked_at: Date | null;
}

export type NewKeyRow = Omit<KeyRow, 'revoked_at'> & { public_jwk: string };

export async function lockKeys(tx: Tx): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtext('preau.signing_keys'))`.execute(tx);
}

export function selectKeys(db: Db | Tx): Promise<KeyRow[]> {
  return db
    .selectFrom('signing_keys')
    .select(['kid', 'alg', 'state', 'private_sealed'])
    .select(['created_at', 'current_at', 'old_at', 'published_until', 'revoked_at'])
    .orderBy('created_at', 'desc')
    .orderBy('kid')
    .execute();
}

export async function insertKeys(tx: Tx, rows: readonly NewKeyRow[]): Promise<void> {
  if (rows.length > 0) await tx.insertInto('signing_keys').values(rows).execute();
}

/** Of the algs whose next key has been published since `publishedBy`: first the current keys leave. */
export function endCurrentKeys(
  tx: Tx,
  { algs, publishedBy, at, publishedUntil }: PromotedKeys & { at: Date; publishedUntil: Date },
): Promise<{ kid: string; alg: string }[]> {
  return tx
    .updateTable('signing_keys')
    .set({ state: 'old', old_at: at, published_until: publishedUntil })
    .where('state', '=', 'current')
    .where('alg', 'in', (nested) =>
      nested
        .selectFrom('signing_keys')
        .select('alg')
        .where('state', '=', 'next')
        .where('alg', 'in', [...algs])
        .where('created_at', '<=', publishedBy),
    )
    .returning(['kid', 'alg'])
    .execute();
}

/** Then the next keys take their places. */
export function beginCurrentKeys(
  tx: Tx,
  { algs, publishedBy, at }: PromotedKeys & { at: Date },
): Promise<{ kid: string; alg: string }[]> {
  return tx
    .updateTable('signing_keys')
    .set({ state: 'current', current_at: at })
    .where('state', '=', 'next')
    .where('alg', 'in', [...algs])
    .where('created_at', '<=', publishedBy)
    .returning(['kid', 'alg'])
    .execute();
}

/** Takes a key off the published ones that does not sign now. */
export async function withdrawKey(tx: Tx, kid: string, at: Date): Promise<KeyRow | undefined> {
  return tx
    .updateTable('signing_keys')
    .set({ state: 'old', old_at: sql<Date>`coalesce(old_at, ${at})`, published_until: at, revoked_at: at })
    .where('kid', '=', kid)
    .where('state', '<>', 'current')
    .where('revoked_at', 'is', null)
    .where((where) => where.or([where('published_until', 'is', null), where('published_until', '>', at)]))
    .returningAll()
    .executeTakeFirst();
}

interface PromotedKeys {
  algs: readonly string[];
  publishedBy: Date;
}
