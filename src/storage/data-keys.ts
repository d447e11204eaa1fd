import { sql } from 'kysely';
import { createKeyRing, type KeyRing, newDataKey } from '../crypto/key-ring.ts';
import type { Db } from './postgres.ts';

/** The key ring of this database; its first data key is drawn here, by whichever process comes first. */
export async function loadKeyRing(db: Db, wrappingKey: Buffer): Promise<KeyRing> {
  const known = await findDataKeys(db);
  const dataKeys = known.length > 0 ? known : await drawFirstDataKey(db, wrappingKey);
  return createKeyRing({ wrappingKey, dataKeys });
}

async function drawFirstDataKey(db: Db, wrappingKey: Buffer): Promise<{ id: number; wrapped: Buffer }[]> {
  return db.transaction().execute(async (tx) => {
    await sql`select pg_advisory_xact_lock(hashtext('preau.data_keys'))`.execute(tx);
    const known = await findDataKeys(tx);
    if (known.length > 0) return known;
    const first = newDataKey(wrappingKey, 1);
    await tx.insertInto('data_keys').values(first).execute();
    return [first];
  });
}

function findDataKeys(db: Db): Promise<{ id: number; wrapped: Buffer }[]> {
  return db.selectFrom('data_keys').select(['id', 'wrapped']).orderBy('id').execute();
}
