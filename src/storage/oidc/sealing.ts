import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { Digests } from '../../crypto/digests.ts';

/**
 * Every value is sealed under a key drawn from its own id, which Redis never sees: what is read in Redis opens
 * nothing and names nobody, and what is written there by somebody else does not open.
 */
export interface Sealing {
  /** The digest that stands for an id in a key or a comparison. */
  nameOf(kind: string, id: string): string;
  seal(kind: string, id: string, value: unknown): string;
  open(kind: string, id: string, sealed: string): unknown;
}

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

export function createSealing(digests: Digests): Sealing {
  const keyOf = (kind: string, id: string) => digests.of('oidc-record', `key ${kind} ${id}`);
  return {
    nameOf: (kind, id) => digests.of('oidc-record', `name ${kind} ${id}`).toString('base64url'),
    seal: (kind, id, value) => sealJson(keyOf(kind, id), value),
    open: (kind, id, sealed) => openJson(keyOf(kind, id), sealed),
  };
}

function sealJson(key: Buffer, value: unknown): string {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, nonce);
  const body = Buffer.concat([cipher.update(JSON.stringify(value), 'utf8'), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), body]).toString('base64');
}

function openJson(key: Buffer, sealed: string): unknown {
  const bytes = Buffer.from(sealed, 'base64');
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, NONCE_BYTES));
  decipher.setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
  const body = Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()]);
  return JSON.parse(body.toString('utf8'));
}
