import { createCipheriv, createDecipheriv, type KeyObject, randomFillSync } from 'node:crypto';
import { keyObjectOf } from './key-objects.ts';

const FORMAT = 1;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const OVERHEAD = 1 + NONCE_BYTES + TAG_BYTES;

/** Sealed bytes that do not open: another key, another place, truncated or altered. Carries no content. */
export class SealBroken extends Error {
  override readonly name = 'SealBroken';

  constructor(what: string, options: { cause?: unknown } = {}) {
    super(`${what} does not open`, { cause: options.cause });
  }
}

/** AES-256-GCM: format (1 byte), nonce (12), ciphertext, tag (16). `context` is bound, not stored. */
export function sealBytes(key: Buffer | KeyObject, context: Buffer, plaintext: Uint8Array): Buffer {
  // Random nonces hold for 2^32 seals under one key (NIST SP 800-38D §8.3); a data key seals one per person.
  const nonce = nextNonce();
  const cipher = createCipheriv('aes-256-gcm', keyObjectOf(key), nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(context);
  const sealed = Buffer.allocUnsafe(OVERHEAD + plaintext.length);
  sealed[0] = FORMAT;
  sealed.set(nonce, 1);
  sealed.set(cipher.update(plaintext), 1 + NONCE_BYTES);
  // GCM holds nothing back: what ends it adds the tag alone.
  cipher.final();
  sealed.set(cipher.getAuthTag(), sealed.length - TAG_BYTES);
  return sealed;
}

const drawn = Buffer.alloc(NONCE_BYTES * 256);
let used = drawn.length;

/** From a few KB that are drawn at once: asking for twelve bytes costs as much as sealing them. Good until the next. */
function nextNonce(): Buffer {
  if (used === drawn.length) {
    randomFillSync(drawn);
    used = 0;
  }
  used += NONCE_BYTES;
  return drawn.subarray(used - NONCE_BYTES, used);
}

/** Throws SealBroken, never answers garbage. `what` names the thing in that error. */
export function openBytes(
  key: Buffer | KeyObject,
  context: Buffer,
  sealed: Uint8Array,
  what: string,
): Buffer {
  if (sealed.length < OVERHEAD || sealed[0] !== FORMAT) throw new SealBroken(what);
  const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength);
  const nonce = bytes.subarray(1, 1 + NONCE_BYTES);
  const decipher = createDecipheriv('aes-256-gcm', keyObjectOf(key), nonce, { authTagLength: TAG_BYTES });
  decipher.setAAD(context);
  decipher.setAuthTag(bytes.subarray(bytes.length - TAG_BYTES));
  const ciphertext = bytes.subarray(1 + NONCE_BYTES, bytes.length - TAG_BYTES);
  try {
    return Buffer.concat([decipher.update(ciphertext), decipher.final()]);
  } catch (cause) {
    throw new SealBroken(what, { cause });
  }
}
