import { createSecretKey, type KeyObject } from 'node:crypto';

const known = new WeakMap<Buffer, KeyObject>();

/** From bytes, Node makes a key object anew for each digest or seal, which costs several times what it is for. */
export function keyObjectOf(key: Buffer | KeyObject): KeyObject {
  if (!Buffer.isBuffer(key)) return key;
  const made = known.get(key) ?? createSecretKey(key);
  known.set(key, made);
  return made;
}
