import { randomBytes } from 'node:crypto';
import type { Publisher } from './relying-party.ts';

/** By name or id; where none is given, one of its own. */
export function publisherNamed(given: string | undefined, otherwise?: string): Publisher {
  const own = `own-${randomBytes(6).toString('hex')}`;
  if (given === undefined) return { id: own, name: otherwise ?? own };
  const slug = given
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 63);
  return { id: slug || own, name: given };
}
