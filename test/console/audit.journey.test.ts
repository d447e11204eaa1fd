import { afterAll, beforeAll, it } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { record } from '../../src/audit/record.ts';
import { markDecoys } from '../../src/directory/decoys.ts';
import { PASSWORD, UAI } from '../login/people.ts';
import { openBrowser, openVisitor } from '../support/browser.ts';
import { BY, type World, wholeWorld } from '../support/world.ts';
import { aRightHolder } from './auditing.ts';
import { expectGood } from './good-page.ts';
import { aClass } from './school.ts';
import { aHead, enter, nextCode } from './staff.ts';

let world: World;
let browser: Browser;
beforeAll(async () => {
  [browser, world] = await Promise.all([openBrowser(), wholeWorld()]);
}, 60_000);
afterAll(async () => {
  await browser?.close();
  await world?.close();
});

it('an auditor goes through the numbers, on a narrow screen in the dark', async () => {
  const { db } = world.parts;
  const one = await aClass(world, { pupils: 6 });
  await (await enter(world, await aHead(world))).get(`${one.path}/pupils`);
  const at = world.now();
  for (const subject of one.pupils) await record(db, BY, { name: 'account.locked', subject }, at);
  await db.transaction().execute((tx) => markDecoys(tx, { persons: one.pupils.slice(0, 2), uai: UAI, at }));
  const auditor = await aRightHolder(
    world,
    { role: 'auditor', scope: 'nation' },
    { role: 'auditor', scope: 'academie', academie: 'Paris' },
  );
  const visitor = await openVisitor(browser, { viewport: { width: 320, height: 640 }, colorScheme: 'dark' });
  const { page } = visitor;
  await page.goto(`${world.issuer}/console/audit`);
  await page.getByLabel('Identifiant').fill(auditor.username);
  await page.getByLabel('Mot de passe').fill(PASSWORD);
  await page.getByRole('button', { name: 'Continuer' }).click();
  await page.getByLabel('Code à six chiffres').fill(nextCode(world, auditor));
  await page.getByRole('button', { name: 'Continuer' }).click();
  await page.waitForURL(`${world.issuer}/console/audit`);
  await expectGood(visitor, 'audit-1-acts');
  await page.getByLabel('Un seul établissement').fill(UAI);
  await page.getByLabel('Période').selectOption('7');
  await page.keyboard.press('Tab');
  await page.getByLabel('Un seul établissement').press('Enter');
  await page.getByText('Collège des Tilleuls (0750001A)').waitFor();
  await page.getByRole('link', { name: 'Les derniers actes' }).click();
  await page.getByText('Collège des Tilleuls (0750001A)').waitFor();
  await expectGood(visitor, 'audit-2-events');
  await page.getByRole('link', { name: 'Les données sorties' }).click();
  await page.getByText('Lignes : 6').waitFor();
  await expectGood(visitor, 'audit-3-ledger');
  await page.goto(`${world.issuer}/console/audit?uai=9999999Z`);
  await page.getByText('Aucun établissement de votre périmètre').first().waitFor();
  await expectGood(visitor, 'audit-4-unknown-school');
}, 60_000);
