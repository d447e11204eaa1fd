import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { MORNING } from '../accounts/builders.ts';
import type { Browser } from '../http/edge-harness.ts';
import { PASSWORD, somebody } from '../login/people.ts';
import { type AccountWorld, accountWorld } from './harness.ts';

let world: AccountWorld;
beforeAll(async () => {
  world = await accountWorld();
  await world.stores.db.updateTable('establishments').set({ kind: 'ecole' }).execute();
});
beforeEach(() => {
  world.at = MORNING;
});
afterAll(() => world.close());

const PATH = '/account/password';

interface Drawn {
  passphrase: string;
  offer: string;
}

const drawnOn = (page: string): Drawn => ({
  passphrase: /name="passphrase" value="([a-z-]+)"/.exec(page)?.[1] ?? '',
  offer: /name="offer" value="([^"]+)"/.exec(page)?.[1] ?? '',
});

const look = async (browser: Browser): Promise<string> => (await browser.get(PATH)).text();
const change = (browser: Browser, form: Record<string, string>): Promise<Response> =>
  browser.post(PATH, { csrf: browser.token(), current: PASSWORD, ...form });

async function hashOf(person: number): Promise<string> {
  const { hash } = await world.stores.db
    .selectFrom('passwords')
    .select('hash')
    .where('person', '=', person)
    .executeTakeFirstOrThrow();
  return hash;
}

describe('a pupil of a primary school who changes the password', () => {
  it('takes five newly drawn words, and has no field for one of their own', async () => {
    const { person } = await somebody(world);
    const browser = await world.signedIn(person);
    const page = await look(browser);
    expect(page).toContain('Tes cinq nouveaux mots');
    expect(page).not.toContain('name="password"');
    const drawn = drawnOn(page);
    expect(drawn.passphrase.split('-')).toHaveLength(5);
    expect((await change(browser, { ...drawn })).headers.get('location')).toBe('/account?done=password');
    expect(await world.hasher.verify(await hashOf(person), drawn.passphrase)).toBe(true);
  });

  it('chooses nothing of their own, nor words drawn for somebody else or in another session', async () => {
    const [one, other] = [await somebody(world), await somebody(world)];
    const browser = await world.signedIn(one.person);
    const own = drawnOn(await look(browser));
    const theirs = drawnOn(await look(await world.signedIn(other.person)));
    const elsewhere = drawnOn(await look(await world.signedIn(one.person)));
    const chosen = 'sept-chevaux-bleus-1789';
    for (const form of [
      { password: chosen },
      { passphrase: chosen },
      { ...own, passphrase: chosen },
      { password: chosen, offer: own.offer },
      { ...theirs },
      { ...elsewhere },
    ]) {
      expect((await change(browser, form)).status).toBe(422);
    }
    expect(await world.hasher.verify(await hashOf(one.person), PASSWORD)).toBe(true);
  });

  it.each([
    ['a wrong current one', 'un autre mot de passe', 'Ce ne sont pas tes cinq mots de maintenant.'],
    ['no current one', '', 'Tape tes cinq mots de maintenant'],
  ])('finds the words that were written down again after %s', async (_, current, said) => {
    const { person } = await somebody(world);
    const browser = await world.signedIn(person);
    const drawn = drawnOn(await look(browser));
    const again = await change(browser, { ...drawn, current });
    const page = await again.text();
    expect([again.status, page.includes(said)]).toEqual([422, true]);
    expect(drawnOn(page)).toEqual(drawn);
    expect((await change(browser, { ...drawn })).status).toBe(303);
  });

  it('is led to no field that their page does not have', async () => {
    const { person } = await somebody(world);
    const browser = await world.signedIn(person);
    await look(browser);
    const page = await (await change(browser, { password: 'sept-chevaux-bleus-1789' })).text();
    expect(page).toContain('Prends les cinq mots de cette page.');
    expect(page).not.toContain('href="#field-password"');
  });

  it('is asked like everybody else once they go to another school', async () => {
    const { person } = await somebody(world);
    const browser = await world.signedIn(person);
    await world.stores.db.updateTable('establishments').set({ kind: 'college' }).execute();
    expect(await look(browser)).toContain('name="password"');
    await world.stores.db.updateTable('establishments').set({ kind: 'ecole' }).execute();
  });
});
