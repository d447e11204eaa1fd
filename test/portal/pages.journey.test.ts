import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { termsSchema } from '../../src/relying-parties/contracts/terms.ts';
import { createRegisterClient } from '../../src/relying-parties/register-client.ts';
import { TERMS } from '../relying-parties/terms.ts';
import { Application } from '../support/application.ts';
import {
  accessibilityFaults,
  openBrowser,
  openVisitor,
  screenshot,
  scrollsSideways,
} from '../support/browser.ts';
import { BY, type World, wholeWorld } from '../support/world.ts';

let world: World;
let browser: Browser;
beforeAll(async () => {
  [world, browser] = await Promise.all([wholeWorld(), openBrowser()]);
}, 60_000);
afterAll(async () => {
  await browser.close();
  await world.close();
});

async function register(landing: 'approved' | 'sandbox'): Promise<Application> {
  const metadata = {
    client_name: 'CDI',
    redirect_uris: ['http://localhost:3001/callback'],
    require_pkce: true,
  };
  const terms = termsSchema.parse(TERMS);
  const result = await createRegisterClient(world.parts)(BY, { metadata, terms, landing });
  if (result.outcome !== 'registered') throw new Error(result.outcome);
  return new Application(world.issuer, result.client);
}

it.each([
  ['wide', {}],
  ['narrow-dark', { viewport: { width: 320, height: 640 }, colorScheme: 'dark' as const, locale: 'en-GB' }],
])(
  'the register, the pages for integrators and the made-up people can be read: %s',
  async (name, options) => {
    const [approved, trial] = [await register('approved'), await register('sandbox')];
    const { page, context, complaints } = await openVisitor(browser, options);
    const paths = {
      register: '/register',
      'register-entry': `/register/${approved.client.client_id}`,
      integrators: '/integrators',
      stack: '/integrators/express-openid-connect',
      persona: trial.authorizationUrl(),
    };
    for (const [where, path] of Object.entries(paths)) {
      await page.goto(`${world.issuer}${path}`);
      await screenshot(page, `${name}-${where}`);
      const seen = {
        headings: await page.locator('h1:visible').count(),
        faults: await accessibilityFaults(page),
        sideways: await scrollsSideways(page),
      };
      expect({ where, ...seen }).toEqual({ where, headings: 1, faults: [], sideways: false });
    }
    await page.locator('button[name=persona]').first().click();
    await page.locator('input[name=version]').waitFor({ state: 'attached' });
    await screenshot(page, `${name}-information`);
    expect(await accessibilityFaults(page)).toEqual([]);
    expect(complaints).toEqual([]);
    await context.close();
  },
  60_000,
);
