import { sql } from 'kysely';
import type { Db, Tx } from '../storage/postgres.ts';

export interface KeyRow {
  kid: string;
  alg: string;
  state: 'next' | 'current' | 'old';
  private_sealed: Buffer;
}

export async function lockKeys(tx: Tx): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtext('preau.signing_keys'))`.execute(tx);
}

export function selectKeys(db: Db | Tx): Promise<KeyRow[]> {
  return db
    .selectFrom('signing_keys')
    .select(['kid', 'alg', 'state', 'private_sealed'])
    .orderBy('created_at', 'desc')
    .orderBy('kid')
    .execute();
}

export async function insertKeys(
  tx: Tx,
  keys: readonly { kid: string; alg: string; public_jwk: string; private_sealed: Buffer }[],
  at: Date,
): Promise<void> {
  if (keys.length === 0) return;
  const rows = keys.map((key) => ({ ...key, state: 'current' as const, current_at: at, old_at: null }));
  await tx.insertInto('signing_keys').values(rows).execute();
}
