import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { createProposeContract } from '../../src/relying-parties/contracts/propose.ts';
import { createRequestContract } from '../../src/relying-parties/contracts/request.ts';
import { createRegisterClient } from '../../src/relying-parties/register-client.ts';
import { createUpdateClient } from '../../src/relying-parties/update-client.ts';
import { insertRight } from '../../src/rights/giving-store.ts';
import { aYearFrom } from '../../src/rights/officers/propose.ts';
import { PASSWORD, UAI } from '../login/people.ts';
import { TERMS } from '../relying-parties/terms.ts';
import { openBrowser, openVisitor } from '../support/browser.ts';
import { BY, type World, wholeWorld } from '../support/world.ts';
import { expectGood } from './good-page.ts';
import { aClass } from './school.ts';
import { aHead, aMember, nextCode, type StaffMember } from './staff.ts';

let world: World;
let browser: Browser;
beforeAll(async () => {
  [browser, world] = await Promise.all([openBrowser(), wholeWorld()]);
}, 60_000);
afterAll(async () => {
  await browser?.close();
  await world?.close();
});

/** Where pages break first: as narrow as a telephone gets, and dark. */
const name = 'narrow-dark';
const options = { viewport: { width: 320, height: 640 }, colorScheme: 'dark' } as const;

async function signIn(page: Page, who: StaffMember, to: string): Promise<void> {
  await page.goto(world.issuer + to);
  await page.getByLabel('Identifiant').fill(who.username);
  await page.getByLabel('Mot de passe').fill(PASSWORD);
  await page.getByRole('button', { name: 'Continuer' }).click();
  await page.getByLabel('Code à six chiffres').fill(nextCode(world, who));
  await page.getByRole('button', { name: 'Continuer' }).click();
  await page.waitForURL(`${world.issuer}/console/**`);
}

/** Of a publisher that calls itself by another's name, with addresses as long as they get. */
async function requestPronote(): Promise<void> {
  const long = `https://evil.example/${'un-long-chemin/'.repeat(8)}`;
  const metadata = {
    ...{ client_name: 'Pronote', redirect_uris: [`${long}callback`, long + 'x'.repeat(200)] },
    ...{ backchannel_logout_uri: `${long}sign-outs`, token_endpoint_auth_method: 'none' },
  };
  const registered = await createRegisterClient(world.parts)(BY, { metadata, publisher: 'Small Co' });
  if (registered.outcome !== 'registered') throw new Error(registered.outcome);
  const { client_id: clientId } = registered.client;
  await createProposeContract(world.parts)(BY, { clientId, terms: TERMS });
  await createRequestContract(world.parts)(BY, { clientId });
}

describe('in Chromium, narrow and dark', () => {
  it('a head gives a right and takes it away', async () => {
    const [head, one] = [await aHead(world), await aClass(world, { pupils: 4 })];
    await aMember(world, 'staff');
    const visitor = await openVisitor(browser, options);
    const { page } = visitor;
    await signIn(page, head, '/console/rights');
    await expectGood(visitor, `rights-${name}`);
    await page.getByRole('link', { name: 'Donner un droit' }).click();
    await expectGood(visitor, `rights-staff-${name}`);
    await page.locator('.cards a').last().click();
    await page.getByRole('button', { name: 'Continuer' }).click();
    await expectGood(visitor, `rights-grant-wrong-${name}`);
    await page.getByLabel('Distribution des lettres').check();
    await page.getByLabel(one.className).check();
    await page.getByRole('button', { name: 'Continuer' }).click();
    await expectGood(visitor, `rights-confirm-${name}`);
    await page.getByLabel('Code à six chiffres').fill(nextCode(world, head));
    await page.getByRole('button', { name: 'Donner un droit' }).click();
    await page.getByText('Le droit est donné').waitFor();
    await expectGood(visitor, `rights-given-${name}`);
    await page.getByRole('link', { name: 'Retirer' }).first().click();
    await expectGood(visitor, `rights-end-${name}`);
    await page.getByLabel('Pourquoi').fill('a changé de poste');
    await page.getByLabel('Code à six chiffres').fill(nextCode(world, head));
    await page.getByRole('button', { name: 'Retirer' }).click();
    await page.getByText('Le droit est retiré').waitFor();
    expect(page.url()).toContain(`/console/rights/schools/${UAI}`);
    await visitor.context.close();
  });

  it('an officer proposes another', async () => {
    const [officer, chosen] = [await aMember(world, 'staff'), await aMember(world, 'staff')];
    await world.parts.db.transaction().execute((tx) =>
      insertRight(tx, {
        ...{ person: officer.person, role: 'national-officer', scope: { kind: 'nation' } },
        ...{ origin: 'appointed', by: BY, from: world.now(), until: aYearFrom(world.now()) },
      }),
    );
    const visitor = await openVisitor(browser, options);
    const { page } = visitor;
    await signIn(page, officer, '/console/rights');
    await expectGood(visitor, `rights-choose-${name}`);
    await page.getByRole('link', { name: 'Voir les responsables' }).click();
    await expectGood(visitor, `officers-${name}`);
    await page.getByLabel('Identifiant').fill(chosen.username);
    await page.getByLabel('Responsable national').check();
    await page.getByLabel('Code à six chiffres').fill(nextCode(world, officer));
    await page.getByRole('button', { name: 'Proposer' }).click();
    await page.getByText('attend une deuxième personne').waitFor();
    await expectGood(visitor, `officers-proposed-${name}`);
    const [proposal] = await world.parts.db
      .selectFrom('officer_proposals')
      .select('id')
      .where('person', '=', chosen.person)
      .execute();
    await page.goto(`${world.issuer}/console/rights/officers/${proposal?.id}`);
    await expectGood(visitor, `officers-approve-${name}`);
    const { client } = await world.register();
    const update = createUpdateClient(world.parts);
    await update(BY, {
      ...{ clientId: client.client_id, within: 'review' },
      metadata: { ...client, redirect_uris: [`https://edt.example/${'un-long-chemin/'.repeat(8)}callback`] },
    });
    await requestPronote();
    await page.goto(`${world.issuer}/console/contracts`);
    await expectGood(visitor, `contracts-${name}`);
    const look = page.getByRole('link', { name: 'Lire et décider' });
    await look.first().click();
    await page.getByText('Le contrat porte un autre nom').waitFor();
    await expectGood(visitor, `contract-${name}`);
    await page.goBack();
    await look.last().click();
    await expectGood(visitor, `contract-change-${name}`);
    await visitor.context.close();
  });
});
