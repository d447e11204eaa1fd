import { expect } from '@jest/globals';
import type { Page } from 'playwright-core';
import type { Persona } from '../../demo/facts.ts';
import { fromBase32, totpCode } from '../../demo/one-time-code.ts';
import { accessibilityFaults, screenshot, scrollsSideways, type Visitor } from '../support/browser.ts';

/** What a pupil does with her browser, in the order she does it. */
export interface Journey extends Visitor {
  name: string;
  issuer: string;
  /** axe is itself a script. */
  javaScript: 'on' | 'off';
}

export interface Kept {
  username: string;
  password: string;
  totpSecret: string;
  recoveryCodes: string[];
}

/** Her letter, the word on the board, a password, the telephone, the recovery codes; she ends on `/`, signed in. */
export async function activate(journey: Journey, { activation }: Persona, password: string): Promise<Kept> {
  const { page, issuer } = journey;
  await page.goto(`${issuer}/activate`);
  await look(journey, 'activate-1-letter');
  await page.locator('input[name=code]').fill(activation?.code ?? '');
  await page.locator('input[name=proof]').fill(activation?.proof ?? '');
  await submit(page, 'proof');

  await look(journey, 'activate-2-password');
  await page.locator('input[name=password]').fill(password);
  await submit(page, 'password');

  await look(journey, 'activate-3-telephone');
  const [username = ''] = await textsOf(page, 'code.code-words');
  const totpSecret = (await textsOf(page, '.code-box code:not(.code-words)'))[0] ?? '';
  expect(totpSecret).toMatch(/^[A-Z2-7]{4}( [A-Z2-7]{4}){7}$/);
  await page.locator('input[name=otp]').fill(codeNow(totpSecret, 'now'));
  await submit(page, 'otp');

  await look(journey, 'activate-4-recovery-codes');
  const recoveryCodes = await textsOf(page, 'ol.code-list code');
  expect(recoveryCodes).toHaveLength(10);
  await page.locator('button[name=codes][value=kept]').click();

  await page.waitForURL(`${issuer}/`);
  await look(journey, 'home');
  return { username, password, totpSecret, recoveryCodes };
}

/** From the page of Préau that asks, to wherever she was going. */
export async function signIn(journey: Journey, kept: Kept, which: 'now' | 'next' = 'next'): Promise<void> {
  const { page } = journey;
  await page.locator('input[name=username]').waitFor();
  await look(journey, 'sign-in-1-password');
  await page.locator('input[name=username]').fill(kept.username);
  await page.locator('input[name=password]').fill(kept.password);
  await submit(page, 'password');
  await page.locator('input[name=otp]').waitFor();
  await look(journey, 'sign-in-2-code');
  await page.locator('input[name=otp]').fill(codeNow(kept.totpSecret, which));
  await submit(page, 'otp');
}

/** « Se connecter » on the start page of an application. */
export async function pressSignIn(journey: Journey, url: string): Promise<void> {
  await journey.page.goto(url);
  await look(journey, 'application-welcome');
  await journey.page.locator('main a[href="/login"]').click();
}

/** On the way there, the first time, a page says what the application receives. */
export async function claimsOn(page: Page): Promise<Record<string, string>> {
  await page.locator('[data-claim=sub], input[name=version]').first().waitFor({ state: 'attached' });
  if ((await page.locator('input[name=version]').count()) > 0) {
    await screenshot(page, 'information');
    expect(await page.locator('h1:visible').count()).toBe(1);
    await page.locator('main form button').first().click();
  }
  await page.locator('[data-claim=sub]').waitFor();
  return page
    .locator('[data-claim]')
    .evaluateAll((cells) =>
      Object.fromEntries(
        cells.map((cell) => [cell.getAttribute('data-claim'), cell.textContent?.trim() ?? '']),
      ),
    );
}

/** Every page on the way: one visible heading, no fault axe finds, nothing to scroll sideways, no complaint. */
export async function look(journey: Journey, where: string): Promise<void> {
  const { page, name, javaScript, complaints } = journey;
  await screenshot(page, `${name}-${where}`);
  expect({ where, headings: await page.locator('h1:visible').count() }).toEqual({ where, headings: 1 });
  if (javaScript === 'on') {
    expect({ where, faults: await accessibilityFaults(page) }).toEqual({ where, faults: [] });
    expect({ where, sideways: await scrollsSideways(page) }).toEqual({ where, sideways: false });
  }
  expect({ where, complaints }).toEqual({ where, complaints: [] });
}

/** A step used up by an enrolment signs nobody in: the next one, which the drift allows, does. */
function codeNow(secret: string, which: 'now' | 'next'): string {
  return totpCode(fromBase32(secret), new Date(Date.now() + (which === 'next' ? 30_000 : 0)));
}

/** Enter, as people do; the first button of the form is the one that goes on. */
async function submit(page: Page, lastField: string): Promise<void> {
  const before = page.url();
  await page.locator(`input[name=${lastField}]`).press('Enter');
  await page.waitForLoadState('load');
  if (page.url() === before) await page.locator(`input[name=${lastField}]`).waitFor({ state: 'detached' });
}

async function textsOf(page: Page, selector: string): Promise<string[]> {
  const texts = await page.locator(selector).allTextContents();
  return texts.map((text) => text.replace(/\s+/g, ' ').trim());
}
