import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Router } from '@koa/router';
import { z } from 'zod';
import { guardForms } from '../../src/http/csrf.ts';
import { readForm } from '../../src/http/forms.ts';
import { render } from '../../src/http/render.ts';
import { errorPage } from '../../views/error.ts';
import { type Browser, type RunningEdge, startEdge } from './edge-harness.ts';

const schema = z.object({
  username: z.string().min(1).max(20, 'http.field_invalid'),
  password: z.string().min(12, 'sample.too_short'),
  reason: z.string().optional(),
  'pupils[]': z.array(z.string()).max(3),
});

let edge: RunningEdge;
let browser: Browser;

beforeAll(async () => {
  const router = new Router();
  router.get('/', (ctx) => render(ctx, errorPage, { reason: 'not-found' }));
  const nested = new Router().post('/form', (ctx) => {
    ctx.body = readForm(ctx, schema, { multiline: ['reason'] });
  });
  router.post('/unguarded', (ctx) => {
    ctx.body = readForm(ctx, schema);
  });
  router.use('/guarded', guardForms());
  router.use('/guarded', nested.routes());
  edge = await startEdge(router);
  browser = edge.browser();
  await browser.get('/');
});
afterAll(() => edge.stop());

async function send(form: string): Promise<{ status: number; answer: unknown }> {
  const response = await browser.post('/guarded/form', `csrf=${browser.token()}&${form}`);
  const text = await response.text();
  return { status: response.status, answer: text.startsWith('{') ? JSON.parse(text) : text };
}

const GOOD = 'username=lina&password=%20twelve%20chars%20';

describe('readForm', () => {
  it('reads what the schema names, as it was typed, and drops the rest', async () => {
    const { answer } = await send(`${GOOD}&admin=true&pupils[]=1&pupils%5B%5D=2&reason=a%0D%0Ab`);
    expect(answer).toEqual({
      outcome: 'read',
      values: { username: 'lina', password: ' twelve chars ', reason: 'a\r\nb', 'pupils[]': ['1', '2'] },
    });
  });

  it('names the words for each wrong field', async () => {
    expect((await send('username=&password=short')).answer).toEqual({
      outcome: 'invalid',
      fields: { username: 'http.field_missing', password: 'sample.too_short' },
    });
    expect((await send('password=long%20enough%20now')).answer).toMatchObject({
      fields: { username: 'http.field_missing' },
    });
  });

  it.each(['%00', '%0A', '%1B', '%7F', '%C2%85', '%E2%80%A8', '%FF', '%09'])(
    'refuses %s in a line',
    async (byte) => {
      expect((await send(`${GOOD.replace('lina', `li${byte}na`)}`)).answer).toEqual({
        outcome: 'invalid',
        fields: { username: 'http.field_characters' },
      });
    },
  );

  it('refuses a parameter sent twice', async () => {
    expect((await send(`${GOOD}&username=admin`)).status).toBe(400);
  });

  it.each([
    '__proto__[polluted]=1',
    '__proto__=1',
    'constructor[prototype][polluted]=1',
    'username[polluted]=1',
  ])('gains nothing from %s', async (extra) => {
    const { answer } = await send(`${GOOD}&${extra}`);
    expect(answer).toMatchObject({ outcome: 'read', values: { username: 'lina' } });
    expect(JSON.stringify(answer)).not.toContain('polluted');
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  it('lets a password of some KiB pass and refuses a body past 64 KiB', async () => {
    const long = 'x'.repeat(8_192);
    expect((await send(`username=lina&password=${long}`)).answer).toMatchObject({
      values: { password: long },
    });
    expect((await send(`username=lina&password=${'x'.repeat(70_000)}`)).status).toBe(413);
  });

  it('refuses thousands of fields', async () => {
    const many = Array.from({ length: 1_200 }, (_, index) => `f${index}=`).join('&');
    expect((await send(many)).status).toBe(400);
  });

  it.each(['application/json', 'multipart/form-data; boundary=x', 'text/plain'])(
    'refuses %s',
    async (type) => {
      const body = `csrf=${browser.token()}&${GOOD}`;
      expect((await browser.post('/guarded/form', body, { 'content-type': type })).status).toBe(415);
    },
  );

  it.each(['gzip', 'deflate', 'br', 'x'])(
    'refuses a body packed by %s, and unpacks nothing',
    async (coding) => {
      const answer = await browser.post('/guarded/form', 'no gzip', { 'content-encoding': coding });
      expect(answer.status).toBe(415);
    },
  );

  it('throws on a route without a guard, so that none can be forgotten', async () => {
    expect((await browser.post('/unguarded', GOOD)).status).toBe(500);
  });
});
