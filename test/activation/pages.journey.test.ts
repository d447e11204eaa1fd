import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { fromBase32, totpCode } from '../../demo/one-time-code.ts';
import {
  accessibilityFaults,
  openBrowser,
  openVisitor,
  screenshot,
  scrollsSideways,
} from '../support/browser.ts';
import { type Site, startSite } from './site.ts';
import { activationWorld, type World } from './world.ts';

const SCREENS = [
  { name: 'wide', viewport: { width: 1100, height: 800 }, locale: 'fr-FR', colorScheme: 'light' },
  { name: 'narrow', viewport: { width: 320, height: 640 }, locale: 'en-GB', colorScheme: 'dark' },
] as const;

let world: World;
let site: Site;
let browser: Browser;
beforeAll(async () => {
  world = await activationWorld();
  site = await startSite(world);
  browser = await openBrowser();
});
afterAll(async () => {
  await browser.close();
  await site.stop();
  await world.close();
});

async function look(page: Page, name: string): Promise<void> {
  await screenshot(page, `activation-${name}`);
  expect({ name, headings: await page.locator('h1:visible').count() }).toEqual({ name, headings: 1 });
  expect({ name, faults: await accessibilityFaults(page) }).toEqual({ name, faults: [] });
  expect({ name, sideways: await scrollsSideways(page) }).toEqual({ name, sideways: false });
}

const press = (page: Page, field: string) => page.locator(`input[name=${field}]`).press('Enter');

describe('every page of activation, also where something is wrong', () => {
  it.each(SCREENS)('passes axe, $name', async ({ name, ...screen }) => {
    const { page, context } = await openVisitor(browser, screen);
    const { code, word } = await world.pupilWithProofs();
    await page.goto(`${site.url}/activate?code=${code.replaceAll('-', '')}`);
    expect(page.url()).toBe(`${site.url}/activate`);
    expect(await page.locator('input[name=code]').inputValue()).toBe(code);
    await look(page, `${name}-1-scanned`);
    await page.locator('input[name=proof]').fill('faux');
    await press(page, 'proof');
    await page.locator('#errors').waitFor();
    await look(page, `${name}-2-refused`);
    await page.locator('input[name=code]').fill(code);
    await page.locator('input[name=proof]').fill(word);
    await press(page, 'proof');
    await page.locator('input[name=password]').fill('court');
    await press(page, 'password');
    await page.locator('#errors').waitFor();
    await look(page, `${name}-3-weak-password`);
    await page.locator('button[name=passphrase]').click();
    await page.locator('input[name=otp]').fill('12');
    await press(page, 'otp');
    await page.locator('#errors').waitFor();
    await look(page, `${name}-4-wrong-otp`);
    await enrol(page);
    await look(page, `${name}-5-codes`);
    await page.goto(`${site.url}/activate/recovery-codes`);
    await look(page, `${name}-6-codes-again`);
    world.wait(31 * 60_000);
    await page.goto(`${site.url}/activate/recovery-codes`);
    await look(page, `${name}-7-ended`);
    await context.close();
  });
});

describe('every page of a letter without a word', () => {
  it.each(SCREENS.slice(1))('passes axe, $name', async ({ name, ...screen }) => {
    const { page, context } = await openVisitor(browser, screen);
    const { code } = await world.pupilWithProofs();
    const typeCode = async () => {
      await page.goto(`${site.url}/activate`);
      await page.locator('input[name=code]').fill(code);
      await press(page, 'code');
    };
    const choose = (way: string) => page.locator(`form:has(input[value=${way}]) button`).click();
    await typeCode();
    await look(page, `${name}-8-ways`);
    await choose('class-window');
    await page.locator('#errors').waitFor();
    await look(page, `${name}-9-ways-no-word`);
    for (const way of ['guardian-vouch', 'desk', 'split-letter']) {
      await typeCode();
      await choose(way);
      await page.waitForURL(/wait$/);
      await look(page, `${name}-10-${way}`);
    }
    await page.locator('input[name=proof]').fill('AAAA AAAA');
    await press(page, 'proof');
    await page.locator('#errors').waitFor();
    await look(page, `${name}-11-wrong-half`);
    await context.close();
  });

  it.each(SCREENS.slice(0, 1))('and of a primary school, $name', async ({ name, ...screen }) => {
    await world.stores.db.updateTable('establishments').set({ kind: 'ecole' }).execute();
    const { page, context } = await openVisitor(browser, screen);
    const { code, word } = await world.pupilWithProofs();
    await page.goto(`${site.url}/activate`);
    await page.locator('input[name=code]').fill(code);
    await page.locator('input[name=proof]').fill(word);
    await press(page, 'proof');
    await look(page, `${name}-12-words`);
    await page.locator('button[name=passphrase]').click();
    await page.waitForURL(/second-factor$/);
    await context.close();
  });
});

async function enrol(page: Page): Promise<void> {
  const secret = await page.locator('.code-box code:not(.code-words)').first().textContent();
  await page.locator('input[name=otp]').fill(totpCode(fromBase32(secret ?? ''), world.now()));
  await press(page, 'otp');
  await page.locator('ol.code-list').waitFor();
}
