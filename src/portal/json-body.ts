import type { Context } from 'koa';

const LONGEST = 64 * 1024;

export type JsonBody = { outcome: 'read'; value: unknown } | { outcome: 'not-json' };

/** At most 64 KiB of `application/json`; of more the rest is let go by, so that its sender can read the answer. */
export async function readJson(ctx: Context): Promise<JsonBody> {
  if (!ctx.is('application/json')) return { outcome: 'not-json' };
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of ctx.req as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length <= LONGEST) chunks.push(chunk);
  }
  if (length > LONGEST) return { outcome: 'not-json' };
  try {
    return { outcome: 'read', value: JSON.parse(Buffer.concat(chunks).toString('utf8')) };
  } catch {
    return { outcome: 'not-json' };
  }
}
