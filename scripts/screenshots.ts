// Pictures for the README, taken in Chromium from a demo in a folder of its own: node scripts/screenshots.ts
import { mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { fromBase32, totpCode } from '../demo/one-time-code.ts';
import { emptyFolder, startDemo } from '../test/journeys/demo-process.ts';
import { openBrowser, openVisitor } from '../test/support/browser.ts';

const PICTURES = join(import.meta.dirname, '..', 'docs', 'pictures');
const SCREEN = { viewport: { width: 1000, height: 680 } };

const folder = emptyFolder();
const demo = await startDemo(folder.path);
const browser = await openBrowser();
try {
  mkdirSync(PICTURES, { recursive: true });
  const { page } = await openVisitor(browser, SCREEN);
  const { issuer, personas, applications } = demo.facts();
  await takeActivation(page, `${issuer}/activate`, personas.find(({ activation }) => activation)?.activation);
  await takeApplications(
    page,
    applications[0]?.url ?? '',
    personas.find(({ username, profile }) => username && profile === 'guardian'),
  );
} finally {
  await browser.close();
  await demo.stop();
  folder.remove();
}

type Personas = ReturnType<typeof demo.facts>['personas'][number];

async function takeActivation(page: Page, url: string, proofs: Personas['activation']): Promise<void> {
  await page.goto(url);
  await page.locator('input[name=code]').fill(proofs?.code ?? '');
  await page.locator('input[name=proof]').fill(proofs?.proof ?? '');
  await take(page, 'activate');
}

async function takeApplications(
  page: Page,
  application: string,
  persona: Personas | undefined,
): Promise<void> {
  await page.goto(`${application}/login`);
  await page.locator('input[name=username]').fill(persona?.username ?? '');
  await page.locator('input[name=password]').fill(persona?.password ?? '');
  await page.locator('input[name=password]').press('Enter');
  await page.locator('input[name=otp]').waitFor();
  await page.locator('input[name=otp]').fill(totpCode(fromBase32(persona?.totpSecret ?? ''), new Date()));
  await page.locator('input[name=otp]').press('Enter');
  // The first time, a page says what the application receives.
  await page.locator('input[name=version]').waitFor({ state: 'attached' });
  await page.locator('main form button').first().click();
  await page.locator('[data-claim=sub]').waitFor();
  await take(page, 'application');
}

async function take(page: Page, name: string): Promise<void> {
  const path = join(PICTURES, `${name}.png`);
  await page.screenshot({ path });
  console.log(`${path}: ${Math.ceil(statSync(path).size / 1024)} KB`);
}
