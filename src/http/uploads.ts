import type { IncomingMessage } from 'node:http';
import type { Context, Middleware } from 'koa';
import { guardForms, requireToken } from './csrf.ts';
import { type FormBody, keepBody, MOST_FIELDS } from './form-body.ts';
import { Refusal } from './refusal.ts';

export interface UploadedFile {
  /** As the browser says it: for people to read, never a path. */
  name: string;
  bytes: Uint8Array;
}

const uploads = new WeakMap<IncomingMessage, readonly UploadedFile[]>();

const TYPE = 'multipart/form-data';
const UPLOADS_AT_ONCE = 3;

/**
 * As `guardForms`, for the few forms that bring files: so many bytes in all, so many uploads at once, and whoever comes
 * beyond that tries again. A form without a file is read like any other.
 */
export function guardUploads({ mostBytes }: { mostBytes: number }): Middleware {
  const withoutFiles = guardForms();
  let running = 0;
  return async (ctx, next) => {
    if (!ctx.is(TYPE)) return withoutFiles(ctx, next);
    if (Number(ctx.get('content-length')) > mostBytes) throw new Refusal('too-large');
    if (running >= UPLOADS_AT_ONCE) throw new Refusal('unavailable', { retryAfter: 5 });
    running += 1;
    try {
      const { body, files } = await readParts(ctx, mostBytes);
      requireToken(ctx, body);
      keepBody(ctx, body);
      uploads.set(ctx.req, files);
      await next();
    } finally {
      running -= 1;
    }
  };
}

/** Those with a name and content: a field left empty brings an unnamed one. */
export function uploadedFiles(ctx: Context): readonly UploadedFile[] {
  return uploads.get(ctx.req) ?? [];
}

interface Parts {
  body: FormBody;
  files: UploadedFile[];
}

async function readParts(ctx: Context, mostBytes: number): Promise<Parts> {
  const headers = { 'content-type': ctx.get('content-type') };
  const bytes = await readAll(ctx.req, mostBytes);
  const form = await new Response(bytes, { headers }).formData().catch((cause: unknown) => {
    throw new Refusal('bad-request', { cause });
  });
  const body = new Map<string, string[]>();
  const files: UploadedFile[] = [];
  for (const [name, value] of form as unknown as Iterable<[string, string | File]>) {
    if (body.size + files.length > MOST_FIELDS) throw new Refusal('bad-request');
    if (typeof value === 'string') body.set(name, [...(body.get(name) ?? []), value]);
    else if (value.size > 0)
      files.push({ name: nameOf(value), bytes: new Uint8Array(await value.arrayBuffer()) });
  }
  return { body, files };
}

async function readAll(request: IncomingMessage, mostBytes: number): Promise<Buffer<ArrayBuffer>> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > mostBytes) throw new Refusal('too-large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function nameOf({ name }: File): string {
  const last = name.split(/[\\/]/).at(-1) ?? '';
  return last.replace(/[\p{Cc}\p{Cf}]/gu, '').slice(0, 120);
}
