import type { Actor } from '../../audit/actor.ts';
import { record } from '../../audit/record.ts';
import { randomToken } from '../../crypto/tokens.ts';
import type { Tx } from '../../storage/postgres.ts';
import { generateLettersAndDigits } from '../client-secret.ts';
import { findOrAddPublisher } from '../publisher.ts';
import type { Dependencies } from '../register-client.ts';
import { insertApiToken, insertInitialToken } from './store.ts';

export interface IssuedToken {
  readonly id: string;
  readonly token: string;
  readonly publisher: string;
  readonly untilAt: Date;
}

export type Issue = { outcome: 'issued'; issued: IssuedToken } | { outcome: 'other-publisher'; id: string };

interface Wish {
  publisher?: string | undefined;
  seconds: number;
  reason?: string | undefined;
}

/** Under it clients are registered over the network (RFC 7591 §3), into the sandbox, for one publisher. */
export function createIssueInitialToken(from: Dependencies) {
  return (by: Actor, wish: Wish): Promise<Issue> =>
    issue(from, wish, async (tx, { id, digest, publisher, at, untilAt }) => {
      await insertInitialToken(tx, { id, digest, publisher, at, untilAt });
      const details = { id, publisher, until: untilAt.toISOString() };
      const { reason } = wish;
      await record(tx, by, { name: 'client.initial-token-issued', details, ...(reason && { reason }) }, at);
    });
}

/** For the HTTP API: all clients and contracts of one publisher. */
export function createIssueApiToken(from: Dependencies) {
  return (by: Actor, wish: Wish): Promise<Issue> =>
    issue(from, wish, async (tx, { id, digest, publisher, at, untilAt }) => {
      await insertApiToken(tx, { id, digest, publisher, by, at, untilAt });
      const details = { id, publisher, until: untilAt.toISOString() };
      const { reason } = wish;
      await record(tx, by, { name: 'api-token.issued', details, ...(reason && { reason }) }, at);
    });
}

interface Making extends IssuedToken {
  digest: Buffer;
  at: Date;
}

function issue(
  { db, digests, now }: Dependencies,
  { publisher: named, seconds }: Wish,
  keep: (tx: Tx, making: Making) => Promise<void>,
): Promise<Issue> {
  return db.transaction().execute(async (tx) => {
    const found = await findOrAddPublisher(tx, named);
    if (found.outcome === 'other-publisher') return found;
    const publisher = found.publisher.id;
    const at = now();
    const untilAt = new Date(at.getTime() + seconds * 1000);
    const token = randomToken();
    const digest = digests.of('registration-token', token);
    const issued = { id: generateLettersAndDigits(12), token, publisher, untilAt };
    await keep(tx, { ...issued, digest, at });
    return { outcome: 'issued', issued };
  });
}
