// Pictures for docs/activation.md, taken in Chromium from a demo in a folder of its own: node scripts/activation-pictures.ts
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Browser, Page } from 'playwright-core';
import type { Persona } from '../demo/facts.ts';
import { fromBase32, totpCode } from '../demo/one-time-code.ts';
import { emptyFolder, startDemo } from '../test/journeys/demo-process.ts';
import { textOfPages } from '../test/messages/pdf-text.ts';
import { openBrowser, openVisitor } from '../test/support/browser.ts';

const PICTURES = join(import.meta.dirname, '..', 'docs', 'pictures');
const SCREEN = { viewport: { width: 900, height: 640 } };
const CLASS = '/console/schools/0990101Q/classes/5C';

const folder = emptyFolder();
const demo = await startDemo(folder.path, { args: ['--no-apps'] });
const browser = await openBrowser();
try {
  const codes = await printAndHandOver(browser);
  await openWindow(browser);
  await vouch(
    browser,
    demo.facts().personas.find(({ name }) => name === 'Lina Belhadi'),
  );
  await holdDesk(browser, codes[0] ?? '');
} finally {
  await browser.close();
  await demo.stop();
  folder.remove();
}

/** Whoever prints the letters of a class, and ticks the pile. */
async function printAndHandOver(browser: Browser): Promise<string[]> {
  const { page, code } = await enter(browser, 'Jean-Loup Portefaix', `${CLASS}/letters`);
  await take(page, 'console-print');
  await page.fill('input[name=otp]', await code());
  const [download] = await Promise.all([page.waitForEvent('download'), page.keyboard.press('Enter')]);
  const codes = textOfPages(readFileSync(await download.path()))
    .map(codeIn)
    .filter(Boolean);
  await page.goto(`${demo.facts().issuer}${CLASS}`);
  await page.click('table a');
  await page.click('text=Noter les lettres remises');
  await take(page, 'console-hand-over');
  await page.fill('input[name=otp]', await code());
  await page.keyboard.press('Enter');
  await page.waitForURL(/handed=/);
  await page.context().close();
  return codes;
}

async function openWindow(browser: Browser): Promise<void> {
  const { page, code } = await enter(browser, 'Mathilde Aubrac', CLASS);
  await page.click('text=Ouvrir une séance');
  await page.click('text=Cocher tout le monde');
  await take(page, 'console-window');
  await page.fill('input[name=otp]', await code());
  await page.click('text=Ouvrir la séance');
  await page.waitForURL(/\/console\/windows\//);
  await take(page, 'console-word');
  await page.context().close();
}

/** Two digits on the child's screen, typed in the parent's account. */
async function vouch(browser: Browser, child: Persona | undefined): Promise<void> {
  const { page } = await openVisitor(browser, SCREEN);
  await wait(page, { letter: child?.activation?.code ?? '', way: 'Demander à mon parent' });
  await take(page, 'activate-two-digits');
  const parent = await enter(browser, 'Nora Belhadi', '/account');
  await parent.page.locator('main a[href*=vouch]').first().click();
  await take(parent.page, 'account-vouch');
  await parent.page.context().close();
  await page.context().close();
}

async function holdDesk(browser: Browser, letter: string): Promise<void> {
  const { page } = await openVisitor(browser, SCREEN);
  await wait(page, { letter, way: 'Je suis au bureau' });
  await take(page, 'activate-six-characters');
  const head = await enter(browser, 'Hélène Garance', '/console/desk');
  await take(head.page, 'console-desk');
  await head.page.context().close();
  await page.context().close();
}

/** The letter's code typed, and the way of the second proof chosen. */
async function wait(page: Page, given: { letter: string; way: string }): Promise<void> {
  await page.goto(`${demo.facts().issuer}/activate`);
  await page.fill('input[name=code]', given.letter);
  await page.click('main button[type=submit]');
  await take(page, 'activate-ways');
  await page.click(`button:has-text("${given.way}")`);
  await page.waitForURL(/\/activate\/wait/);
}

interface Entered {
  page: Page;
  /** One that was not used yet: that of the next half minute counts, the one after it must be waited for. */
  code(): Promise<string>;
}

async function enter(browser: Browser, name: string, to: string): Promise<Entered> {
  const { issuer, personas } = demo.facts();
  const { username = '', password = '', totpSecret = '' } = personas.find((one) => one.name === name) ?? {};
  const { page } = await openVisitor(browser, SCREEN);
  let step = Math.floor(Date.now() / 30_000);
  const code = async (): Promise<string> => {
    step += 1;
    await pause(Math.max(0, (step - 1) * 30_000 - Date.now()));
    return totpCode(fromBase32(totpSecret), new Date(step * 30_000));
  };
  await page.goto(`${issuer}${to}`);
  await page.fill('input[name=username]', username);
  await page.fill('input[name=password]', password);
  await page.click('main button[type=submit]');
  await page.fill('input[name=otp]', await code());
  await page.click('main button[type=submit]');
  await page.waitForURL((url) => url.pathname === to);
  return { page, code };
}

function codeIn(page: string): string {
  return /(?:[0-9A-HJKMNP-TV-Z]{4} ){3}[0-9A-HJKMNP-TV-Z]{4}/.exec(page)?.[0] ?? '';
}

async function take(page: Page, name: string): Promise<void> {
  const path = join(PICTURES, `${name}.png`);
  await page.screenshot({ path });
  console.log(`${path}: ${Math.ceil(statSync(path).size / 1024)} KB`);
}
