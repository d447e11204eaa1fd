import type { Actor } from '../audit/actor.ts';
import { record } from '../audit/record.ts';
import type { Db, Tx } from '../storage/postgres.ts';
import { hasState } from './contracts/store.ts';
import { isConfidential, type Metadata, metadataSchema, usesSecret } from './metadata.ts';
import { describe } from './register-client.ts';
import { lockClient, updateMetadata } from './store.ts';

export type UpdateResult =
  | { outcome: 'updated'; metadata: Metadata }
  | { outcome: 'invalid'; problems: string[] }
  | { outcome: 'unknown' }
  /** It was approved as it is. */
  | { outcome: 'approved' };

interface Update {
  clientId: string;
  metadata: unknown;
  /** `sandbox`: only while nobody has approved it. */
  within: 'sandbox' | 'any-state';
}

/** The whole registration anew, but for its id, its publisher and its secret. */
export function createUpdateClient({ db, now }: { db: Db; now: () => Date }) {
  return async (by: Actor, { clientId, metadata, within }: Update): Promise<UpdateResult> => {
    const read = metadataSchema.safeParse(metadata);
    if (!read.success) return { outcome: 'invalid', problems: read.error.issues.map(describe) };
    return db.transaction().execute(async (tx) => {
      const former = await lockClient(tx, clientId);
      if (!former) return { outcome: 'unknown' };
      const isApproved = await wasApproved(tx, clientId);
      if (isApproved && within === 'sandbox') return { outcome: 'approved' };
      const isReviewed = isApproved || (await hasState(tx, clientId, 'requested'));
      const problems = problemsOf(former, read.data, isReviewed);
      if (problems.length > 0) return { outcome: 'invalid', problems };
      await updateMetadata(tx, { clientId, metadata: read.data });
      const details = { clientId, ...changesOf(former, read.data) };
      await record(tx, by, { name: 'client.updated', details }, now());
      return { outcome: 'updated', metadata: read.data };
    });
  };
}

const ADDRESSES = [
  ...(['redirect_uris', 'post_logout_redirect_uris', 'backchannel_logout_uri', 'jwks_uri'] as const),
];

/** What was in force before is nowhere else: where answers went at any time shall be a query (design D2). */
function changesOf(former: Metadata, next: Metadata) {
  const names = [...new Set([...Object.keys(former), ...Object.keys(next)])] as (keyof Metadata)[];
  const changed = names.filter((name) => JSON.stringify(former[name]) !== JSON.stringify(next[name])).sort();
  const moved = ADDRESSES.filter((name) => changed.includes(name));
  return { changed, former: Object.fromEntries(moved.map((name) => [name, former[name] ?? null])) };
}

export async function wasApproved(tx: Tx, clientId: string): Promise<boolean> {
  for (const state of ['approved', 'suspended', 'ended'] as const)
    if (await hasState(tx, clientId, state)) return true;
  return false;
}

const NOT_WEAKER =
  'require_pkce, claims_in_id_token, token_endpoint_auth_method: not weaker once its approval is asked for';

/** A secret is never shown twice, so none can come or go; what the register shows as weaker is decided before. */
function problemsOf(former: Metadata, next: Metadata, isReviewed: boolean): string[] {
  const isWeaker =
    (former.require_pkce && !next.require_pkce) ||
    (!former.claims_in_id_token && next.claims_in_id_token) ||
    (isConfidential(former) && !isConfidential(next));
  return [
    ...(usesSecret(former) === usesSecret(next)
      ? []
      : ['token_endpoint_auth_method: a secret neither comes nor goes; register anew']),
    ...(isReviewed && isWeaker ? [NOT_WEAKER] : []),
  ];
}
