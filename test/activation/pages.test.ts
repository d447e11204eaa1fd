import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { lockAccount } from '../../src/accounts/locks.ts';
import { applyOrder } from '../../src/crisis/apply-order.ts';
import { otpOf } from './otp.ts';
import { choosePassword, giveProofs, type Site, startSite } from './site.ts';
import { countStatements } from './statements.ts';
import { activationWorld, BY, DAY, type World } from './world.ts';

const PASSWORD = 'sept-chevaux-bleus-1789';

let world: World;
let site: Site;
beforeAll(async () => {
  world = await activationWorld();
  site = await startSite(world);
});
afterAll(async () => {
  await site.stop();
  await world.close();
});

const stateOf = async (person: number) =>
  (
    await world.stores.db
      .selectFrom('account_states')
      .select('state')
      .where('person', '=', person)
      .where('until_at', 'is', null)
      .executeTakeFirstOrThrow()
  ).state;

describe('the pages of activation', () => {
  it('lead from the letter to a signed-in pupil with a second factor and recovery codes', async () => {
    const { person, code, word } = await world.pupilWithProofs();
    const browser = site.browser();
    expect((await giveProofs(browser, { code, word })).headers.get('location')).toBe('/activate/password');
    const passwordPage = await (await browser.get('/activate/password')).text();
    expect(passwordPage).toContain('Bonjour Lina0');
    expect((await choosePassword(browser, PASSWORD)).headers.get('location')).toBe('/activate/second-factor');
    expect(await stateOf(person)).toBe('active');
    const factorPage = await (await browser.get('/activate/second-factor')).text();
    expect(factorPage).toMatch(/lina\.[a-z]+\d{2,3}/);
    const [ticket, secret] = [ticketOf(factorPage), secretOf(factorPage)];
    const otp = otpOf(secret, world.now());
    const form = { csrf: browser.token(), ticket, otp };
    const codesPage = await (await browser.post('/activate/second-factor', form)).text();
    expect(codesPage.match(/class="code"/g)).toHaveLength(10);
    const kept = await browser.post('/activate/recovery-codes', { csrf: browser.token(), codes: 'kept' });
    expect(kept.headers.get('location')).toBe('/');
    expect(site.signedIn.at(-1)).toMatchObject({ person, acr: 'urn:preau:acr:two' });
  });

  it('take the offered passphrase without typing, and go on without a telephone', async () => {
    const { person, code, word } = await world.pupilWithProofs();
    const browser = site.browser();
    await giveProofs(browser, { code, word });
    const page = await (await browser.get('/activate/password')).text();
    const passphrase = /name="passphrase" value="([a-z]+(?:-[a-z]+){4})"/.exec(page)?.[1] ?? '';
    expect(passphrase.split('-')).toHaveLength(5);
    const taken = await browser.post('/activate/password', {
      csrf: browser.token(),
      password: '',
      passphrase,
    });
    expect(taken.headers.get('location')).toBe('/activate/second-factor');
    const hash = await world.stores.db
      .selectFrom('passwords')
      .select('hash')
      .where('person', '=', person)
      .executeTakeFirst();
    expect(await world.hasher.verify(hash?.hash, passphrase)).toBe(true);
    await browser.get('/activate/second-factor');
    const later = await browser.post('/activate/second-factor', { csrf: browser.token(), later: 'yes' });
    expect(later.headers.get('location')).toBe('/');
    expect(site.signedIn.at(-1)).toMatchObject({ person, acr: 'urn:preau:acr:one' });
  });

  it('say what is wrong with a password, and keep the ceremony open', async () => {
    const { code, word } = await world.pupilWithProofs();
    const browser = site.browser();
    await giveProofs(browser, { code, word });
    const short = await choosePassword(browser, 'court');
    expect(short.status).toBe(422);
    expect(await short.text()).toContain('au moins 12');
    expect((await choosePassword(browser, PASSWORD)).status).toBe(303);
  });

  it('keep the secret in sight after a mistyped code', async () => {
    const { code, word } = await world.pupilWithProofs();
    const browser = site.browser();
    await giveProofs(browser, { code, word });
    await choosePassword(browser, PASSWORD);
    const page = await (await browser.get('/activate/second-factor')).text();
    const form = { csrf: browser.token(), ticket: ticketOf(page), otp: '12' };
    const again = await browser.post('/activate/second-factor', form);
    expect(again.status).toBe(422);
    const text = await again.text();
    expect(secretOf(text)).toEqual(secretOf(page));
    expect(text).not.toContain('value="12"');
  });

  it('show recovery codes once: afterwards only new ones', async () => {
    const { code, word } = await world.pupilWithProofs();
    const browser = site.browser();
    await giveProofs(browser, { code, word });
    await choosePassword(browser, PASSWORD);
    const page = await (await browser.get('/activate/second-factor')).text();
    const form = { csrf: browser.token(), ticket: ticketOf(page), otp: otpOf(secretOf(page), world.now()) };
    const shown = await (await browser.post('/activate/second-factor', form)).text();
    const first = codesOf(shown);
    const later = await (await browser.get('/activate/recovery-codes')).text();
    expect(codesOf(later)).toEqual([]);
    // A change of language loads the page anew, and would lose them.
    expect([shown, later].map((text) => text.includes('action="/language"'))).toEqual([false, true]);
    const again = await browser.post('/activate/recovery-codes', { csrf: browser.token(), codes: 'again' });
    const second = codesOf(await again.text());
    expect(second).toHaveLength(10);
    expect(second.filter((one) => first.includes(one))).toEqual([]);
  });

  it('lead nowhere in another browser, and back to where they stand in this one', async () => {
    const { code, word } = await world.pupilWithProofs();
    const [browser, stranger] = [site.browser(), site.browser()];
    await giveProofs(browser, { code, word });
    for (const page of ['password', 'second-factor', 'recovery-codes']) {
      expect((await stranger.get(`/activate/${page}`)).headers.get('location')).toBe('/activate');
    }
    expect((await browser.get('/activate/second-factor')).headers.get('location')).toBe('/activate/password');
    expect((await browser.get('/activate/recovery-codes')).headers.get('location')).toBe(
      '/activate/password',
    );
    const made = [...browser.cookies].find(([name]) => name === 'preau_activation');
    stranger.cookies.set('preau_activation', made?.[1] ?? '');
    // Without its signature a stolen value is none.
    expect((await stranger.get('/activate/password')).headers.get('location')).toBe('/activate');
  });

  it('refuse a form without its token', async () => {
    const browser = site.browser();
    for (const page of ['', '/password', '/second-factor', '/recovery-codes']) {
      expect((await browser.post(`/activate${page}`, { code: 'x', proof: 'y' })).status).toBe(403);
    }
  });

  it('keep English where it is asked', async () => {
    const page = await (await site.get('/activate', { 'accept-language': 'en' })).text();
    expect(page).toContain('<html lang="en"');
    expect(page).toContain('The word on the board');
  });
});

