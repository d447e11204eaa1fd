import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { lockAccount } from '../../src/accounts/locks.ts';
import type { Browser } from '../http/edge-harness.ts';
import { confirmed, parentOf, withLetter } from './people.ts';
import { choosePassword, type Site, startSite } from './site.ts';
import { countStatements } from './statements.ts';
import { activationWorld, BY, DAY, type World } from './world.ts';

const PASSWORD = 'sept-chevaux-bleus-1789';

let world: World;
let site: Site;
beforeAll(async () => {
  world = await activationWorld({ hash: async (password) => `hash of ${password.length}` });
  site = await startSite(world);
});
afterAll(async () => {
  await site.stop();
  await world.close();
});

type Way = 'guardian-vouch' | 'desk' | 'class-window';

async function typeCode(browser: Browser, code: string): Promise<Response> {
  await browser.get('/activate');
  return browser.post('/activate', { csrf: browser.token(), code, proof: '' });
}

async function choose(browser: Browser, way: Way, proof = ''): Promise<Response> {
  await browser.get('/activate/way');
  return browser.post('/activate/way', { csrf: browser.token(), way, proof });
}

/** What is drawn for each browser, and the minute. */
const withoutChance = (page: string) =>
  page
    .replace(/code-shown">[^<]+</, '')
    .replace(/name="csrf" value="[^"]+"/g, '')
    .replace(/\d\d:\d\d/, '');

const shownOn = (page: string) => /code-shown">([^<]+)</.exec(page)?.[1]?.replace(' ', '') ?? '';

describe('somebody with a letter', () => {
  it('is asked what else they have, and their screen goes on by itself once a parent vouched', async () => {
    const { person, code } = await withLetter(world);
    const parent = await parentOf(world, person);
    const browser = site.browser();
    expect((await typeCode(browser, code)).headers.get('location')).toBe('/activate/way');
    expect((await choose(browser, 'guardian-vouch')).headers.get('location')).toBe('/activate/wait');
    const waiting = await browser.get('/activate/wait');
    expect(waiting.headers.get('refresh')).toBe('8');
    const digits = shownOn(await waiting.text());
    const [request] = await world.activation.listVouchRequests(parent);
    const given = { guardian: parent, request: request?.id ?? '', digits, confirm: confirmed };
    expect((await world.activation.vouch(given)).outcome).toBe('proved');
    expect((await browser.get('/activate/wait')).headers.get('location')).toBe('/activate/password');
    expect((await choosePassword(browser, PASSWORD)).headers.get('location')).toBe('/activate/second-factor');
  });

  it('may type the word on the page after the code', async () => {
    const { code, word } = await world.pupilWithProofs();
    const browser = site.browser();
    await typeCode(browser, code);
    expect((await choose(browser, 'class-window')).status).toBe(422);
    expect((await choose(browser, 'class-window', word)).headers.get('location')).toBe('/activate/password');
  });

  it('is told at once what can be no code, and starts with the letter', async () => {
    const browser = site.browser();
    expect(await (await typeCode(browser, 'bonjour')).text()).toContain('seize lettres et chiffres');
    expect((await browser.get('/activate/way')).headers.get('location')).toBe('/activate');
    expect((await browser.get('/activate/wait')).headers.get('location')).toBe('/activate');
  });

  it('shows the digits in their own browser alone', async () => {
    const { code } = await withLetter(world);
    const [browser, stranger] = [site.browser(), site.browser()];
    await typeCode(browser, code);
    await choose(browser, 'guardian-vouch');
    stranger.cookies.set('preau_activation', browser.cookies.get('preau_activation') ?? '');
    expect((await stranger.get('/activate/wait')).headers.get('location')).toBe('/activate');
  });
});

describe('a stranger with a code', () => {
  it.each(['guardian-vouch', 'desk'] as const)(
    'learns nothing from choosing %s: same status, bytes, headers and statements',
    async (way) => {
      const answers = new Map<string, string>();
      for (const [name, code] of Object.entries(await manyCodes())) {
        const browser = site.browser();
        await typeCode(browser, code);
        await browser.get('/activate/way');
        const count = countStatements();
        const asked = await browser.post('/activate/way', { csrf: browser.token(), way, proof: '' });
        const statements = count.stop();
        const again = countStatements();
        const page = await browser.get('/activate/wait');
        const looked = again.stop();
        const text = withoutChance(await page.text());
        const headers = [...asked.headers, ...page.headers].filter(
          ([header]) => !/date|set-cookie/.test(header),
        );
        const seen = { status: [asked.status, page.status], headers, text, statements, looked };
        answers.set(name, JSON.stringify(seen));
      }
      expect(new Set(answers.values()).size).toBe(1);
      expect([...answers.values()][0]).toContain('"status":[303,200]');
    },
  );

  async function manyCodes(): Promise<Record<string, string>> {
    const { db } = world.stores;
    const [good, used, voided, expired, locked, other] = await Promise.all([
      withLetter(world),
      withLetter(world),
      withLetter(world),
      withLetter(world),
      withLetter(world),
      withLetter(world, { profile: 'staff' }),
    ]);
    const letter = (person: number) => db.updateTable('letters').where('person', '=', person);
    await letter(used.person).set({ state: 'used' }).execute();
    await letter(voided.person).set({ state: 'void' }).execute();
    await letter(expired.person)
      .set({ expires_at: new Date(world.now().getTime() - DAY) })
      .execute();
    await db
      .transaction()
      .execute((tx) => lockAccount(tx, BY, { person: locked.person, reason: 'test', at: world.now() }));
    return {
      unknown: '0000-0000-0000-0000',
      good: good.code,
      used: used.code,
      voided: voided.code,
      expired: expired.code,
      locked: locked.code,
      other: other.code,
    };
  }
});
