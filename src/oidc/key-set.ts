import type { Actor } from '../audit/actor.ts';
import {
  inOrder,
  isDue,
  isPublished,
  type KeyDependencies,
  PUBLISHED_BEFORE_SIGNING,
  promoteKeys,
} from './key-rotation.ts';
import {
  generateSigningKey,
  openKey,
  SIGNING_ALGS,
  type SigningAlg,
  type SigningJwk,
  sealKey,
} from './signing-keys.ts';
import { insertKeys, type KeyRow, lockKeys, selectKeys } from './store.ts';

/** The keys an engine is built with. Two of the same `version` hold the same keys in the same states. */
export interface KeySet {
  readonly version: string;
  readonly keys: readonly SigningJwk[];
}

const BY_ITSELF: Actor = { kind: 'system', name: 'keys' };

/** What is published now. On the way: missing keys are made, due ones promoted, by whoever comes first. */
export async function loadKeySet(from: KeyDependencies): Promise<KeySet> {
  const rows = await upToDate(from, await selectKeys(from.db));
  const published = inOrder(rows.filter((row) => isPublished(row, from.now())));
  return {
    version: published.map(({ kid, state }) => `${kid} ${state}`).join(),
    keys: published.map((row) => openKey(from.keyRing, row)),
  };
}

async function upToDate(from: KeyDependencies, known: KeyRow[]): Promise<KeyRow[]> {
  const missing = missingAlgs(known);
  const due = known.filter((row) => isDue(row, from.now()));
  if (missing.length === 0 && due.length === 0) return known;
  if (due.length > 0) await promoteDue(from);
  if (missing.length > 0) await makeMissing(from, missing);
  return selectKeys(from.db);
}

function promoteDue(from: KeyDependencies) {
  const publishedBy = new Date(from.now().getTime() - PUBLISHED_BEFORE_SIGNING);
  return promoteKeys(from, BY_ITSELF, { algs: SIGNING_ALGS, publishedBy });
}

async function makeMissing(from: KeyDependencies, algs: readonly SigningAlg[]): Promise<void> {
  const made = await Promise.all(algs.map(generateSigningKey));
  await from.db.transaction().execute(async (tx) => {
    await lockKeys(tx);
    const missing = missingAlgs(await selectKeys(tx));
    const at = from.now();
    const row = {
      state: 'current',
      created_at: at,
      current_at: at,
      old_at: null,
      published_until: null,
    } as const;
    const rows = made
      .filter(({ alg }) => missing.includes(alg))
      .map((jwk) => sealKey(from.keyRing, jwk, row));
    await insertKeys(tx, rows);
  });
}

function missingAlgs(rows: readonly KeyRow[]): SigningAlg[] {
  return SIGNING_ALGS.filter((alg) => !rows.some((row) => row.alg === alg && row.state === 'current'));
}
