import type { Context, Next } from 'koa';

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

/** Whoever asks here is a program, whatever it says it accepts: what goes wrong is JSON too. */
export function answerInJson(ctx: Context, next: Next): Promise<void> {
  ctx.req.headers.accept = 'application/json';
  return next();
}
