import type { Actor } from '../audit/actor.ts';
import { record } from '../audit/record.ts';
import { clientSecretDigest, generateClientSecret } from './client-secret.ts';
import { usesSecret } from './metadata.ts';
import type { Dependencies } from './register-client.ts';
import { insertSecret, keepNewestSecret, lockClient } from './store.ts';

export interface Rotation {
  readonly clientId: string;
  /** How long the former secret goes on working beside the new one. */
  readonly overlapSeconds: number;
  readonly reason?: string | undefined;
}

export type RotationResult =
  | { outcome: 'rotated'; clientId: string; secret: string; formerUntil: Date }
  | { outcome: 'unknown' }
  | { outcome: 'no-secret' };

/** Always possible, for a secret may have leaked: of two that work the older one ends with a third (design D11). */
export function createRotateSecret(from: Dependencies) {
  return (by: Actor, { clientId, overlapSeconds, reason }: Rotation): Promise<RotationResult> =>
    from.db.transaction().execute(async (tx) => {
      const metadata = await lockClient(tx, clientId);
      if (!metadata) return { outcome: 'unknown' };
      if (!usesSecret(metadata)) return { outcome: 'no-secret' };
      const at = from.now();
      const formerUntil = new Date(at.getTime() + overlapSeconds * 1000);
      const secret = generateClientSecret();
      await keepNewestSecret(tx, clientId, formerUntil);
      await insertSecret(tx, { clientId, digest: clientSecretDigest(from.digests, clientId, secret) });
      const details = { clientId, formerUntil: formerUntil.toISOString() };
      await record(tx, by, { name: 'client.secret-rotated', details, ...(reason && { reason }) }, at);
      return { outcome: 'rotated', clientId, secret, formerUntil };
    });
}
