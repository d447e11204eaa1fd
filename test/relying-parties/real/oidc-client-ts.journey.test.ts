import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { openTestDoor, type TestDoor } from '../../oidc/door-harness.ts';
import { aPerson } from '../../oidc/people.ts';
import { openBrowser, openVisitor } from '../../support/browser.ts';
import { freePort, type Running } from './application.ts';
import { runBrowserApplication } from './oidc-client-ts.ts';

let test: TestDoor;
let browser: Browser;
let application: Running;
let baseUrl: string;

beforeAll(async () => {
  test = await openTestDoor();
  baseUrl = `http://localhost:${await freePort()}`;
  const client = await test.register({
    redirect_uris: [`${baseUrl}/callback`],
    post_logout_redirect_uris: [`${baseUrl}/`],
    token_endpoint_auth_method: 'none',
  });
  const settings = { issuer: test.issuer, baseUrl, clientId: client.client_id, clientSecret: '' };
  application = await runBrowserApplication(settings);
  browser = await openBrowser();
}, 60_000);
afterAll(async () => {
  await browser?.close();
  await application?.stop();
  await test.stop();
});

it('an application in the browser on oidc-client-ts signs in, reads claims, refreshes, signs out', async () => {
  const lina = await aPerson(test);
  // The sign-in page of the test believes a header.
  const extraHTTPHeaders = { 'x-test-person': `${lina.id} one` };
  const { page, context, complaints } = await openVisitor(browser, { extraHTTPHeaders });
  const said = async (): Promise<Record<string, unknown>> => {
    const text = page.locator('#said:not(:empty)');
    await text.waitFor({ state: 'attached' });
    return JSON.parse((await text.textContent()) ?? '{}');
  };
  await page.goto(baseUrl);
  await page.click('#in');
  // The first time, Préau says what the application receives.
  await page.click('main form button');
  await page.waitForURL(/\/callback/);
  expect(await said()).toMatchObject({ name: 'Lina Martin', profiles: ['pupil'] });
  await page.click('#again');
  await page.getByText('renewed').waitFor();
  expect(await said()).toEqual({ renewed: true });
  await page.click('#out');
  await page.waitForURL(`${baseUrl}/`);
  expect(await said()).toEqual({ signedOut: true });
  expect(complaints).toEqual([]);
  await context.close();
}, 60_000);
