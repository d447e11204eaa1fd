import type { Actor } from '../audit/actor.ts';
import { record } from '../audit/record.ts';
import { type KeyFile, openKeyFile, type Protection, sealKeyFile } from './key-file.ts';
import { inOrder, isPublished, type KeyDependencies } from './key-rotation.ts';
import { openKey, sealKey } from './signing-keys.ts';
import { insertKeys, lockKeys, selectKeys } from './store.ts';

export interface BackupDependencies extends KeyDependencies {
  readonly config: KeyDependencies['config'] & { readonly issuer: string };
}

export type Exported = { outcome: 'exported'; text: string; kids: string[] } | { outcome: 'no-keys' };

/** What is published now, private parts and all, as the text of a file. Its line in the audit comes first. */
export function exportKeys(
  from: BackupDependencies,
  by: Actor,
  { protection, reason }: { protection: Protection; reason: string | undefined },
): Promise<Exported> {
  return from.db.transaction().execute(async (tx) => {
    const at = from.now();
    const rows = inOrder((await selectKeys(tx)).filter((row) => isPublished(row, at)));
    if (rows.length === 0) return { outcome: 'no-keys' };
    const keys = rows.map((row) => ({
      jwk: openKey(from.keyRing, row),
      ...{ state: row.state, created_at: row.created_at, current_at: row.current_at },
      ...{ old_at: row.old_at, published_until: row.published_until },
    }));
    const kids = rows.map(({ kid }) => kid);
    const details = { kids, protection: protection.kind };
    await record(tx, by, { name: 'keys.exported', details, ...(reason && { reason }) }, at);
    const about = { issuer: from.config.issuer, exported_at: at.toISOString() };
    return { outcome: 'exported', text: await sealKeyFile(protection, from.keyRing, { about, keys }), kids };
  });
}

export type Imported =
  | { outcome: 'imported'; kids: string[]; issuer: string; exportedAt: string }
  | { outcome: 'not-empty'; kids: string[] }
  | Exclude<Awaited<ReturnType<typeof openKeyFile>>, { outcome: 'opened' }>;

/** Into an instance that has no signing key yet, never over one that has. */
export async function importKeys(
  from: BackupDependencies,
  by: Actor,
  given: { text: string; passphrase: string | undefined; reason: string | undefined },
): Promise<Imported> {
  const read = await openKeyFile(from.keyRing, given);
  return read.outcome === 'opened' ? restore(from, by, { file: read.file, reason: given.reason }) : read;
}

function restore(
  from: BackupDependencies,
  by: Actor,
  { file, reason }: { file: KeyFile; reason: string | undefined },
): Promise<Imported> {
  return from.db.transaction().execute(async (tx) => {
    await lockKeys(tx);
    const known = await selectKeys(tx);
    if (known.length > 0) return { outcome: 'not-empty', kids: known.map(({ kid }) => kid) };
    await insertKeys(
      tx,
      file.keys.map(({ jwk, ...row }) => sealKey(from.keyRing, jwk, row)),
    );
    const kids = file.keys.map(({ jwk }) => jwk.kid);
    const { issuer, exported_at: exportedAt } = file.about;
    const details = { kids, issuer, exportedAt };
    await record(tx, by, { name: 'keys.imported', details, ...(reason && { reason }) }, from.now());
    return { outcome: 'imported', kids, issuer, exportedAt };
  });
}
