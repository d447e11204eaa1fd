import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Router } from '@koa/router';
import { guardForms } from '../../src/http/csrf.ts';
import { render } from '../../src/http/render.ts';
import { errorPage } from '../../views/error.ts';
import { type RunningEdge, startEdge } from './edge-harness.ts';

let edge: RunningEdge;
let done = 0;

function routes(): Router {
  const router = new Router();
  router.use(guardForms());
  router.get('/page', (ctx) => render(ctx, errorPage, { reason: 'not-found' }));
  for (const method of ['post', 'put', 'delete'] as const) {
    router[method]('/act', (ctx) => {
      done += 1;
      ctx.body = 'done';
    });
  }
  return router;
}

beforeAll(async () => {
  edge = await startEdge(routes());
});
afterAll(() => edge.stop());

describe('a form of ours', () => {
  it('acts with the token of its own browser', async () => {
    const browser = edge.browser();
    await browser.get('/page');
    expect((await browser.post('/act', { csrf: browser.token() })).status).toBe(200);
    expect((await browser.post('/act', { csrf: browser.token() })).status).toBe(200);
  });

  it('acts from our page, where the browser says "Origin: null" and "same-origin"', async () => {
    const browser = edge.browser();
    await browser.get('/page');
    const headers = { origin: 'null', 'sec-fetch-site': 'same-origin' };
    expect((await browser.post('/act', { csrf: browser.token() }, headers)).status).toBe(200);
  });

  it.each([
    ['no token', () => ({})],
    ['an empty token', () => ({ csrf: '' })],
    ['a made-up token', () => ({ csrf: 'x'.repeat(43) })],
  ])('does nothing with %s, and says so kindly', async (_, form) => {
    const browser = edge.browser();
    await browser.get('/page');
    const before = done;
    const response = await browser.post('/act', form());
    expect(response.status).toBe(403);
    expect(await response.text()).toContain('<h1>Cette page est restée ouverte trop longtemps</h1>');
    expect(done).toBe(before);
  });

  it('does nothing with the token of another browser', async () => {
    const [mine, theirs] = [edge.browser(), edge.browser()];
    await Promise.all([mine.get('/page'), theirs.get('/page')]);
    expect((await mine.post('/act', { csrf: theirs.token() })).status).toBe(403);
  });

  it('does nothing with a planted cookie that we did not sign', async () => {
    const [mine, attacker] = [edge.browser(), edge.browser()];
    await attacker.get('/page');
    mine.cookies.set('preau_browser', attacker.cookies.get('preau_browser') ?? '');
    mine.cookies.set('preau_browser.sig', 'forged');
    expect((await mine.post('/act', { csrf: attacker.token() })).status).toBe(403);
  });

  it.each([
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { origin: 'https://evil.example' },
    { origin: 'http://localhost:3000.evil.example' },
    { origin: 'https://evil.example', 'sec-fetch-site': 'same-origin' },
  ])('does nothing from another site: %p', async (headers) => {
    const browser = edge.browser();
    await browser.get('/page');
    expect((await browser.post('/act', { csrf: browser.token() }, headers)).status).toBe(403);
  });

  it('guards every method that changes something', async () => {
    for (const method of ['POST', 'PUT', 'DELETE']) {
      const response = await fetch(`${edge.url}/act`, { method, body: new URLSearchParams({ a: '1' }) });
      expect(response.status).toBe(403);
    }
  });

  it('gives a refused browser what it needs to try again', async () => {
    const browser = edge.browser();
    await browser.post('/act', {});
    expect((await browser.post('/act', { csrf: browser.token() })).status).toBe(200);
  });
});

describe('the page of a refusal', () => {
  it.each([
    ['/page?step=2', '/page?step=2'],
    ['https://evil.example/', '/'],
    ['//evil.example/', '/'],
  ])('leads from a form on %s back to %s', async (from, address) => {
    const text = await (await edge.browser().post('/act', { from })).text();
    expect(text).toContain(`<a class="button button-primary" href="${address}">Réessayer</a>`);
  });
});

describe('the cookie of a browser', () => {
  it('is signed, HttpOnly, Lax and for this host alone where the issuer is https', async () => {
    await using secure = await startEdge(routes(), { issuer: 'https://preau.example' });
    const response = await secure.get('/page');
    const lines = response.headers.getSetCookie();
    expect(lines.map((line) => line.split('=')[0])).toEqual([
      '__Host-preau_browser',
      '__Host-preau_browser.sig',
    ]);
    for (const line of lines) {
      expect(line).toMatch(/; path=\/; samesite=lax; secure; httponly$/i);
    }
  });

  it('is refused by a server with another key', async () => {
    await using other = await startEdge(routes(), { cookieKey: Buffer.alloc(32, 'another key') });
    const browser = edge.browser();
    await browser.get('/page');
    const elsewhere = other.browser();
    for (const [name, value] of browser.cookies) elsewhere.cookies.set(name, value);
    expect((await elsewhere.post('/act', { csrf: browser.token() })).status).toBe(403);
  });
});
