import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import { createApp } from '../../src/app.ts';
import { buildParts, type Parts } from '../../src/parts.ts';
import { type Accounts, accountsOn } from '../accounts/builders.ts';
import { createEstablishment, order, PASSWORD, somebody, type World, withTotp } from '../login/people.ts';
import { testConfig } from '../support/config.ts';
import { type TestStores, testStores } from '../support/stores.ts';

const NEXT = 'cinq chaises dans le couloir';

let stores: TestStores;
let accounts: Accounts;
let parts: Parts;
let server: Server;
let issuer: string;
let world: World;
let offset = 0;
beforeAll(async () => {
  stores = await testStores();
  accounts = await accountsOn(stores);
  await createEstablishment(stores);
  server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  issuer = `http://localhost:${(server.address() as AddressInfo).port}`;
  const config = {
    ...testConfig(),
    secrets: stores.secrets,
    issuer,
  };
  const surroundings = { now: () => new Date(Date.now() + offset), logger: pino({ level: 'silent' }) };
  parts = await buildParts(config, { ...stores, close: async () => {} }, surroundings);
  const app = await createApp(parts);
  server.on('request', app.koa.callback());
  world = { stores, accounts, hasher: parts.hasher, orders: parts.orders };
}, 60_000);
beforeEach(() => {
  offset = 0;
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await parts.close();
  await stores.close();
});