describe('the link of the letter', () => {
  it('spends nothing, and leaves the address at once', async () => {
    const { code, word } = await world.pupilWithProofs();
    const browser = site.browser();
    for (let n = 0; n < 12; n += 1) {
      const answer = await browser.get(`/activate?code=${code.replaceAll('-', '')}`);
      expect(answer.status).toBe(303);
      expect(answer.headers.get('location')).toBe('/activate');
      expect(answer.headers.get('referrer-policy')).toBe('no-referrer');
    }
    expect(await (await browser.get('/activate')).text()).toContain(`value="${code}"`);
    expect([...browser.cookies.values()].join()).not.toContain(code.replaceAll('-', ''));
    expect((await giveProofs(browser, { code, word })).status).toBe(303);
    expect(await (await browser.get('/activate')).text()).not.toContain(code);
    expect(JSON.stringify(site.log)).not.toContain(code.replaceAll('-', ''));
  });

  it('prefills nothing that is no code, altered or too old', async () => {
    const browser = site.browser();
    await browser.get('/activate?code=%3Cscript%3E');
    await browser.get('/activate?code=0123456789ABCDEF&code=0123456789ABCDEF');
    expect(await (await browser.get('/activate')).text()).not.toMatch(/name="code"[^>]*value=/);
    await browser.get('/activate?code=0123456789ABCDEF');
    expect(await (await browser.get('/activate')).text()).toContain('0123-4567-89AB-CDEF');
    world.wait(11 * 60_000);
    expect(await (await browser.get('/activate')).text()).not.toMatch(/name="code"[^>]*value=/);
  });
});

