import { afterAll, beforeAll, it } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { raise } from '../../src/alarms/raise.ts';
import { PASSWORD, UAI } from '../login/people.ts';
import { openBrowser, openVisitor } from '../support/browser.ts';
import { type World, wholeWorld } from '../support/world.ts';
import { expectGood } from './good-page.ts';
import { aHead, nextCode } from './staff.ts';

let world: World;
let browser: Browser;
beforeAll(async () => {
  [browser, world] = await Promise.all([openBrowser(), wholeWorld()]);
}, 60_000);
afterAll(async () => {
  await browser?.close();
  await world?.close();
});

it('a head looks into an alarm and closes it, on a narrow screen in the dark', async () => {
  const head = await aHead(world);
  const details = { claims: 34, minutes: 10, handed_over: 120, handed_over_hours: 72 };
  const at = world.now();
  await raise(world.parts.db, { rule: 'claims-burst', uai: UAI, details, at });
  await raise(world.parts.db, {
    rule: 'decoy-opened',
    uai: UAI,
    session: Buffer.alloc(32, 7),
    details: {},
    at,
  });
  const visitor = await openVisitor(browser, { viewport: { width: 320, height: 640 }, colorScheme: 'dark' });
  const { page } = visitor;
  await page.goto(`${world.issuer}/console/alarms`);
  await page.getByLabel('Identifiant').fill(head.username);
  await page.getByLabel('Mot de passe').fill(PASSWORD);
  await page.getByRole('button', { name: 'Continuer' }).click();
  await page.getByLabel('Code à six chiffres').fill(nextCode(world, head));
  await page.getByRole('button', { name: 'Continuer' }).click();
  await page.waitForURL(`${world.issuer}/console/alarms`);
  await expectGood(visitor, 'alarms');
  await page
    .locator('li', { hasText: 'Beaucoup de comptes' })
    .getByRole('link', { name: 'Regarder' })
    .click();
  await expectGood(visitor, 'alarm');
  await page.getByRole('button', { name: 'Clore l’alerte' }).click();
  await expectGood(visitor, 'alarm-wrong');
  await page.getByLabel('Ce que c’était').fill('Réunion de parents, lettres remises le soir même');
  await page.getByLabel('Code à six chiffres').fill(nextCode(world, head));
  await page.getByRole('button', { name: 'Clore l’alerte' }).click();
  await page.getByText('L’alerte est close.').waitFor();
  await expectGood(visitor, 'alarms-closed');
}, 60_000);
