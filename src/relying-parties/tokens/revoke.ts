import type { Actor } from '../../audit/actor.ts';
import type { AuditEvent } from '../../audit/events.ts';
import { record } from '../../audit/record.ts';
import type { Tx } from '../../storage/postgres.ts';
import type { Dependencies } from '../register-client.ts';
import { endApiToken, endInitialToken, type IntegratorToken } from './store.ts';

export type Revocation = { outcome: 'revoked'; publisher: string } | { outcome: 'unknown' };

type From = Pick<Dependencies, 'db' | 'now'>;

/** Refused from the next request on. What was registered under it stays: its clients have tokens of their own. */
export const createRevokeInitialToken = (from: From) =>
  createRevoke(from, { end: endInitialToken, event: 'client.initial-token-revoked' });

export const createRevokeApiToken = (from: From) =>
  createRevoke(from, { end: endApiToken, event: 'api-token.revoked' });

interface Kind {
  end(tx: Tx, id: string, at: Date): Promise<IntegratorToken | undefined>;
  event: AuditEvent;
}

function createRevoke({ db, now }: From, { end, event: name }: Kind) {
  return (by: Actor, { id, reason }: { id: string; reason?: string | undefined }): Promise<Revocation> =>
    db.transaction().execute(async (tx) => {
      const at = now();
      const ended = await end(tx, id, at);
      if (!ended) return { outcome: 'unknown' };
      const { publisher } = ended;
      await record(tx, by, { name, details: { id, publisher }, ...(reason && { reason }) }, at);
      return { outcome: 'revoked', publisher };
    });
}
