import type { IncomingMessage } from 'node:http';
import { bodyParser } from '@koa/bodyparser';
import type { Context } from 'koa';
import { Refusal } from './refusal.ts';

/** Name → every value sent under it, in order. A Map: no name can reach a prototype. */
export type FormBody = ReadonlyMap<string, readonly string[]>;

const TYPE = 'application/x-www-form-urlencoded';
export const MOST_FIELDS = 1000;

// As text, so that one parser of ours decides what a doubled or bracketed name means.
const readText = bodyParser({ enableTypes: ['text'], extendTypes: { text: [TYPE] }, textLimit: '64kb' });

const bodies = new WeakMap<IncomingMessage, FormBody>();

/** Reads a urlencoded body of at most 64 KiB; anything else is a Refusal. */
export async function readBody(ctx: Context): Promise<FormBody> {
  // No browser packs a form; one that does not unpack would be an error of ours.
  if (!ctx.is(TYPE) || ctx.get('content-encoding') !== '') throw new Refusal('wrong-type');
  await readText(ctx, async () => {});
  const body = parse(typeof ctx.request.body === 'string' ? ctx.request.body : '');
  bodies.set(ctx.req, body);
  return body;
}

/** What was read of another type, by `guardUploads`. */
export function keepBody(ctx: Context, body: FormBody): void {
  bodies.set(ctx.req, body);
}

/** What `guardForms` read. Throws on a route that it does not guard. */
export function getBody(ctx: Context): FormBody {
  const body = bodies.get(ctx.req);
  if (!body) throw new Error('a form was read on a route that guardForms does not protect');
  return body;
}

/** The page that a form stood on, by its hidden field `from`: the way back after a refusal. */
export function pageBehind(ctx: Context): string | undefined {
  return bodies.get(ctx.req)?.get('from')?.[0];
}

function parse(text: string): FormBody {
  const body = new Map<string, string[]>();
  for (const [name, value] of new URLSearchParams(text)) {
    const values = body.get(name);
    if (values) values.push(value);
    else body.set(name, [value]);
    if (body.size > MOST_FIELDS) throw new Refusal('bad-request');
  }
  return body;
}
