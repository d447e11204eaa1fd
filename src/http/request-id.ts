import { randomFillSync } from 'node:crypto';
import { crockfordOf } from '../crypto/crockford.ts';

const CHARACTERS = 12;

/** Short enough to read out on the telephone: `7K3F-Q2M9-XW4T`. What is random about them is drawn for many at once. */
export function createRequestIds(): () => string {
  const random = Buffer.alloc(CHARACTERS * 256);
  let next = random.length;
  return () => {
    if (next === random.length) {
      randomFillSync(random);
      next = 0;
    }
    const id = crockfordOf(random.subarray(next, next + CHARACTERS));
    next += CHARACTERS;
    return `${id.slice(0, 4)}-${id.slice(4, 8)}-${id.slice(8)}`;
  };
}
