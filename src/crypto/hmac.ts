import { createHmac, hash } from 'node:crypto';

const BLOCK_BYTES = 128;
const DIGEST_BYTES = 64;
const ROOM = 1024;
const MOST_BYTES_OF_A_CHARACTER = 3;

/** HMAC-SHA-512 of a text, as 64 characters of latin1: one for each byte. */
export type HmacSha512 = (text: string) => string;

/**
 * RFC 2104 §2 as it is written there: two digests, each made at once and handed over as a text. Where several are drawn
 * in every request, an object of Node's and bytes of its own for each cost three times as much.
 */
export function createHmacSha512(key: Buffer): HmacSha512 {
  if (key.length > BLOCK_BYTES) throw new Error(`a key has at most ${BLOCK_BYTES} bytes`);
  const inner = begin(key, { pad: 0x36, room: ROOM });
  const outer = begin(key, { pad: 0x5c, room: DIGEST_BYTES });
  return (text) => {
    if (text.length * MOST_BYTES_OF_A_CHARACTER > ROOM)
      return createHmac('sha512', key).update(text, 'utf8').digest('binary');
    const end = BLOCK_BYTES + inner.write(text, BLOCK_BYTES, 'utf8');
    outer.write(hash('sha512', inner.subarray(0, end), 'binary'), BLOCK_BYTES, 'latin1');
    return hash('sha512', outer, 'binary');
  };
}

/** The key, padded, and room for what it is of. */
function begin(key: Buffer, { pad, room }: { pad: number; room: number }): Buffer {
  const bytes = Buffer.alloc(BLOCK_BYTES + room);
  bytes.fill(pad, 0, BLOCK_BYTES);
  for (const [index, byte] of key.entries()) bytes[index] = byte ^ pad;
  return bytes;
}
