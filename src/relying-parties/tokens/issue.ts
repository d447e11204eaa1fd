import type { Actor } from '../../audit/actor.ts';
import { record } from '../../audit/record.ts';
import { randomToken } from '../../crypto/tokens.ts';
import type { Tx } from '../../storage/postgres.ts';
import { generateLettersAndDigits } from '../client-secret.ts';
import { findOrAddPublisher } from '../publisher.ts';
import type { Dependencies } from '../register-client.ts';
import { endApiToken, insertApiToken, insertInitialToken } from './store.ts';

export interface IssuedToken {
  readonly token: string;
  readonly publisher: string;
  readonly untilAt: Date;
}

export type Issue<Token> = { outcome: 'issued'; issued: Token } | { outcome: 'other-publisher'; id: string };

interface Wish {
  publisher?: string | undefined;
  seconds: number;
  reason?: string | undefined;
}

/** Under it clients are registered over the network (RFC 7591 §3), into the sandbox, for one publisher. */
export function createIssueInitialToken(from: Dependencies) {
  return (by: Actor, wish: Wish): Promise<Issue<IssuedToken>> =>
    issue(from, wish, async (tx, { token, publisher, untilAt, at, digest }) => {
      await insertInitialToken(tx, { digest, publisher, at, untilAt });
      const details = { publisher, until: untilAt.toISOString() };
      const { reason } = wish;
      await record(tx, by, { name: 'client.initial-token-issued', details, ...(reason && { reason }) }, at);
      return { token, publisher, untilAt };
    });
}

/** For the HTTP API: all clients and contracts of one publisher. */
export function createIssueApiToken(from: Dependencies) {
  return (by: Actor, wish: Wish): Promise<Issue<IssuedToken & { id: string }>> =>
    issue(from, wish, async (tx, { token, publisher, untilAt, at, digest }) => {
      const id = generateLettersAndDigits(12);
      await insertApiToken(tx, { id, digest, publisher, by, at, untilAt });
      const details = { id, publisher, until: untilAt.toISOString() };
      const { reason } = wish;
      await record(tx, by, { name: 'api-token.issued', details, ...(reason && { reason }) }, at);
      return { id, token, publisher, untilAt };
    });
}

export type Revocation = { outcome: 'revoked'; publisher: string } | { outcome: 'unknown' };

export function createRevokeApiToken({ db, now }: Pick<Dependencies, 'db' | 'now'>) {
  return (by: Actor, { id, reason }: { id: string; reason?: string | undefined }): Promise<Revocation> =>
    db.transaction().execute(async (tx) => {
      const at = now();
      const ended = await endApiToken(tx, id, at);
      if (!ended) return { outcome: 'unknown' };
      const { publisher } = ended;
      const details = { id, publisher };
      await record(tx, by, { name: 'api-token.revoked', details, ...(reason && { reason }) }, at);
      return { outcome: 'revoked', publisher };
    });
}

interface Making extends IssuedToken {
  digest: Buffer;
  at: Date;
}

function issue<Token>(
  { db, digests, now }: Dependencies,
  { publisher: named, seconds }: Wish,
  keep: (tx: Tx, making: Making) => Promise<Token>,
): Promise<Issue<Token>> {
  return db.transaction().execute(async (tx) => {
    const found = await findOrAddPublisher(tx, named);
    if (found.outcome === 'other-publisher') return found;
    const publisher = found.publisher.id;
    const at = now();
    const untilAt = new Date(at.getTime() + seconds * 1000);
    const token = randomToken();
    const digest = digests.of('registration-token', token);
    return {
      outcome: 'issued',
      issued: await keep(tx, { token, digest, publisher, at, untilAt }),
    };
  });
}
