import type { Digests } from '../../crypto/digests.ts';
import type { Db } from '../../storage/postgres.ts';
import type { CeremonyAwaited } from '../ceremony.ts';
import { findRequest } from './store.ts';

export interface Dependencies {
  db: Db;
  digests: Digests;
  awaited: readonly CeremonyAwaited[];
  now: () => Date;
}

/** What the browser that typed a code shows while it waits. */
export interface Waiting {
  ceremony: CeremonyAwaited['name'];
  shown: string | undefined;
  expiresAt: Date;
}

export type FindWaiting = (token: string | undefined) => Promise<Waiting | undefined>;

/** The same for a code that opens nothing. Whether somebody has given the second proof, `findVisit` says. */
export function createFindWaiting({ db, digests, awaited, now }: Dependencies): FindWaiting {
  return async (token) => {
    if (token === undefined) return undefined;
    const request = await findRequest(db, { tokenDigest: digests.of('ceremony', token), at: now() });
    const policy = awaited.find(({ name }) => name === request?.ceremony);
    return request && policy && { ...request, ceremony: policy.name, shown: policy.shown(token) };
  };
}
