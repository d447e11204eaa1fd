import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { liftLock } from '../../src/accounts/locks.ts';
import { createOutbox } from '../../src/messages/outbox.ts';
import { BY } from '../activation/world.ts';
import {
  accessibilityFaults,
  openBrowser,
  openVisitor,
  screenshot,
  scrollsSideways,
  type Visitor,
} from '../support/browser.ts';
import { type TestStores, testStores } from '../support/stores.ts';
import { type World, wholeWorld } from '../support/world.ts';
import { type NoticesWorld, noticesWorld, tokenIn } from './notices-world.ts';

let stores: TestStores;
let demo: World;
let world: NoticesWorld;
let browser: Browser;
beforeAll(async () => {
  stores = await testStores();
  world = await noticesWorld(stores);
  demo = await wholeWorld({ stores, change: (config) => ({ ...config, mode: 'demo' }) });
  browser = await openBrowser();
}, 60_000);
afterAll(async () => {
  await browser?.close();
  await demo.close();
  await world.close();
  await stores.close();
});

async function expectGood({ page, complaints }: Visitor, name: string): Promise<void> {
  await screenshot(page, name);
  expect({ name, faults: await accessibilityFaults(page) }).toEqual({ name, faults: [] });
  expect({ name, sideways: await scrollsSideways(page) }).toEqual({ name, sideways: false });
  expect({ name, complaints }).toEqual({ name, complaints: [] });
}

async function schoolLiftsLocks(): Promise<void> {
  const locks = await stores.db.selectFrom('locks').select('id').where('lifted_at', 'is', null).execute();
  await stores.db.transaction().execute(async (tx) => {
    for (const { id } of locks) await liftLock(tx, BY, { lock: id, reason: 'a mistake', at: demo.now() });
  });
}

describe('a guardian who did not expect the claim', () => {
  it.each([
    ['wide and light', { viewport: { width: 1000, height: 800 } }],
    ['narrow and dark', { viewport: { width: 320, height: 640 }, colorScheme: 'dark' as const }],
  ])('reads of it, opens the link and locks the account: %s', async (name, options) => {
    await world.claimed((child) => world.guardianOf(child, { contacts: { mail: 'lea@famille.example' } }));
    await demo.app.queue.drain();
    const visitor = await openVisitor(browser, options);
    const { page } = visitor;
    await page.goto(`${demo.issuer}/demo/outbox`);
    await expectGood(visitor, `outbox ${name}`);
    const [newest] = await createOutbox({ db: stores.db, mode: 'demo', now: demo.now }).list();
    await page
      .locator(`a[href$="${tokenIn(newest)}"]`)
      .first()
      .click();
    await page.waitForURL(/\/not-me/);
    await expectGood(visitor, `not-me ${name}`);
    await page.getByRole('button', { name: 'bloquer le compte' }).click();
    await page.getByRole('heading', { name: 'Le compte est bloqué' }).waitFor();
    await expectGood(visitor, `locked ${name}`);
    await schoolLiftsLocks();
    await page.goto(`${demo.issuer}/not-me?token=${tokenIn(newest)}`);
    await page.getByRole('button', { name: 'bloquer le compte' }).click();
    await page.getByRole('heading', { name: 'Le compte n’est plus bloqué' }).waitFor();
    await expectGood(visitor, `lifted ${name}`);
    await page.goto(`${demo.issuer}/not-me?token=of-yesterday`);
    await page.getByRole('button', { name: 'bloquer le compte' }).click();
    await page.getByRole('heading', { name: 'Ce lien ne sert plus' }).waitFor();
    await expectGood(visitor, `unknown ${name}`);
    await visitor.context.close();
  });
});
