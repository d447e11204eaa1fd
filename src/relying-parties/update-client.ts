import type { Actor } from '../audit/actor.ts';
import { record } from '../audit/record.ts';
import type { Db, Tx } from '../storage/postgres.ts';
import { changesOf, reviewedChanges } from './changes/difference.ts';
import { type AskedChange, deleteChange, replaceChange } from './changes/store.ts';
import { hasState } from './contracts/store.ts';
import { isConfidential, type Metadata, metadataSchema, usesSecret } from './metadata.ts';
import { describe } from './register-client.ts';
import { lockClient, updateMetadata } from './store.ts';
import type { TokenDigests } from './tokens/registration-token.ts';
import { replaceRegistrationToken, selectRegistrationToken } from './tokens/store.ts';

export type UpdateResult =
  | { outcome: 'updated'; metadata: Metadata }
  | { outcome: 'invalid'; problems: string[] }
  | { outcome: 'unknown' }
  /** It was approved as it is. */
  | { outcome: 'approved' }
  /** Another change came first: this one was made without knowing it. */
  | { outcome: 'overtaken' }
  /** It stays as it was approved until somebody approves this. */
  | { outcome: 'asked'; change: AskedChange; fields: string[] };

interface Update {
  clientId: string;
  metadata: unknown;
  /**
   * `sandbox`: only while nobody has approved it. `review`: its publisher, whose changes of what was approved wait for
   * an approval. `any-state`: whoever answers for it.
   */
  within: 'sandbox' | 'review' | 'any-state';
  /** The token that was shown for it (RFC 7592): the next takes its place with the change. */
  managedWith?: TokenDigests | undefined;
  /** What the change was made of: nothing is changed of what is another by now. */
  seen?: Metadata | undefined;
  reason?: string | undefined;
}

/** The whole registration anew, but for its id, its publisher and its secret. */
export function createUpdateClient({ db, now }: { db: Db; now: () => Date }) {
  return async (by: Actor, given: Update): Promise<UpdateResult> => {
    const { clientId, within, reason, managedWith, seen } = given;
    const read = metadataSchema.safeParse(given.metadata);
    if (!read.success) return { outcome: 'invalid', problems: read.error.issues.map(describe) };
    return db.transaction().execute(async (tx): Promise<UpdateResult> => {
      const at = now();
      const former = await lockClient(tx, clientId);
      const managed = managedWith && (await selectRegistrationToken(tx, { ...managedWith, at }));
      if (!former || (managedWith && managed?.clientId !== clientId)) return { outcome: 'unknown' };
      if (seen && isOther(former, seen)) return { outcome: 'overtaken' };
      const isApproved = await wasApproved(tx, clientId);
      if (isApproved && within === 'sandbox') return { outcome: 'approved' };
      const isReviewed = isApproved || (await hasState(tx, clientId, 'requested'));
      const isAwaited = isReviewed && !isApproved && within !== 'any-state';
      const update = { clientId, former, next: read.data, by, at, reason };
      const problems = problemsOf(update, { isReviewed, isAwaited });
      if (problems.length > 0) return { outcome: 'invalid', problems };
      if (managed?.token === 'former') return repeated(update);
      if (isApproved && within === 'review' && reviewedChanges(former, read.data).length > 0)
        return askFor(tx, update);
      if (managedWith) await replaceRegistrationToken(tx, { ...managedWith, at });
      return put(tx, update);
    });
  };
}

/** Its token was taken for a change whose answer was lost, and which this is; or for another's. */
function repeated({ former, next }: Change): UpdateResult {
  return isOther(former, next) ? { outcome: 'overtaken' } : { outcome: 'updated', metadata: former };
}

function isOther(one: Metadata, other: Metadata): boolean {
  return changesOf(one, other).changed.length > 0;
}

interface Change {
  clientId: string;
  former: Metadata;
  next: Metadata;
  by: Actor;
  at: Date;
  reason: string | undefined;
}

/** Whatever waited was asked of what is no longer there. */
async function put(tx: Tx, { clientId, former, next, by, at, reason }: Change): Promise<UpdateResult> {
  await updateMetadata(tx, { clientId, metadata: next });
  await deleteChange(tx, { clientId });
  const details = { clientId, ...changesOf(former, next) };
  await record(tx, by, { name: 'client.updated', details, ...(reason && { reason }) }, at);
  return { outcome: 'updated', metadata: next };
}

async function askFor(tx: Tx, { clientId, former, next, by, at, reason }: Change): Promise<UpdateResult> {
  const change = await replaceChange(tx, { clientId, metadata: next, by, at });
  const details = { clientId, change: change.id, changed: changesOf(former, next).changed };
  await record(tx, by, { name: 'client.change-asked', details, ...(reason && { reason }) }, at);
  return { outcome: 'asked', change, fields: reviewedChanges(former, next) };
}

export async function wasApproved(tx: Tx, clientId: string): Promise<boolean> {
  for (const state of ['approved', 'suspended', 'ended'] as const)
    if (await hasState(tx, clientId, state)) return true;
  return false;
}

const NOT_WEAKER =
  'require_pkce, claims_in_id_token, token_endpoint_auth_method: not weaker once its approval is asked for';

/** A secret is never shown twice, so none can come or go; what is approved is decided before it is looked at. */
function problemsOf(
  { former, next }: Pick<Change, 'former' | 'next'>,
  { isReviewed, isAwaited }: { isReviewed: boolean; isAwaited: boolean },
): string[] {
  const isWeaker =
    (former.require_pkce && !next.require_pkce) ||
    (!former.claims_in_id_token && next.claims_in_id_token) ||
    (isConfidential(former) && !isConfidential(next));
  const awaited = isAwaited ? reviewedChanges(former, next) : [];
  return [
    ...(usesSecret(former) === usesSecret(next)
      ? []
      : ['token_endpoint_auth_method: a secret neither comes nor goes; register anew']),
    ...(isReviewed && isWeaker ? [NOT_WEAKER] : []),
    ...awaited.map((name) => `${name}: its approval is asked for as it is; propose the contract anew first`),
  ];
}
