import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Router } from '@koa/router';
import type { Middleware } from 'koa';
import { guardForms } from '../../src/http/csrf.ts';
import { answerError } from '../../src/http/errors.ts';
import { render } from '../../src/http/render.ts';
import { localeOf, wishLocales } from '../../src/http/request.ts';
import { allowFormTarget } from '../../src/http/security-headers.ts';
import { Unavailable } from '../../src/storage/unavailable.ts';
import { errorPage } from '../../views/error.ts';
import { type RunningEdge, startEdge } from './edge-harness.ts';

let edge: RunningEdge;

/** Answers in the app's own contexts, as the engine does. */
const engine: Middleware = async (ctx) => {
  if (ctx.path === '/token') {
    let body = '';
    for await (const chunk of ctx.req) body += chunk;
    ctx.body = body;
  } else if (ctx.path === '/page') {
    wishLocales(ctx, 'en');
    allowFormTarget(ctx, 'https://rp.example/cb');
    render(ctx, errorPage, { reason: 'not-found' });
  } else {
    ctx.redirect('https://rp.example/cb?code=secret');
    answerError(ctx, new Unavailable('Redis'));
  }
  ctx.set('x-locale', localeOf(ctx));
};

beforeAll(async () => {
  const router = new Router();
  router.use(guardForms());
  router.post('/ours', (ctx) => {
    ctx.body = 'ours';
  });
  edge = await startEdge(router, { last: engine });
});
afterAll(() => edge.stop());

describe('the engine behind the edge', () => {
  it('gets its own POST untouched, without any token of ours', async () => {
    const response = await fetch(`${edge.url}/token`, {
      method: 'POST',
      body: new URLSearchParams({ a: '1' }),
    });
    expect([response.status, await response.text()]).toEqual([200, 'a=1']);
  });

  it('shows our pages, with a form that our router accepts', async () => {
    const browser = edge.browser();
    const response = await browser.get('/page');
    expect(await response.text()).toContain('This page does not exist');
    expect(response.headers.get('content-security-policy')).toContain(
      "form-action 'self' https://rp.example;",
    );
    expect((await browser.post('/ours', { csrf: browser.token() })).status).toBe(200);
  });

  it('answers an outage with our page and nothing that it had set before', async () => {
    const response = await edge.get('/down');
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '2']);
    expect(response.headers.get('location')).toBeNull();
    expect(response.headers.get('content-security-policy')).toContain("form-action 'self';");
    expect(await response.text()).toContain('Préau fait une petite pause');
  });

  it('has its line in the log', async () => {
    await edge.get('/page');
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(edge.log.at(-1)).toMatchObject({ msg: 'request', path: '/page', status: 200 });
  });
});
