import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import type { Context, Middleware } from 'koa';

export interface Assets {
  /** `preau.css` → `/assets/preau.3f9a0c12ab.css`. Throws for what is no asset. */
  url(name: string): string;
  serve: Middleware;
}

export const ASSETS_FOLDER = join(import.meta.dirname, '..', '..', 'views', 'assets');

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml; charset=utf-8',
};

interface Asset {
  name: string;
  url: string;
  type: string;
  content: Buffer;
}

/** The content's hash stands in the address, so that a browser may keep it for ever. */
export function loadAssets(folder: string = ASSETS_FOLDER): Assets {
  const assets = readdirSync(folder)
    .filter((name) => extname(name) in TYPES)
    .map((name) => read(folder, name));
  const byName = new Map(assets.map((asset) => [asset.name, asset]));
  const byUrl = new Map(assets.map((asset) => [asset.url, asset]));
  return {
    url: (name) => {
      const asset = byName.get(name);
      if (!asset) throw new Error(`views/assets has no ${name}`);
      return asset.url;
    },
    serve: (ctx, next) => {
      const asset = ['GET', 'HEAD'].includes(ctx.method) ? byUrl.get(ctx.path) : undefined;
      return asset ? send(ctx, asset) : next();
    },
  };
}

function send(ctx: Context, { type, content }: Asset): void {
  ctx.set('Cache-Control', 'public, max-age=31536000, immutable');
  ctx.set('Content-Type', type);
  ctx.body = content;
}

function read(folder: string, name: string): Asset {
  const content = readFileSync(join(folder, name));
  const extension = extname(name);
  const hash = createHash('sha256').update(content).digest('hex').slice(0, 10);
  const url = `/assets/${name.slice(0, -extension.length)}.${hash}${extension}`;
  return { name, url, type: TYPES[extension] ?? 'application/octet-stream', content };
}
