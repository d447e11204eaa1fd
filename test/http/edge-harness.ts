import type { AddressInfo } from 'node:net';
import { Writable } from 'node:stream';
import type { Router } from '@koa/router';
import Koa from 'koa';
import { pino } from 'pino';
import { installEdge } from '../../src/http/edge.ts';
import { languageRoutes } from '../../src/http/language.ts';

export interface RunningEdge extends AsyncDisposable {
  url: string;
  /** Every line of the log, parsed. */
  log: Record<string, unknown>[];
  get(path: string, headers?: Record<string, string>): Promise<Response>;
  stop(): Promise<void>;
  /** A browser: keeps its cookies from one request to the next. */
  browser(): Browser;
}

export interface Browser {
  get(path: string, headers?: Record<string, string>): Promise<Response>;
  post(
    path: string,
    form: Record<string, string> | string,
    headers?: Record<string, string>,
  ): Promise<Response>;
  /** The token that the last page of ours held. */
  token(): string;
  cookies: Map<string, string>;
}

interface Options {
  issuer?: string;
  mode?: string;
  trustedProxies?: string[];
  cookieKey?: Buffer;
  /** Stands where the engine is mounted. */
  last?: Koa.Middleware;
}

/** A real koa server with the edge in front of the routes, on a free port of loopback. */
export async function startEdge(router: Router, options: Options = {}): Promise<RunningEdge> {
  const app = new Koa();
  const log: Record<string, unknown>[] = [];
  const lines = new Writable({
    write(chunk, _encoding, done) {
      log.push(JSON.parse(String(chunk)));
      done();
    },
  });
  const { issuer = 'http://localhost:3000', mode = 'test', trustedProxies = [] } = options;
  const secrets = { cookieKey: options.cookieKey ?? Buffer.alloc(32, 'cookie key of a test') };
  installEdge(app, { config: { issuer, mode, secrets, trustedProxies }, logger: pino(lines) });
  app.use(languageRoutes().routes());
  app.use(router.routes()).use(router.allowedMethods());
  if (options.last) app.use(options.last);
  const server = app.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const get = (path: string, headers: Record<string, string> = {}): Promise<Response> =>
    fetch(url + path, { headers: { accept: 'text/html', ...headers }, redirect: 'manual' });
  const stop = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return {
    url,
    log,
    get,
    browser: () => openBrowser(url),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

function openBrowser(url: string): Browser {
  const cookies = new Map<string, string>();
  let token = '';
  const send = async (path: string, init: RequestInit): Promise<Response> => {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const headers = {
      accept: 'text/html',
      ...(cookie && { cookie }),
      ...(init.headers as Record<string, string>),
    };
    const response = await fetch(url + path, { ...init, headers, redirect: 'manual' });
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      cookies.set(name, value);
    }
    token = /name="csrf" value="([^"]+)"/.exec(await response.clone().text())?.[1] ?? token;
    return response;
  };
  return {
    cookies,
    token: () => token,
    get: (path, headers = {}) => send(path, { headers }),
    post: (path, form, headers = {}) =>
      send(path, {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
        body: new URLSearchParams(form).toString(),
      }),
  };
}
