import { RosterFault } from '../problem.ts';

const HEAD_BYTES = 512;
const READ = new Set(['utf-8', 'iso-8859-15', 'iso-8859-1']);

/** Bytes → text in the encoding the XML declaration names (UTF-8 without one, XML 1.0 §4.3.3), strictly. */
export async function* decodeXml(chunks: AsyncIterable<Buffer>): AsyncGenerator<string> {
  let decoder: { write(chunk: Buffer): string; end(): string } | undefined;
  let head = Buffer.alloc(0);
  for await (const chunk of chunks) {
    if (decoder) {
      yield decoder.write(chunk);
      continue;
    }
    head = Buffer.concat([head, chunk]);
    if (head.length < HEAD_BYTES) continue;
    decoder = decoderFor(head);
    yield decoder.write(head);
  }
  if (decoder) return yield decoder.end();
  if (head.length === 0) throw new RosterFault('empty', 0);
  decoder = decoderFor(head);
  yield decoder.write(head) + decoder.end();
}

function decoderFor(head: Buffer) {
  const start = head
    .subarray(0, HEAD_BYTES)
    .toString('latin1')
    .replace(/^\xef\xbb\xbf/, '');
  if (!/^\s*</.test(start)) throw new RosterFault('not-xml', 0);
  const declared = /^<\?xml[^>]*?\sencoding\s*=\s*["']([\w.-]+)["']/.exec(start)?.[1] ?? 'utf-8';
  const encoding = declared.toLowerCase();
  if (!READ.has(encoding)) throw new RosterFault('encoding', 0, `it declares ${declared.slice(0, 40)}`);
  return encoding === 'utf-8' ? utf8() : latin(encoding);
}

function utf8() {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  return {
    write: (chunk: Buffer) => orFault(() => decoder.decode(chunk, { stream: true }), 'encoding'),
    // Bytes that begin a character and stop: the file was cut in the middle of a letter.
    end: () => orFault(() => decoder.decode(), 'truncated'),
  };
}

/** Every byte is some character in Latin-9, so what betrays a wrong declaration is that it all reads as UTF-8. */
function latin(encoding: string) {
  const decoder = new TextDecoder(encoding, { fatal: true });
  const other = new TextDecoder('utf-8', { fatal: true });
  let hasAccents = false;
  let readsAsUtf8 = true;
  const tryUtf8 = (read: () => string) => {
    try {
      if (readsAsUtf8) read();
    } catch {
      readsAsUtf8 = false;
    }
  };
  return {
    write(chunk: Buffer) {
      hasAccents ||= chunk.some((byte) => byte >= 0x80);
      tryUtf8(() => other.decode(chunk, { stream: true }));
      return decoder.decode(chunk, { stream: true });
    },
    end() {
      tryUtf8(() => other.decode());
      if (hasAccents && readsAsUtf8)
        throw new RosterFault('encoding', 0, 'it declares ISO-8859 and is UTF-8');
      return decoder.decode();
    },
  };
}

function orFault(read: () => string, reason: 'encoding' | 'truncated'): string {
  try {
    return read();
  } catch {
    throw new RosterFault(reason, 0);
  }
}
