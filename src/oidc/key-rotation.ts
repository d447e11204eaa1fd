import type { Actor } from '../audit/actor.ts';
import { record } from '../audit/record.ts';
import type { Settings } from '../config.ts';
import type { SecretSealer } from '../crypto/key-ring.ts';
import type { Db, Tx } from '../storage/postgres.ts';
import { longestSessionSeconds } from './lifetimes.ts';
import { generateSigningKey, SIGNING_ALGS, type SigningAlg, sealKey } from './signing-keys.ts';
import {
  beginCurrentKeys,
  endCurrentKeys,
  insertKeys,
  type KeyRow,
  lockKeys,
  selectKeys,
  withdrawKey,
} from './store.ts';

export interface KeyDependencies {
  readonly db: Db;
  readonly keyRing: SecretSealer;
  readonly config: { readonly lifetimes: Settings['lifetimes'] };
  now(): Date;
}

const DAY = 86_400_000;

/** A key signs only after every relying party's copy of the published keys is likely to hold it. */
export const PUBLISHED_BEFORE_SIGNING = DAY;

/** An ID token is a hint as long as its session may last, expired or not (RP-Initiated Logout 1.0 §2). */
export function publishedAfterSigning({ lifetimes }: KeyDependencies['config']): number {
  const seconds = Math.max(lifetimes.idTokenSeconds, longestSessionSeconds(lifetimes));
  return Math.max(7 * DAY, seconds * 1000);
}

export interface Rotation {
  readonly algs: readonly SigningAlg[];
  readonly reason?: string | undefined;
}

/** Publishes a next key for each alg; one that has a next key already keeps it. */
export async function publishNextKeys(from: KeyDependencies, by: Actor, { algs, reason }: Rotation) {
  const wanted = withoutNext(algs, await selectKeys(from.db));
  // Before the lock: RSA keys take their time.
  const made = await Promise.all(wanted.map(generateSigningKey));
  return from.db.transaction().execute(async (tx) => {
    await lockKeys(tx);
    const at = from.now();
    const missing = withoutNext(algs, await selectKeys(tx));
    const next = made.filter(({ alg }) => missing.includes(alg));
    await insertKeys(
      tx,
      next.map((jwk) => sealKey(from.keyRing, jwk, { ...NEXT, created_at: at })),
    );
    for (const { kid, alg } of next) await note(tx, by, { name: 'keys.rotated', kid, alg, reason }, at);
    return next.map(({ kid, alg }) => ({ kid, alg }));
  });
}

const NEXT = { state: 'next', current_at: null, old_at: null, published_until: null } as const;

function withoutNext(algs: readonly SigningAlg[], known: readonly KeyRow[]): SigningAlg[] {
  return algs.filter((alg) => !known.some((row) => row.alg === alg && row.state === 'next'));
}

export interface Promotion extends Rotation {
  /** Only next keys published by then are promoted. */
  readonly publishedBy: Date;
}

/** Next becomes current, current becomes old. Of two processes at once the second finds nothing left to do. */
export function promoteKeys(from: KeyDependencies, by: Actor, { algs, publishedBy, reason }: Promotion) {
  return from.db.transaction().execute(async (tx) => {
    await lockKeys(tx);
    const at = from.now();
    const publishedUntil = new Date(at.getTime() + publishedAfterSigning(from.config));
    await endCurrentKeys(tx, { algs, publishedBy, at, publishedUntil });
    const promoted = await beginCurrentKeys(tx, { algs, publishedBy, at });
    for (const { kid, alg } of promoted) await note(tx, by, { name: 'keys.promoted', kid, alg, reason }, at);
    return promoted;
  });
}

export type Revocation =
  | { outcome: 'revoked'; kid: string; alg: string }
  | { outcome: 'unknown' }
  | { outcome: 'signs-now'; alg: string }
  | { outcome: 'not-published' };

/** For a key that became known to others. One that signs now must first be replaced. */
export function revokeKey(
  from: KeyDependencies,
  by: Actor,
  { kid, reason }: { kid: string; reason: string | undefined },
): Promise<Revocation> {
  return from.db.transaction().execute(async (tx) => {
    await lockKeys(tx);
    const at = from.now();
    const known = (await selectKeys(tx)).find((row) => row.kid === kid);
    if (!known) return { outcome: 'unknown' };
    const { alg } = known;
    if (known.state === 'current') return { outcome: 'signs-now', alg };
    if (!(await withdrawKey(tx, kid, at))) return { outcome: 'not-published' };
    await note(tx, by, { name: 'keys.revoked', kid, alg, reason }, at);
    return { outcome: 'revoked', kid, alg };
  });
}

export function isDue(row: KeyRow, at: Date): boolean {
  return row.state === 'next' && row.created_at.getTime() + PUBLISHED_BEFORE_SIGNING <= at.getTime();
}

export function isPublished(row: KeyRow, at: Date): boolean {
  return row.revoked_at === null && (row.published_until === null || row.published_until > at);
}

/** As they are published: those that sign first, each state in the order of the algs, the newest first. */
export function inOrder<Row extends KeyRow>(rows: readonly Row[]): Row[] {
  const rank = ({ state, alg }: Row) => STATES.indexOf(state) * SIGNING_ALGS.length + ALGS.indexOf(alg);
  return rows.toSorted((one, other) => rank(one) - rank(other) || +other.created_at - +one.created_at);
}

const STATES = ['current', 'next', 'old'];
const ALGS: readonly string[] = SIGNING_ALGS;

type Noted = { name: 'keys.rotated' | 'keys.promoted' | 'keys.revoked'; kid: string; alg: string };

function note(
  tx: Tx,
  by: Actor,
  { name, kid, alg, reason }: Noted & { reason: string | undefined },
  at: Date,
) {
  return record(tx, by, { name, details: { kid, alg }, ...(reason && { reason }) }, at);
}