describe('every refusal', () => {
  it('has the same status, bytes, headers and statements', async () => {
    const pupils = await manyRefusals();
    const browser = site.browser();
    await browser.get('/activate');
    const answers = new Map<string, string>();
    for (const [name, typed] of Object.entries(pupils)) {
      const count = countStatements();
      const response = await browser.post('/activate', { csrf: browser.token(), ...typed });
      const headers = [...response.headers].filter(([header]) => header !== 'date');
      const text = await response.text();
      answers.set(name, JSON.stringify({ status: response.status, headers, text, statements: count.stop() }));
    }
    expect(new Set(answers.values()).size).toBe(1);
    expect([...answers.values()][0]).toContain('Cela n’a pas marché');
    // Whose letter was printed alone must not look for what is wrong with it.
    expect([...answers.values()][0]).toContain('à partir de quand elle marche, attendez');
    expect([...answers.values()][0]).toContain('"status":422');
    expect([...answers.values()][0]).toMatch(/"statements":[3-9]\b/);
  });

  async function manyRefusals(): Promise<Record<string, { code: string; proof: string }>> {
    const { db } = world.stores;
    const expired = await world.pupilWithProofs();
    await db
      .updateTable('letters')
      .set({ expires_at: new Date(world.now().getTime() - DAY) })
      .where('person', '=', expired.person)
      .execute();
    const used = await world.pupilWithProofs();
    const owner = site.browser();
    await giveProofs(owner, used);
    await choosePassword(owner, PASSWORD);
    const voided = await world.pupilWithProofs();
    await db.updateTable('letters').set({ state: 'void' }).where('person', '=', voided.person).execute();
    const early = await world.pupilWithProofs();
    await db
      .updateTable('letters')
      .set({ valid_from: new Date(world.now().getTime() + DAY) })
      .where('person', '=', early.person)
      .execute();
    const noWindow = await world.pupilWithProofs();
    await world.activation.closeWindow({ id: noWindow.window, by: BY });
    const locked = await world.pupilWithProofs();
    await db
      .transaction()
      .execute((tx) => lockAccount(tx, BY, { person: locked.person, reason: 'test', at: world.now() }));
    const frozen = await world.pupilWithProofs();
    const { version } = await world.orders.inForce();
    const freeze = {
      measure: 'freeze',
      scope: { person: [frozen.person] },
      reason: 'test',
      mode: 'live',
    } as const;
    await applyOrder(db, BY, { ...freeze, scope: { person: [frozen.person] } }, world.now());
    await world.orders.upTo(version + 1);
    const wrong = await world.pupilWithProofs();
    const tried = await world.pupilWithProofs();
    await db
      .updateTable('activation_window_pupils')
      .set({ wrong_words: 5 })
      .where('person', '=', tried.person)
      .execute();
    const typed = ({ code, word }: { code: string; word: string }) => ({ code, proof: word });
    return {
      unknown: { code: '0000-0000-0000-0000', proof: 'carotte' },
      noCode: { code: 'bonjour', proof: 'carotte' },
      expired: typed(expired),
      used: typed(used),
      voided: typed(voided),
      early: typed(early),
      noWindow: typed(noWindow),
      locked: typed(locked),
      frozen: typed(frozen),
      wrongWord: { code: wrong.code, proof: 'zzzz' },
      noWord: { code: wrong.code, proof: '12 34' },
      noTriesLeft: typed(tried),
    };
  }
});

describe('an address that fails too often', () => {
  it('waits, whatever it types; without Redis nobody activates', async () => {
    const narrow = await startSite(world, { addressFailures: 3 });
    try {
      const { code, word } = await world.pupilWithProofs();
      const browser = narrow.browser();
      const wrong = { code: '0000000000000000', word: 'faux' };
      const statuses: number[] = [];
      for (let n = 0; n < 4; n += 1) statuses.push((await giveProofs(browser, wrong)).status);
      expect(statuses.slice(-1)).toEqual([429]);
      const right = await giveProofs(browser, { code, word });
      expect(right.status).toBe(429);
      expect(Number(right.headers.get('retry-after'))).toBeGreaterThan(0);
      const gone = once(world.stores.redis, 'end');
      world.stores.redis.disconnect();
      await gone;
      expect((await giveProofs(browser, { code, word })).status).toBe(503);
    } finally {
      await narrow.stop();
      await world.stores.redis.connect();
    }
  });
});

function ticketOf(page: string): string {
  return /name="ticket" value="([^"]+)"/.exec(page)?.[1] ?? '';
}

/** The secret as it stands on the page: base32 in groups of four. */
function secretOf(page: string): Buffer {
  const groups = [...page.matchAll(/class="code-group">([A-Z2-7]{4})</g)].map(([, group]) => group);
  const bits = [...groups.join('')].map((letter) =>
    'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0'),
  );
  return Buffer.from((bits.join('').match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
}

function codesOf(page: string): string[] {
  return [...page.matchAll(/<li><code class="code">(.*?)<\/code>/g)].map(([, code]) => code ?? '');
}
