import type Provider from 'oidc-provider';
import { endSession } from '../sessions/end-session.ts';
import type { Sessions } from '../storage/oidc/sessions.ts';
import type { Db } from '../storage/postgres.ts';
import type { Names } from './digests.ts';
import { withOutages } from './outages.ts';
import type { RequestStates } from './request-state.ts';

export interface SessionEndDependencies {
  readonly db: Db;
  readonly sessions: Pick<Sessions, 'end'>;
  readonly names: Names;
  readonly states: RequestStates;
  readonly now: () => Date;
  readonly longestSessionSeconds: number;
}

/**
 * The end of a session is one operation: PostgreSQL with its audit line, then Redis. Here and not in the adapter's
 * destroy, which the renewal of cookie ids uses too (design D9). What ended before ends once.
 */
export function installSessionEnd(provider: Provider, from: SessionEndDependencies): void {
  const { prototype } = provider.Session;
  const destroy = prototype.destroy;
  const endAndDestroy = withOutages(async (session: typeof prototype) => {
    if (session.accountId) await end(from, session.uid);
    await destroy.call(session);
  });
  prototype.destroy = function (this: typeof prototype) {
    return endAndDestroy(this);
  };
}

async function end(from: SessionEndDependencies, uid: string): Promise<void> {
  const person = from.states().answer?.standing.person?.number;
  const by =
    person === undefined
      ? ({ kind: 'system', name: 'sessions' } as const)
      : ({ kind: 'person', person } as const);
  await endSession(from.db, { uidDigest: from.names.session(uid), by, reason: 'sign-out', at: from.now() });
  await from.sessions.end(uid, from.longestSessionSeconds);
}
