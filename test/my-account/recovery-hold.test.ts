import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { recoveryHeldUntil } from '../../src/accounts/recovery-hold.ts';
import { countRecoveryCodes, findTotp } from '../../src/second-factors/store.ts';
import { MORNING } from '../accounts/builders.ts';
import type { Browser } from '../http/edge-harness.ts';
import { type Someone, somebody, withTotp } from '../login/people.ts';
import { type AccountWorld, accountWorld } from './harness.ts';

const HOUR = 3_600_000;

let world: AccountWorld;
beforeAll(async () => {
  world = await accountWorld();
});
afterAll(() => world.close());

/** Claimed so long ago, with a second factor or without. */
async function claimedSince(hours: number): Promise<Someone> {
  const who = await somebody(world);
  await world.stores.db
    .updateTable('accounts')
    .set({ claimed_at: new Date(MORNING.getTime() - hours * HOUR) })
    .where('person', '=', who.person)
    .execute();
  return who;
}

async function post(browser: Browser, path: string, form: Record<string, string> = {}): Promise<Response> {
  await browser.get('/account');
  return browser.post(path, { csrf: browser.token(), ...form });
}

describe('for 48 hours after a claim', () => {
  it('neither second factor nor recovery codes are replaced: the page says until when and whom to ask', async () => {
    const who = await claimedSince(1);
    await withTotp(world, who);
    const browser = await world.signedIn(who.person, { factors: 2 });
    const factor = await findTotp(world.stores.db, who.person);
    for (const path of ['/account/second-factor', '/account/recovery-codes']) {
      const page = await browser.get(path);
      expect(page.status).toBe(403);
      const text = await page.text();
      expect(text).toContain('jeudi 26 novembre 2026 à 08:00');
      expect(text).toContain('secrétariat');
      expect(text).toContain('href="/account/lock"');
      expect((await post(browser, path, { ticket: 'x', otp: '123456' })).status).toBe(403);
    }
    expect(await findTotp(world.stores.db, who.person)).toEqual(factor);
    expect(await countRecoveryCodes(world.stores.db, who.person)).toBe(0);
  });

  it('a first second factor can be added: it takes nothing from anybody', async () => {
    const { person } = await claimedSince(1);
    const page = await (await world.signedIn(person)).get('/account/second-factor');
    expect(page.status).toBe(200);
  });

  it('and no longer', async () => {
    const who = await claimedSince(48);
    await withTotp(world, who);
    const browser = await world.signedIn(who.person, { factors: 2 });
    expect((await browser.get('/account/second-factor')).status).toBe(200);
    expect((await post(browser, '/account/recovery-codes')).status).toBe(200);
  });

  it('holds nothing of an account that nobody has claimed', async () => {
    const person = await world.accounts.dormant();
    const asked = { person, hours: 48, at: MORNING };
    expect(await recoveryHeldUntil(world.stores.db, asked)).toBeUndefined();
  });
});
