import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { PASSWORD, somebody } from '../login/people.ts';
import type { Application, Tokens } from '../support/application.ts';
import { openBrowser, openVisitor } from '../support/browser.ts';
import { type World, wholeWorld } from '../support/world.ts';

let world: World;
let browser: Browser;
let server: Server;
let application: Application;
let callback: string;

beforeAll(async () => {
  world = await wholeWorld();
  server = createServer(async (request, response) => {
    const [, silent] = request.url?.split('/app?') ?? [];
    if (silent) return void response.setHeader('content-type', 'text/html').end(frameTo(silent));
    response.setHeader('content-type', 'application/json').end(JSON.stringify(await received(request)));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  callback = `http://localhost:${(server.address() as AddressInfo).port}/callback`;
  application = await world.register({ redirect_uris: [callback] });
  browser = await openBrowser();
}, 60_000);
afterAll(async () => {
  await browser?.close();
  server.closeAllConnections();
  server.close();
  await world.close();
});

/** The relying party: whom it takes for signed in, by what was posted to it. */
async function received(request: IncomingMessage): Promise<object> {
  const posted = new URLSearchParams(await text(request));
  const { method, headers } = request;
  if (posted.has('error')) return { method, error: posted.get('error'), state: posted.get('state') };
  const answer = await application.exchange(posted.get('code') ?? '');
  if (answer.status !== 200) return { method, refused: await answer.json() };
  const claims = await (await application.userinfo((await answer.json()) as Tokens)).json();
  const { origin, referer } = headers;
  return { method, origin, referer, state: posted.get('state'), claims };
}

/** Its own page, which asks silently in a frame. */
function frameTo(encoded: string): string {
  return `<!doctype html><title>App</title><iframe src="${decodeURIComponent(encoded)}"></iframe>`;
}

/** To the page that posts to the relying party. */
async function signIn(page: Page): Promise<void> {
  const { username } = await somebody(world);
  await page.goto(`${world.issuer}${application.authorizationUrl({ response_mode: 'form_post' })}`);
  await page.locator('input[name=username]').fill(username);
  await page.locator('input[name=password]').fill(PASSWORD);
  await page.locator('input[name=password]').press('Enter');
  // The first time, Préau says what the application receives.
  await page.locator('input[name=version]').waitFor({ state: 'attached' });
  await page.locator('main form button').first().click();
}

async function open(options: BrowserContextOptions = {}) {
  const visitor = await openVisitor(browser, options);
  const policies: string[] = [];
  visitor.page.on('response', (response) => {
    const isPage = response.request().isNavigationRequest() && response.url().startsWith(world.issuer);
    if (isPage && response.status() === 200)
      policies.push(response.headers()['content-security-policy'] ?? '');
  });
  return { ...visitor, policies };
}

async function landed(page: Page): Promise<unknown> {
  await page.waitForURL(callback);
  return JSON.parse((await page.locator('body').textContent()) ?? '');
}

const signedIn = () => ({
  ...{ method: 'POST', origin: world.issuer, referer: `${world.issuer}/`, state: 'a-state' },
  claims: { sub: expect.any(String), profiles: ['pupil'] },
});

describe('an answer by form_post, in a browser', () => {
  it('without JavaScript goes by its button', async () => {
    const { page, context, complaints } = await open({ javaScriptEnabled: false });
    await signIn(page);
    const buttons = page.locator('button');
    await page.locator('input[name=code]').waitFor({ state: 'attached' });
    expect(await buttons.count()).toBe(1);
    await buttons.click();
    expect(await landed(page)).toMatchObject(signedIn());
    expect(complaints).toEqual([]);
    await context.close();
  }, 30_000);

  it('goes by itself, by the one script that the policy of its page allows', async () => {
    const { page, context, complaints, policies } = await open();
    await signIn(page);
    expect(await landed(page)).toMatchObject(signedIn());
    expect(complaints).toEqual([]);
    expect(policies.at(-1)).toMatch(/script-src 'sha256-[^']+';/);
    await context.close();
  }, 30_000);

  it('reaches a relying party that asked silently in a frame, also where nobody is signed in', async () => {
    const { page, context } = await open();
    const asked = application.authorizationUrl({ response_mode: 'form_post', prompt: 'none' });
    await page.goto(new URL(`/app?${encodeURIComponent(world.issuer + asked)}`, callback).href);
    const answer = page.frameLocator('iframe').locator('body');
    await answer.getByText('login_required').waitFor();
    expect(JSON.parse((await answer.textContent()) ?? '')).toEqual({
      ...{ method: 'POST', error: 'login_required', state: 'a-state' },
    });
    await context.close();
  }, 30_000);
});
