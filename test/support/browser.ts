import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import AxeBuilder from '@axe-core/playwright';
import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  type Page,
} from 'playwright-core';

const CHROMIUM =
  process.env.CHROMIUM ||
  (existsSync('/usr/bin/chromium-headless-shell') ? '/usr/bin/chromium-headless-shell' : '/usr/bin/chromium');

/** The system's Chromium, without anything that talks to the outside. */
export function openBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: CHROMIUM,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

/** A browser of somebody's own: no cookies, French unless told, and an ear for what the page complains of. */
export async function openVisitor(browser: Browser, options: BrowserContextOptions = {}): Promise<Visitor> {
  const context = await browser.newContext({ locale: 'fr-FR', reducedMotion: 'reduce', ...options });
  context.setDefaultTimeout(10_000);
  const page = await context.newPage();
  const complaints: string[] = [];
  context.on('console', (said) => {
    if (said.type() === 'error' && !/status of (4\d\d|503)/.test(said.text())) complaints.push(said.text());
  });
  context.on('weberror', (error) => complaints.push(error.error().message));
  return { context, page, complaints };
}

export interface Visitor {
  context: BrowserContext;
  page: Page;
  /** Errors of the console: a blocked style, a refused form, a thrown script. */
  complaints: string[];
}

const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** WCAG 2.2 AA by axe; returns what is wrong as sentences. */
export async function accessibilityFaults(page: Page): Promise<string[]> {
  // Its fields can be there before its style sheet: what nobody sees is not judged.
  await page.waitForLoadState('load');
  // Our pages have no frames: judged in the page itself, axe is loaded and run once and says only what is wrong.
  const builder = new AxeBuilder({ page })
    .options({ runOnly: RULES, resultTypes: ['violations'] })
    .setLegacyMode(true);
  const { violations } = await builder.analyze();
  return violations.map(
    ({ id, help, nodes }) => `${id}: ${help} (${nodes.map(({ html }) => html).join(' | ')})`,
  );
}

/** Reflow (WCAG 1.4.10): nothing to scroll sideways. */
export function scrollsSideways(page: Page): Promise<boolean> {
  return page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth);
}

/** Into the folder PREAU_SHOTS, where there is one. */
export async function screenshot(page: Page, name: string): Promise<void> {
  const folder = process.env.PREAU_SHOTS;
  if (!folder) return;
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true });
}
