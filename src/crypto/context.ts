/** Length before each part: no two different lists of parts give the same bytes. */
export function contextOf(...parts: readonly (string | number)[]): Buffer {
  return Buffer.concat(parts.flatMap((part) => withLength(Buffer.from(String(part), 'utf8'))));
}

function withLength(bytes: Buffer): Buffer[] {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return [length, bytes];
}