describe('the whole way in, through the engine', () => {
  it('goes from a page of ours to the sign-in and back, and out again', async () => {
    const { username } = await somebody(world);
    const browser = new Browser();
    const page = await browser.open('/account');
    expect(page.url).toMatch(/\/interaction\//);
    const back = await browser.submit({ username, password: PASSWORD });
    expect([back.status, back.url]).toEqual([200, '/account']);
    expect(back.text).toContain(username);
    const out = await browser.post('/account/sign-out', { logout: 'yes' });
    expect(out.url).toBe('/signed-out');
    expect((await browser.open('/account')).url).toMatch(/\/interaction\//);
  });

  it('asks the second factor of who has one; leaving halfway signs nobody in', async () => {
    const who = await somebody(world);
    const totp = await withTotp(world, who);
    const browser = new Browser();
    await browser.open('/account');
    const second = await browser.submit({ username: who.username, password: PASSWORD });
    expect(second.url).toMatch(/\/second-factor$/);
    expect((await browser.open('/')).text).toContain('Se connecter');
    expect((await browser.open('/account')).url).toMatch(/\/interaction\/[^/]+$/);
    await browser.submit({ username: who.username, password: PASSWORD });
    const wrong = await browser.submit({ otp: '000000' });
    expect(wrong.status).toBe(422);
    const inside = await browser.submit({ otp: totp.codeAt(new Date()) });
    expect([inside.status, inside.url]).toEqual([200, '/account']);
  });

  it('goes on here after a change of password, and nowhere else', async () => {
    const { username } = await somebody(world);
    const [here, there] = [new Browser(), new Browser()];
    for (const browser of [here, there]) {
      await browser.open('/account');
      await browser.submit({ username, password: PASSWORD });
    }
    await here.open('/account/password');
    const changed = await here.submit({ current: PASSWORD, password: NEXT });
    expect([changed.status, changed.url]).toEqual([200, '/account?done=password']);
    expect((await here.open('/account')).url).toBe('/account');
    // Its session is alive for the engine as well: no question at the next sign-in.
    expect((await here.open('/login?to=/account')).url).toBe('/account');
    expect((await there.open('/account')).url).toMatch(/\/interaction\//);
    expect((await there.submit({ username, password: PASSWORD })).status).toBe(422);
    expect((await there.submit({ username, password: NEXT })).url).toBe('/account');
  });

  it('asks for the credentials again before the second factor is changed', async () => {
    const { username } = await somebody(world);
    const browser = new Browser();
    await browser.open('/account');
    await browser.submit({ username, password: PASSWORD });
    offset = 11 * 60_000;
    const again = await browser.open('/account/second-factor');
    expect(again.url).toMatch(/\/interaction\//);
    offset = 0;
    const enrolment = await browser.submit({ username, password: PASSWORD });
    expect([enrolment.status, enrolment.url]).toEqual([200, '/account/second-factor']);
  });

  it('waits where an order freezes who is signed in, and goes on after it', async () => {
    const { person, username } = await somebody(world);
    const browser = new Browser();
    await browser.open('/account');
    await browser.submit({ username, password: PASSWORD });
    const id = await order(world, { measure: 'freeze', person });
    expect((await browser.open('/account')).status).toBe(403);
    expect((await browser.open('/login?to=/account')).text).toContain('en pause');
    await stores.db.updateTable('orders').set({ ended_at: new Date() }).where('id', '=', id).execute();
    const { version } = await stores.db.selectFrom('order_clock').select('version').executeTakeFirstOrThrow();
    await parts.orders.upTo(version);
    expect((await browser.open('/account')).url).toBe('/account');
  });

  it('ends at once with the lock of one’s own account', async () => {
    const { username } = await somebody(world);
    const browser = new Browser();
    await browser.open('/account');
    await browser.submit({ username, password: PASSWORD });
    await browser.open('/account/lock');
    expect((await browser.submit({ confirm: 'yes' })).text).toContain('Votre compte est bloqué');
    await browser.open('/account');
    const refused = await browser.submit({ username, password: PASSWORD });
    expect([refused.status, refused.text.includes('Ce compte est bloqué')]).toEqual([403, true]);
  });
});

interface Shown {
  status: number;
  /** Path and query. */
  url: string;
  text: string;
}

/** Follows redirects and keeps cookies by name and path, as browsers do. */
class Browser {
  readonly #cookies = new Map<string, { name: string; value: string; path: string }>();
  #shown: Shown = { status: 0, url: '/', text: '' };

  open(path: string): Promise<Shown> {
    return this.#send(path, {});
  }

  /** The first form of the page, but for those of the head and the foot. */
  submit(fields: Record<string, string>): Promise<Shown> {
    const form = /<form class="form form-block" method="post" action="([^"]+)"[\s\S]*?<\/form>/.exec(
      this.#shown.text,
    );
    return this.post(form?.[1] ?? '', fields);
  }

  post(action: string, fields: Record<string, string>): Promise<Shown> {
    const csrf = /name="csrf" value="([^"]+)"/.exec(this.#shown.text)?.[1] ?? '';
    const body = new URLSearchParams({ csrf, ...fields }).toString();
    return this.#send(action, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
  }

  async #send(address: string, init: RequestInit): Promise<Shown> {
    let url = new URL(address, issuer);
    let next = init;
    for (let hop = 0; hop < 12; hop += 1) {
      const cookie = this.#cookieFor(url.pathname);
      const headers = {
        accept: 'text/html',
        ...(next.headers as Record<string, string>),
        ...(cookie && { cookie }),
      };
      const response = await fetch(url, { ...next, headers, redirect: 'manual' });
      for (const line of response.headers.getSetCookie()) this.#keep(line, url.pathname);
      const location = response.headers.get('location');
      const text = await response.text();
      if (response.status !== 303 || !location) {
        this.#shown = { status: response.status, url: url.pathname + url.search, text };
        return this.#shown;
      }
      url = new URL(location, url);
      next = {};
    }
    throw new Error('redirected for ever');
  }

  #keep(line: string, from: string): void {
    const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
    const path = /; ?path=([^;]+)/i.exec(line)?.[1] ?? from;
    if (/expires=Thu, 01 Jan 1970/i.test(line)) this.#cookies.delete(`${name} ${path}`);
    else this.#cookies.set(`${name} ${path}`, { name, value, path });
  }

  #cookieFor(pathname: string): string {
    return [...this.#cookies.values()]
      .filter(({ path }) => path === '/' || pathname === path || pathname.startsWith(`${path}/`))
      .map(({ name, value }) => `${name}=${value}`)
      .join('; ');
  }
}
