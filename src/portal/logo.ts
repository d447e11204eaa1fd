import type { Context } from 'koa';
import { Refusal } from '../http/refusal.ts';
import type { Remote } from '../http/remote.ts';
import { selectRelyingParty } from '../relying-parties/store.ts';
import type { Db } from '../storage/postgres.ts';

export interface LogoDependencies {
  readonly db: Db;
  readonly remote: Pick<Remote, 'get'>;
}

interface Image {
  readonly type: string;
  readonly bytes: Buffer;
}

type Kept = Map<string, { until: number; image: Promise<Image | undefined> }>;

const HOUR = 3_600_000;
const MOST_KEPT = 200;

/**
 * Logos by our own address: whoever signs in is not shown to the publisher's server, and it is asked once an hour,
 * however often the page is opened.
 */
export function createShowLogo(from: LogoDependencies): (ctx: Context) => Promise<void> {
  const kept: Kept = new Map();
  return async (ctx) => {
    const party = await selectRelyingParty(from.db, String(ctx.params.clientId));
    const uri = party?.metadata.logo_uri;
    const image = uri && (await keptOr(kept, uri, () => imageAt(from.remote, uri)));
    if (!image) throw new Refusal('not-found');
    ctx.set('Cache-Control', 'public, max-age=3600');
    ctx.type = image.type;
    ctx.body = image.bytes;
  };
}

/** Also what could not be had: a page opened often asks nobody often. */
function keptOr(kept: Kept, uri: string, ask: () => Promise<Image | undefined>): Promise<Image | undefined> {
  const known = kept.get(uri);
  if (known && known.until > performance.now()) return known.image;
  const image = ask();
  kept.delete(uri);
  kept.set(uri, { until: performance.now() + HOUR, image });
  const [oldest] = kept.keys();
  if (kept.size > MOST_KEPT && oldest !== undefined) kept.delete(oldest);
  return image;
}

async function imageAt(remote: Pick<Remote, 'get'>, uri: string): Promise<Image | undefined> {
  try {
    const response = await remote.get(uri);
    const bytes = Buffer.from(await response.arrayBuffer());
    const type = response.ok ? typeOf(bytes) : undefined;
    return type ? { type, bytes } : undefined;
  } catch {
    return undefined;
  }
}

/** By what it is and not by what it is called; SVG, which can hold scripts, is none. */
function typeOf(bytes: Buffer): string | undefined {
  const head = bytes.subarray(0, 12).toString('latin1');
  if (head.startsWith('\x89PNG\r\n\x1a\n')) return 'image/png';
  if (head.startsWith('\xff\xd8\xff')) return 'image/jpeg';
  if (/^GIF8[79]a/.test(head)) return 'image/gif';
  return /^RIFF....WEBP/s.test(head) ? 'image/webp' : undefined;
}
