import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { openFieldsOf } from '../../src/directory/fields.ts';
import { PASSWORD, somebody } from '../login/people.ts';
import {
  accessibilityFaults,
  openBrowser,
  openVisitor,
  screenshot,
  scrollsSideways,
} from '../support/browser.ts';
import { type World, wholeWorld } from '../support/world.ts';
import { aClass } from './school.ts';
import { aHead, nextCode, type StaffMember } from './staff.ts';

jest.setTimeout(120_000);

let world: World;
let browser: Browser;
beforeAll(async () => {
  world = await wholeWorld();
  browser = await openBrowser();
}, 60_000);
afterAll(async () => {
  await browser?.close();
  await world.close();
});

async function signIn(page: Page, who: StaffMember): Promise<void> {
  await page.goto('/console/people');
  await page.fill('input[name=username]', who.username);
  await page.fill('input[name=password]', PASSWORD);
  await page.click('main button[type=submit]');
  await page.fill('input[name=otp]', who.codeAt(world.now()));
  await page.click('main button[type=submit]');
  await page.waitForURL((url) => url.pathname === '/console/people');
}

it('a head finds a pupil on a telephone, opens the page, locks the account and lifts the lock', async () => {
  const head = await aHead(world);
  const pupil = await somebody(world);
  const { pupils, className } = await aClass(world, { pupils: 2 });
  await world.parts.db
    .insertInto('guardianships')
    .values({
      ...{ guardian: pupils[0] ?? 0, child: pupils[1] ?? 0, rank: 1, relation: null },
      ...{ from_at: world.now(), until_at: null },
    })
    .execute();
  const by = { kind: 'person', person: head.person } as const;
  const printing = await world.activation.printLetters({ uai: '0750001A', className, by });
  if (printing.outcome === 'printing')
    for await (const letter of printing.letters) expect(letter.number).toBeGreaterThan(0);
  const name = (await openFieldsOf(world.parts.db, world.parts.keyRing, [pupils[1] ?? 0])).get(
    pupils[1] ?? 0,
  );
  const narrow = { viewport: { width: 320, height: 700 }, colorScheme: 'dark' } as const;
  const { page, complaints } = await openVisitor(browser, { baseURL: world.issuer, ...narrow });
  const look = async (where: string) => {
    await screenshot(page, `people-${where}`);
    const faults = await accessibilityFaults(page);
    expect({ where, faults, isWide: await scrollsSideways(page), complaints }).toEqual({
      ...{ where, faults: [], isWide: false, complaints: [] },
    });
  };
  await signIn(page, head);
  await look('1-search');
  await page.fill('input[name=typed]', name?.family_name ?? '');
  await page.keyboard.press('Enter');
  await page.waitForSelector('main a:has-text("Ouvrir la fiche")');
  await look('2-found');
  await page.click('main a:has-text("Ouvrir la fiche")');
  await page.waitForURL((url) => url.pathname.length > 30);
  await page.reload();
  await look('3-person');
  await page.setViewportSize({ width: 1200, height: 900 });
  await page.emulateMedia({ colorScheme: 'light' });
  await look('4-person-wide');
  await page.goto('/console/people');
  await page.check('input[value=identifier]');
  await page.fill('input[name=typed]', pupil.username);
  await page.keyboard.press('Enter');
  await page.click('main a:has-text("Ouvrir la fiche")');
  await page.click('main a:has-text("Bloquer le compte")');
  await page.waitForSelector('input[name=reason]');
  await look('5-lock');
  await page.fill('input[name=reason]', 'Téléphone perdu');
  await page.fill('input[name=otp]', nextCode(world, head));
  await page.keyboard.press('Enter');
  await page.waitForSelector('text=Le compte est bloqué.');
  await look('6-locked');
  await page.click('main a:has-text("Lever ce blocage")');
  await page.fill('input[name=reason]', 'Téléphone retrouvé');
  await page.fill('input[name=otp]', nextCode(world, head));
  await page.keyboard.press('Enter');
  await page.waitForSelector('text=Le blocage est levé.');
  await page.goto('/console/budgets');
  await look('7-budgets');
});
