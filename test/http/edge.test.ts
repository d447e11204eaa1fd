import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Router } from '@koa/router';
import { createLogger } from '../../src/http/logger.ts';
import { Refusal } from '../../src/http/refusal.ts';
import { render } from '../../src/http/render.ts';
import { clientAddressOf, wishLocales } from '../../src/http/request.ts';
import { allowFormTarget } from '../../src/http/security-headers.ts';
import { Unavailable } from '../../src/storage/unavailable.ts';
import { errorPage } from '../../views/error.ts';
import { type RunningEdge, startEdge } from './edge-harness.ts';

let edge: RunningEdge;

function routes(): Router {
  const router = new Router();
  router.get('/page', (ctx) => render(ctx, errorPage, { reason: 'not-found' }));
  router.get('/english', (ctx) => {
    wishLocales(ctx, 'en-GB fr');
    render(ctx, errorPage, { reason: 'not-found' });
  });
  router.get('/towards', (ctx) => {
    allowFormTarget(ctx, String(ctx.query.uri));
    ctx.body = 'ok';
  });
  router.get('/address', (ctx) => {
    ctx.body = clientAddressOf(ctx);
  });
  router.get('/down', (ctx) => {
    ctx.redirect('https://rp.example/cb?code=secret');
    ctx.cookies.set('session', 'fresh', { signed: false });
    allowFormTarget(ctx, 'https://rp.example/cb');
    throw new Unavailable('PostgreSQL', { retryAfter: 7, cause: new Error('connect ECONNREFUSED') });
  });
  router.get('/bug', () => {
    const cause = Object.assign(new Error('Key (username)=(lina.martin) already exists'), { code: '23505' });
    throw new Error('invalid input "lina.martin" for code 7Q4M-XW2K', { cause });
  });
  router.get('/throws-text', () => {
    throw 'lina.martin';
  });
  router.get('/refused', () => {
    throw new Refusal('too-many', { retryAfter: 180 });
  });
  router.get('/person/:name/code', (ctx) => {
    ctx.body = 'ok';
  });
  return router;
}

beforeAll(async () => {
  edge = await startEdge(routes());
});
afterAll(() => edge.stop());

async function lastLine(message: string): Promise<Record<string, unknown>> {
  await new Promise((resolve) => setTimeout(resolve, 20));
  return edge.log.filter((line) => line.msg === message).at(-1) ?? {};
}

const POLICY =
  "default-src 'none'; script-src 'none'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
  "form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

describe('every answer', () => {
  it.each(['/page', '/nowhere', '/down', '/bug'])('of %s carries the security headers', async (path) => {
    const { headers } = await edge.get(path);
    expect(Object.fromEntries(headers)).toMatchObject({
      'content-security-policy': POLICY,
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
      'cache-control': 'no-store',
      'permissions-policy': expect.stringContaining('camera=()'),
    });
    expect(headers.has('server') || headers.has('x-powered-by')).toBe(false);
    expect(headers.has('strict-transport-security')).toBe(false);
  });

  it('asks for https for two years where the issuer is https', async () => {
    await using secure = await startEdge(routes(), { issuer: 'https://preau.example' });
    const response = await secure.get('/page');
    expect(response.headers.get('strict-transport-security')).toBe('max-age=63072000; includeSubDomains');
  });

  it.each([
    ['https://rp.example/cb?tenant=1', "form-action 'self' https://rp.example;"],
    ['http://127.0.0.1:3001/cb', "form-action 'self' http://127.0.0.1:3001;"],
    ['http://[::1]:3001/cb', "form-action 'self' http:;"],
    ["https://rp.example; script-src 'unsafe-inline'/cb", "form-action 'self';"],
    ['javascript:alert(1)', "form-action 'self';"],
  ])('lets a form end at %s', async (uri, directive) => {
    const response = await edge.get(`/towards?uri=${encodeURIComponent(uri)}`);
    const policy = response.headers.get('content-security-policy');
    expect(policy).toContain(directive);
    expect(policy).not.toContain('unsafe-inline');
  });

  it('knows the client only from trusted proxies', async () => {
    const headers = { 'x-forwarded-for': '203.0.113.9' };
    expect(await (await edge.get('/address', headers)).text()).toBe('127.0.0.1');
    await using behind = await startEdge(routes(), { trustedProxies: ['127.0.0.0/8'] });
    expect(await (await behind.get('/address', headers)).text()).toBe('203.0.113.9');
  });
});

describe('the language of a page', () => {
  it('is French first, then what the browser, the application or the person asks', async () => {
    expect(await (await edge.get('/page')).text()).toContain('<html lang="fr" dir="ltr">');
    expect(await (await edge.get('/page', { 'accept-language': 'en' })).text()).toContain(
      '<html lang="en" dir="ltr">',
    );
    expect(await (await edge.get('/english')).text()).toContain('This page does not exist');
  });

  it('is switched by a button that returns to the same page and is remembered', async () => {
    const browser = edge.browser();
    await browser.get('/page?step=2');
    const form = { csrf: browser.token(), language: 'en', from: '/page?step=2' };
    const response = await browser.post('/language', form);
    expect([response.status, response.headers.get('location')]).toEqual([303, '/page?step=2']);
    expect(await (await browser.get('/page')).text()).toContain('This page does not exist');
  });

  it.each([
    'https://evil.example',
    '//evil.example',
    '/\\evil.example',
    '/\t/evil.example',
    'javascript:x',
    '/..//evil.example',
    '',
  ])('never leads away to %p', async (address) => {
    const browser = edge.browser();
    await browser.get('/page');
    const response = await browser.post('/language', {
      csrf: browser.token(),
      language: 'en',
      from: address,
    });
    expect(response.headers.get('location') ?? '/').not.toMatch(/evil|javascript|^\/[/\\]/);
  });

  it('is not switched without the token', async () => {
    const response = await edge.browser().post('/language', { language: 'en', address: '/' });
    expect(response.status).toBe(403);
  });
});

