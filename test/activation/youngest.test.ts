import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { acrOf } from '../../src/accounts/claim-acr.ts';
import { wordsOf } from '../../src/crypto/word-lists.ts';
import { defaultSettings } from './parts.ts';
import { choosePassword, giveProofs, type Site, startSite } from './site.ts';
import { activationWorld, type World } from './world.ts';

let world: World;
let site: Site;
beforeAll(async () => {
  world = await activationWorld();
  await world.stores.db.updateTable('establishments').set({ kind: 'ecole' }).execute();
  site = await startSite(world);
});
afterAll(async () => {
  await site.stop();
  await world.close();
});

const offerOn = (page: string) => ({
  passphrase: /name="passphrase" value="([a-z-]+)"/.exec(page)?.[1] ?? '',
  offer: /name="offer" value="([^"]+)"/.exec(page)?.[1] ?? '',
});

describe('a pupil of a primary school', () => {
  it('takes five drawn words, and has no field for a password', async () => {
    const pupil = await world.pupilWithProofs();
    const browser = site.browser();
    await giveProofs(browser, pupil);
    const page = await (await browser.get('/activate/password')).text();
    expect(page).toContain('tes cinq mots');
    expect(page).not.toContain('name="password"');
    const taken = await browser.post('/activate/password', { csrf: browser.token(), ...offerOn(page) });
    expect(taken.headers.get('location')).toBe('/activate/second-factor');
  });

  it('chooses nothing of their own, nor words that were offered to somebody else', async () => {
    const [one, other] = [await world.pupilWithProofs(), await world.pupilWithProofs()];
    const [browser, neighbour] = [site.browser(), site.browser()];
    await giveProofs(browser, one);
    await giveProofs(neighbour, other);
    const theirs = offerOn(await (await neighbour.get('/activate/password')).text());
    const chosen = await choosePassword(browser, 'sept-chevaux-bleus-1789');
    const refused = await chosen.text();
    expect([chosen.status, refused.includes('Prends les cinq mots de cette page.')]).toEqual([422, true]);
    expect(refused).not.toContain('href="#field-password"');
    const own = offerOn(await (await browser.get('/activate/password')).text());
    for (const form of [theirs, { ...own, passphrase: 'un-deux-trois-quatre-cinq' }]) {
      const taken = await browser.post('/activate/password', { csrf: browser.token(), ...form });
      expect(taken.status).toBe(422);
    }
    expect((await browser.post('/activate/password', { csrf: browser.token(), ...own })).status).toBe(303);
  });

  it('has 55 bits: five of 2,048 words, each as likely', () => {
    const words = wordsOf('passphrase');
    expect(new Set(words).size).toBe(2048);
    expect(words.every((word) => /^[a-z]{3,}$/.test(word))).toBe(true);
  });
});

describe('how an account was claimed', () => {
  const highest = {
    ...defaultSettings().activation.highestAcr,
    'class-window': 'urn:preau:acr:place',
  } as const;

  it('caps what its password alone is worth, until a second factor is given', () => {
    const claimedBy = 'class-window';
    expect(acrOf(['pwd'], { claimedBy, highest })).toBe('urn:preau:acr:place');
    expect(acrOf(['pwd', 'otp'], { claimedBy, highest })).toBe('urn:preau:acr:two');
    expect(acrOf(['pwd'], { claimedBy: 'desk', highest })).toBe('urn:preau:acr:one');
    expect(acrOf(['pwd'], { claimedBy: 'before', highest })).toBe('urn:preau:acr:one');
  });

  it('counts from the session that the ceremony itself begins', async () => {
    const capped = await activationWorld({
      adjust: ({ activation }) => {
        activation.highestAcr = highest;
      },
      hash: async (word) => `hash of ${word}`,
    });
    try {
      const { code, word } = await capped.pupilWithProofs();
      const begun = await capped.activation.begin(capped.activation.classWindow, { code, proof: word });
      if (begun.outcome !== 'begun') throw new Error(begun.outcome);
      await capped.activation.claim(begun.token, 'sept-chevaux-bleus-1789');
      const finished = await capped.activation.finish(begun.token);
      expect(finished).toMatchObject({ outcome: 'finished', signIn: { acr: 'urn:preau:acr:place' } });
    } finally {
      await capped.close();
    }
  });
});
