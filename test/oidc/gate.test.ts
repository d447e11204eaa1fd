import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from '@jest/globals';
import Koa from 'koa';
import { type Adapter, type KoaContextWithOIDC, Provider } from 'oidc-provider';
import { createEngineGate } from '../../src/oidc/gate.ts';
import { generateSigningKey } from '../../src/oidc/signing-keys.ts';

let stop: () => Promise<void>;
afterEach(() => stop());

interface Gate {
  address: string;
  /** Of the last request, and whether its answer is out. */
  last(): { ctx: Koa.Context; closed: Promise<unknown> };
  troubles: unknown[];
}

async function gateTo(engine: Koa): Promise<Gate> {
  const app = new Koa();
  const troubles: unknown[] = [];
  app.on('error', (error) => troubles.push(error));
  let last: ReturnType<Gate['last']>;
  app.use((ctx, next) => {
    last = { ctx, closed: once(ctx.res, 'close') };
    return next();
  });
  app.use(createEngineGate(() => engine as unknown as Provider));
  const server = app.listen(0, '127.0.0.1');
  await once(server, 'listening');
  stop = async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  };
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    last: () => last,
    troubles,
  };
}

it('lets go of what a request had once it is answered', async () => {
  const jwks = { keys: [await generateSigningKey('ES256')] };
  const engine = new Provider('http://127.0.0.1', {
    jwks,
    adapter: () => ({}) as Adapter,
    cookies: { keys: ['of-no-worth-in-a-test'] },
    features: { devInteractions: { enabled: false } },
  });
  let oidc: Partial<KoaContextWithOIDC['oidc']> & { ctx?: unknown } = {};
  engine.use(async (ctx, next) => {
    await next();
    oidc = ctx.oidc;
  });
  const gate = await gateTo(engine as unknown as Koa);
  const answer = await fetch(`${gate.address}/jwks`);
  expect(await answer.json()).toMatchObject({ keys: [{ kty: 'EC' }] });
  const { ctx, closed } = gate.last();
  await closed;
  const held = Reflect.ownKeys(ctx).filter((name) => name !== 'oidc' && Reflect.get(ctx, name) !== undefined);
  expect(held).toEqual([]);
  expect([oidc.route, oidc.ctx]).toEqual([undefined, undefined]);
  expect(gate.troubles).toEqual([]);
});

it('keeps what a request has whose sender went away, until whoever works on it is done', async () => {
  const engine = new Koa();
  const held = Promise.withResolvers<void>();
  const asked = Promise.withResolvers<void>();
  const done = Promise.withResolvers<unknown>();
  engine.use(async (ctx) => {
    asked.resolve();
    await held.promise;
    ctx.set('x-worked', 'on');
    ctx.body = 'too late';
    done.resolve(ctx.req);
  });
  const gate = await gateTo(engine);
  const leaving = new AbortController();
  const answer = fetch(gate.address, { signal: leaving.signal });
  await asked.promise;
  const { ctx, closed } = gate.last();
  const { req } = ctx;
  leaving.abort();
  await expect(answer).rejects.toThrow();
  await closed;
  held.resolve();
  expect(await done.promise).toBe(req);
  expect(ctx.body).toBe('too late');
  expect(gate.troubles).toEqual([]);
});
