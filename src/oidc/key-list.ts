import { inOrder, isPublished, type KeyDependencies, PUBLISHED_BEFORE_SIGNING } from './key-rotation.ts';
import { SIGNING_ALGS } from './signing-keys.ts';
import { type KeyRow, selectKeys } from './store.ts';

/** A signing key as operators see it; moments in RFC 3339. */
export interface ListedKey {
  kid: string;
  alg: string;
  state: KeyRow['state'];
  published: boolean;
  published_from: string;
  /** Of a next key: when it begins to sign by itself. */
  signs_from: string | null;
  signed_from: string | null;
  signed_until: string | null;
  published_until: string | null;
}

/** Every key there ever was, those published first. */
export async function listKeys(
  from: Pick<KeyDependencies, 'db' | 'now'>,
  algs: readonly string[] = SIGNING_ALGS,
): Promise<ListedKey[]> {
  const at = from.now();
  return inOrder(await selectKeys(from.db)).map((row) => ({
    ...{ kid: row.kid, alg: row.alg, state: row.state },
    published: isPublished(row, at) && algs.includes(row.alg),
    published_from: row.created_at.toISOString(),
    signs_from: row.state === 'next' ? dayAfter(row.created_at) : null,
    signed_from: textOf(row.current_at),
    signed_until: row.current_at && textOf(row.old_at),
    published_until: textOf(row.published_until),
  }));
}

function dayAfter(moment: Date): string {
  return new Date(moment.getTime() + PUBLISHED_BEFORE_SIGNING).toISOString();
}

function textOf(moment: Date | null): string | null {
  return moment?.toISOString() ?? null;
}