describe('an error', () => {
  it('of a dependency is 503 with Retry-After and nothing that the failed step set', async () => {
    const response = await edge.get('/down');
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '7']);
    expect(response.headers.get('location')).toBeNull();
    expect(response.headers.getSetCookie().join()).not.toContain('session');
    expect(await response.text()).toContain('Préau fait une petite pause');
  });

  it('is JSON for a machine', async () => {
    const response = await edge.get('/down', { accept: 'application/json' });
    expect(await response.json()).toEqual({
      error: 'unavailable',
      trace: expect.stringMatching(/^(\w{4}-?){3}$/),
    });
  });

  it('of ours is 500 with a number that leads to the log, which names nobody', async () => {
    const response = await edge.get('/bug');
    const text = await response.text();
    expect(response.status).toBe(500);
    const line = await lastLine('unexpected error');
    expect(text).toContain(String(line.requestId));
    expect(line.error).toMatchObject({
      type: 'Error',
      cause: { code: '23505', message: expect.stringMatching(/already exists/) },
    });
    expect(text + JSON.stringify(line)).not.toMatch(/lina|martin|7Q4M/i);
  });

  it('that is no error is still a page', async () => {
    expect((await edge.get('/throws-text')).status).toBe(500);
    expect(JSON.stringify(await lastLine('unexpected error'))).not.toContain('lina');
  });

  it.each(['fr', 'en'])('has one heading and a way on, in %s', async (language) => {
    for (const path of ['/nowhere', '/down', '/bug', '/refused']) {
      const text = await (await edge.get(path, { 'accept-language': language })).text();
      expect(text.match(/<h1>/g)).toHaveLength(1);
      expect(text).toMatch(/class="button button-primary" href="\//);
    }
  });

  it('tells how long to wait', async () => {
    const response = await edge.get('/refused');
    expect([response.status, response.headers.get('retry-after')]).toEqual([429, '180']);
    expect(await response.text()).toContain('Attendez environ 3 minutes.');
  });

  it('says which methods an address knows', async () => {
    const put = await fetch(`${edge.url}/page`, { method: 'PUT', headers: { accept: 'text/html' } });
    expect([put.status, put.headers.get('allow')]).toEqual([405, 'HEAD, GET']);
  });

  it.each([
    ...['/%', '/%c0%af', '//evil.example/x', '/a%00b', `/${'a'.repeat(8000)}`, '/<script>x</script>'],
    ...['http://[', 'http://[::1/page', 'http://evil.example:x/page', '*'],
  ])('meets the hostile address %p calmly', async (path) => {
    const status = await rawGet(edge.url, path);
    expect([400, 404]).toContain(status);
  });

  // RFC 9112 §3.2.2
  it('is none where a request names a whole address', async () => {
    expect(await rawGet(edge.url, 'http://evil.example/page')).toBe(200);
  });
});

/** fetch would tidy the address first. */
function rawGet(url: string, path: string): Promise<number> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const encoded = path.replace(/[<>]/g, encodeURIComponent);
    request({ hostname, port, path: encoded }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    })
      .on('error', reject)
      .end();
  });
}

describe('the request log', () => {
  it('has the words of the address, never what was in it', async () => {
    await edge.get('/person/Lina%20Martin/code?code=7Q4MXW2K&x=%0A{"msg":"forged"}', {
      cookie: 'sid=secret',
    });
    const line = await lastLine('request');
    expect(line).toMatchObject({
      method: 'GET',
      path: '/person/:/code',
      status: 200,
      ms: expect.any(Number),
    });
    expect(JSON.stringify(edge.log)).not.toMatch(/Lina|7Q4M|forged|sid|secret/);
  });
});

describe('the log of a process', () => {
  it('says which rule of PostgreSQL an error broke, and nothing of the row that broke it', () => {
    const lines: string[] = [];
    const detail = 'Failing row contains (17, Lina, 203.0.113.9).';
    const words = 'new row for relation "alarms" violates check constraint "alarms_rule"';
    const cause = Object.assign(new Error(words), { code: '23514', constraint: 'alarms_rule', detail });
    const logger = createLogger('info', { write: (line) => void lines.push(line) });
    logger.warn({ err: new Error('not looked', { cause }), rule: 'findBaitUsed' }, 'alarms: not looked');
    expect(JSON.parse(lines.join(''))).toMatchObject({
      ...{ msg: 'alarms: not looked', rule: 'findBaitUsed' },
      err: { message: 'not looked', cause: { code: '23514', constraint: 'alarms_rule' } },
    });
    expect(lines.join('')).not.toMatch(/Lina|203/);
  });
});

describe('an asset', () => {
  it('is kept for ever under the hash of its content, and unknown under another', async () => {
    const page = await (await edge.get('/page')).text();
    const address = /href="(\/assets\/preau\.[0-9a-f]{10}\.css)"/.exec(page)?.[1] ?? '';
    const response = await edge.get(address);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'text/css; charset=utf-8',
      'cache-control': 'public, max-age=31536000, immutable',
      'x-content-type-options': 'nosniff',
    });
    expect((await edge.get(address.replace(/\.[0-9a-f]{10}/, '.0000000000'))).status).toBe(404);
    expect((await edge.get('/assets/..%2f..%2fpackage.json')).status).toBe(404);
  });
});
