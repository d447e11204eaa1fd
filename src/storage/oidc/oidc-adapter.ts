import type { Adapter } from 'oidc-provider';
import type { Digests } from '../../crypto/digests.ts';
import type { Redis } from '../redis.ts';
import { createGrantFamilies, type GrantFamilies } from './grant-families.ts';
import { RecordAdapter } from './record-adapter.ts';
import type { RecordGuard } from './record-guard.ts';
import { Records } from './records.ts';
import { createReplayDetection, type IsUnique } from './replay.ts';
import type { Requests } from './request-notes.ts';
import { createSealing } from './sealing.ts';
import { SessionAdapter } from './session-adapter.ts';
import { Sessions } from './sessions.ts';

export interface OidcStorageDependencies {
  readonly redis: Redis;
  readonly digests: Digests;
  readonly guard: RecordGuard;
  readonly requests: Requests;
  readonly now: () => Date;
  readonly lifetimes: Lifetimes;
}

export interface Lifetimes {
  /** How long a revoked grant is remembered: longer than anything that belongs to it. */
  readonly grantSeconds: number;
  /** A pushed request is remembered until the interaction it began has ended, or it could be used twice. */
  readonly interactionSeconds: number;
}

export interface OidcStorage {
  readonly sessions: Sessions;
  readonly isUnique: IsUnique;
  /** For the engine, per model; never for clients, which come from memory. */
  adapterFor(model: string): Adapter;
}

export interface AdapterParts {
  readonly records: Records;
  readonly sessions: Sessions;
  readonly families: GrantFamilies;
  readonly guard: RecordGuard;
  readonly requests: Requests;
  readonly lifetimes: Lifetimes;
}

export function createOidcStorage(from: OidcStorageDependencies): OidcStorage {
  const shared = { redis: from.redis, sealing: createSealing(from.digests), now: from.now };
  const parts: AdapterParts = {
    records: new Records(shared),
    sessions: new Sessions(shared),
    families: createGrantFamilies(shared),
    guard: from.guard,
    requests: from.requests,
    lifetimes: from.lifetimes,
  };
  return {
    sessions: parts.sessions,
    isUnique: createReplayDetection({ ...shared, requests: from.requests }),
    adapterFor: (model) =>
      model === 'Session' ? new SessionAdapter(parts) : new RecordAdapter(model, parts),
  };
}
