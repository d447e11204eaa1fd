import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { type LoginWorld, loginWorld } from '../login/harness.ts';
import { PASSWORD, somebody, withTotp } from '../login/people.ts';
import {
  accessibilityFaults,
  openBrowser,
  openVisitor,
  screenshot,
  scrollsSideways,
  type Visitor,
} from '../support/browser.ts';
import { type AccountWorld, accountWorld } from './harness.ts';

let browser: Browser;
let login: LoginWorld;
let account: AccountWorld;
beforeAll(async () => {
  [browser, login, account] = await Promise.all([openBrowser(), loginWorld(), accountWorld()]);
}, 60_000);
afterAll(async () => {
  await browser?.close();
  await Promise.all([login?.close(), account?.close()]);
});

const SCREENS = [
  { name: 'wide', viewport: { width: 1100, height: 800 }, colorScheme: 'light' },
  { name: 'narrow-dark', viewport: { width: 320, height: 640 }, colorScheme: 'dark' },
] as const;

/** Axe, reflow, one heading and nothing that the policy of contents blocked. */
async function expectGood({ page, complaints }: Visitor, name: string): Promise<void> {
  await screenshot(page, name);
  expect({ name, faults: await accessibilityFaults(page) }).toEqual({ name, faults: [] });
  expect({ name, sideways: await scrollsSideways(page) }).toEqual({ name, sideways: false });
  expect(await page.locator('h1').count()).toBe(1);
  // A refused form is told by its status; Chromium calls that a failed load.
  expect(complaints.filter((said) => !said.includes('status of 422'))).toEqual([]);
}

describe.each(SCREENS)('in Chromium, $name', ({ name, ...options }) => {
  it('signing in: name and password, second factor, and what can go wrong', async () => {
    const who = await somebody(login);
    await withTotp(login, who);
    const opened = login.visitor();
    const visitor = await openVisitor(browser, options);
    const url = login.edge.url;
    const value = opened.cookies.get('interaction') ?? '';
    await visitor.context.addCookies([{ name: 'interaction', value, url }]);
    const { page } = visitor;
    await page.goto(url + opened.path);
    await expectGood(visitor, `sign-in-${name}`);
    await page.getByLabel('Identifiant').fill(who.username);
    await page.getByLabel('Mot de passe').fill('not the password');
    await page.getByRole('button', { name: 'Continuer' }).click();
    await expectGood(visitor, `sign-in-wrong-${name}`);
    await page.getByLabel('Mot de passe').fill(PASSWORD);
    await page.getByRole('button', { name: 'Continuer' }).click();
    await page.waitForURL(/second-factor$/);
    await expectGood(visitor, `otp-${name}`);
    await page.getByRole('link', { name: /code de secours/ }).click();
    await expectGood(visitor, `recovery-code-${name}`);
    await visitor.context.close();
  });

  it('my account: home, account, password, second factor, codes, lock', async () => {
    const who = await somebody(account);
    const visitor = await openVisitor(browser, options);
    const { page } = visitor;
    const url = account.edge.url;
    await page.goto(`${url}/`);
    await expectGood(visitor, `landing-${name}`);
    await page.request.get(`${url}/test/sign-in/${who.person}`);
    for (const path of ['/', '/account', '/account/password', '/account/second-factor', '/account/lock']) {
      await page.goto(url + path);
      await expectGood(visitor, `${path.slice(1).replaceAll('/', '-') || 'home'}-${name}`);
    }
    await page.getByRole('button', { name: 'Bloquer maintenant' }).click();
    await expectGood(visitor, `lock-unticked-${name}`);
    await page.goto(`${url}/account/password`);
    await page.getByLabel('Mot de passe actuel').fill(PASSWORD);
    await page.getByLabel('Nouveau mot de passe').fill('cinq chaises dans le couloir');
    await page.getByRole('button', { name: 'Changer le mot de passe' }).click();
    await page.getByText('Votre mot de passe est changé.').waitFor();
    await page.getByRole('button', { name: 'Me déconnecter' }).click();
    await page.waitForURL(/signed-out$/);
    await expectGood(visitor, `signed-out-${name}`);
    await visitor.context.close();
  });
});
