import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Router } from '@koa/router';
import type { Browser, Page } from 'playwright-core';
import { render } from '../../src/http/render.ts';
import { Unavailable } from '../../src/storage/unavailable.ts';
import { accessibilityFaults, openBrowser, screenshot, scrollsSideways } from '../support/browser.ts';
import { type RunningEdge, startEdge } from './edge-harness.ts';
import { ceremony, desk } from './gallery.ts';

const PATHS = ['/gallery', '/gallery/failed', '/gallery/desk', '/nowhere', '/down'];
const SCREENS = [
  { name: 'wide', width: 1100, height: 800 },
  { name: 'narrow', width: 320, height: 640 },
];

let edge: RunningEdge;
let browser: Browser;

beforeAll(async () => {
  const router = new Router();
  router.get('/gallery', (ctx) => render(ctx, ceremony, { failed: 'fresh' }));
  router.get('/gallery/failed', (ctx) => render(ctx, ceremony, { failed: 'failed' }));
  router.get('/gallery/desk', (ctx) => render(ctx, desk, {}));
  router.get('/down', () => {
    throw new Unavailable('Redis');
  });
  edge = await startEdge(router);
  browser = await openBrowser();
});
afterAll(async () => {
  await browser?.close();
  await edge?.stop();
});

type Options = Parameters<Browser['newContext']>[0];

async function withPage(options: Options, use: (page: Page) => Promise<void>): Promise<void> {
  const context = await browser.newContext({ locale: 'fr-FR', ...options });
  try {
    await use(await context.newPage());
  } finally {
    await context.close();
  }
}

describe('every component', () => {
  for (const colorScheme of ['light', 'dark'] as const) {
    for (const { name, width, height } of SCREENS) {
      it.each(PATHS)(
        `passes axe on %s, ${colorScheme} and ${name}, and never scrolls sideways`,
        async (path) => {
          await withPage(
            { colorScheme, viewport: { width, height }, reducedMotion: 'reduce' },
            async (page) => {
              const complaints: string[] = [];
              page.on('console', (message) => complaints.push(message.text()));
              await page.goto(edge.url + path);
              await screenshot(page, `${path.slice(1).replace('/', '-')}-${colorScheme}-${name}`);
              expect(await accessibilityFaults(page)).toEqual([]);
              expect(await scrollsSideways(page)).toBe(false);
              expect(complaints.filter((text) => /Content Security Policy|Refused/.test(text))).toEqual([]);
            },
          );
        },
      );
    }
  }

  it.each(PATHS)('gives a finger 44 pixels for each button and field on %s', async (path) => {
    await withPage({ viewport: { width: 320, height: 640 } }, async (page) => {
      await page.goto(edge.url + path);
      const boxes = await page
        .locator('button, a.button, a.card, a.brand, nav a, summary, label.choice, .input')
        .evaluateAll((all) =>
          all.map((one) => [one.outerHTML.slice(0, 80), one.getBoundingClientRect().height]),
        );
      expect(boxes.filter(([, height]) => Number(height) < 44)).toEqual([]);
    });
  });
});

it('a page that some cannot use does not pass', async () => {
  await withPage({ viewport: { width: 320, height: 640 } }, async (page) => {
    const grey = '<p style="color:#999;background:#aaa;width:400px">gris</p>';
    await page.setContent(
      `<html lang="fr"><title>t</title><main><h1>t</h1><input name="code">${grey}</main></html>`,
    );
    const faults = await accessibilityFaults(page);
    expect(faults.map((fault) => fault.split(':')[0]).sort()).toEqual(['color-contrast', 'label']);
    expect(await scrollsSideways(page)).toBe(true);
  });
});

describe('a form that came back', () => {
  it('puts the focus on its errors, and each leads to its field', async () => {
    await withPage({}, async (page) => {
      await page.goto(`${edge.url}/gallery/failed`);
      expect(await page.evaluate(() => document.activeElement?.id)).toBe('errors');
      expect(await page.title()).toMatch(/^Erreur\s: /);
      await page.getByRole('link', { name: 'Il manque quelque chose ici.' }).click();
      expect(await page.evaluate(() => document.activeElement?.id)).toBe('field-code');
      const input = page.locator('#field-code');
      expect(await input.getAttribute('aria-invalid')).toBe('true');
      expect(await input.getAttribute('aria-describedby')).toBe('field-code-hint field-code-error');
    });
  });
});

describe('the language switch', () => {
  it('works in a browser with JavaScript off', async () => {
    await withPage({ javaScriptEnabled: false }, async (page) => {
      await page.goto(`${edge.url}/nowhere?step=2`);
      await page.getByRole('button', { name: 'English' }).click();
      expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('This page does not exist');
      expect(page.url()).toBe(`${edge.url}/nowhere?step=2`);
    });
  });
});
