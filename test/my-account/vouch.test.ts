import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { formatActivationCode } from '../../src/activation/activation-code.ts';
import { openGuardianships } from '../../src/directory/guardianships.ts';
import { MORNING } from '../accounts/builders.ts';
import type { Browser } from '../http/edge-harness.ts';
import { dormant, somebody, UAI, withTotp } from '../login/people.ts';
import { type AccountWorld, accountWorld } from './harness.ts';

const BY = { kind: 'operator', name: 'test', osUser: 'root', host: 'here' } as const;

let world: AccountWorld;
beforeAll(async () => {
  world = await accountWorld();
});
beforeEach(() => {
  world.at = MORNING;
});
afterAll(() => world.close());

interface Family {
  parent: number;
  child: number;
  codeAt(at: Date): string;
  browser: Browser;
  request: { digits: string; token: string };
}

/** A guardian with a second factor, signed in, and the screen of their child, which waits. */
async function family(): Promise<Family> {
  const who = await somebody(world, 'guardian');
  const { codeAt } = await withTotp(world, who);
  const child = await dormant(world);
  await world.stores.db
    .transaction()
    .execute((tx) =>
      openGuardianships(tx, [{ guardian: who.person, child, rank: 1, relation: null }], MORNING),
    );
  const browser = await world.signedIn(who.person, { factors: 2 });
  return { parent: who.person, child, codeAt, browser, request: await wait(child) };
}

async function wait(child: number): Promise<{ digits: string; token: string }> {
  return ask((await print()).get(child) ?? '');
}

/** By person; every former letter is void. */
async function print(): Promise<Map<number, string>> {
  const printing = await world.activation.printLetters({ uai: UAI, by: BY });
  if (printing.outcome !== 'printing') throw new Error(printing.outcome);
  const codes = new Map<number, string>();
  for await (const { person, code } of printing.letters) codes.set(person, formatActivationCode(code));
  return codes;
}

async function ask(code: string): Promise<{ digits: string; token: string }> {
  const { activation } = world;
  const [ceremony] = activation.awaited.filter(({ name }) => name === 'guardian-vouch');
  if (!ceremony) throw new Error('no such ceremony');
  const { token } = await activation.ask(ceremony, code);
  return { token, digits: ceremony.shown(token) ?? '' };
}

async function post(browser: Browser, form: Record<string, string>): Promise<Response> {
  const page = await (await browser.get('/account/vouch')).text();
  const request = /name="request" value="([^"]+)"/.exec(page)?.[1] ?? '';
  return browser.post('/account/vouch', { csrf: browser.token(), request, ...form });
}

const goesOn = async ({ request }: Family) =>
  (await world.activation.findVisit(request.token, ['proved'])) !== undefined;

describe('a guardian', () => {
  it('sees on their account who waits, types digits and code, and the child goes on', async () => {
    const one = await family();
    expect(await (await one.browser.get('/account')).text()).toContain('Lina veut activer');
    const form = { proof: one.request.digits, otp: one.codeAt(world.at) };
    const done = await post(one.browser, form);
    expect(done.headers.get('location')).toBe('/account?done=vouch');
    expect(await goesOn(one)).toBe(true);
    const page = await (await one.browser.get('/account')).text();
    expect(page).not.toContain('veut activer');
    // The code was spent by this: it confirms nothing else.
    const sibling = await dormant(world);
    await world.stores.db
      .transaction()
      .execute((tx) =>
        openGuardianships(tx, [{ guardian: one.parent, child: sibling, rank: 2, relation: null }], MORNING),
      );
    const { digits } = await wait(sibling);
    const again = await post(one.browser, { proof: digits, otp: form.otp });
    expect([again.status, await again.text()]).toEqual([
      422,
      expect.stringContaining('id="field-otp-error"'),
    ]);
  });

  it('is told of wrong digits, and that the letter may be in other hands', async () => {
    const one = await family();
    const proof = one.request.digits === '00' ? '01' : '00';
    const wrong = await post(one.browser, { proof, otp: one.codeAt(world.at) });
    expect([wrong.status, await wrong.text()]).toEqual([422, expect.stringContaining('prévenez l’école')]);
    expect(await goesOn(one)).toBe(false);
  });

  it('of two children keeps the one they answered for, also where a field was left empty', async () => {
    const one = await family();
    const sibling = await dormant(world);
    await world.stores.db
      .transaction()
      .execute((tx) =>
        openGuardianships(tx, [{ guardian: one.parent, child: sibling, rank: 1, relation: null }], MORNING),
      );
    const codes = await print();
    for (const child of [one.child, sibling]) await ask(codes.get(child) ?? '');
    const inFront = (page: string) => /name="request" value="([^"]+)"/.exec(page)?.[1];
    const first = inFront(await (await one.browser.get('/account/vouch')).text());
    const waiting = await world.activation.listVouchRequests(one.parent);
    const second = waiting.map(({ id }) => id).find((id) => id !== first);
    expect(second).toBeDefined();
    const form = { csrf: one.browser.token(), request: second ?? '', proof: '12', otp: '' };
    const again = await one.browser.post('/account/vouch', form);
    expect([again.status, inFront(await again.text())]).toEqual([422, second]);
  });

  it('vouches for nobody without a code of their second factor', async () => {
    const one = await family();
    const wrong = await post(one.browser, { proof: one.request.digits, otp: '000000' });
    expect(wrong.status).toBe(422);
    expect(await goesOn(one)).toBe(false);
    const bare = await somebody(world, 'guardian');
    await world.stores.db
      .transaction()
      .execute((tx) =>
        openGuardianships(
          tx,
          [{ guardian: bare.person, child: one.child, rank: 2, relation: null }],
          MORNING,
        ),
      );
    const browser = await world.signedIn(bare.person);
    const page = await (await browser.get('/account/vouch')).text();
    expect(page).toContain('href="/account/second-factor"');
    expect(page).not.toContain('name="otp"');
  });

  it('sees no other family’s child, and opens nothing with their request', async () => {
    const [one, other] = [await family(), await family()];
    const page = await (await other.browser.get('/account/vouch')).text();
    expect(new Set(page.match(/name="request" value="[^"]+"/g))).toHaveProperty('size', 1);
    const [request] = await world.activation.listVouchRequests(one.parent);
    const form = { request: request?.id ?? '', proof: one.request.digits, otp: other.codeAt(world.at) };
    const foreign = await other.browser.post('/account/vouch', { csrf: other.browser.token(), ...form });
    expect(foreign.status).toBe(422);
    expect(await goesOn(one)).toBe(false);
  });

  it('says that it is not their child: the screen and the letter are worth nothing, and the school is told', async () => {
    const stranger = await family();
    const one = await family();
    const [waiting] = await world.activation.listVouchRequests(one.parent);
    const request = waiting?.id ?? '';
    const refuse = (browser: Browser) =>
      browser.post('/account/vouch/refuse', { csrf: browser.token(), request });
    const page = await (await one.browser.get('/account/vouch')).text();
    expect(page).toContain('action="/account/vouch/refuse"');

    await stranger.browser.get('/account');
    expect((await refuse(stranger.browser)).headers.get('location')).toBe('/account?done=vouch-ended');
    expect(await world.activation.listVouchRequests(one.parent)).toHaveLength(1);

    const answers = await Promise.all([1, 2, 3].map(() => refuse(one.browser)));
    const done = answers.map(({ headers }) => headers.get('location'));
    expect(done.filter((to) => to === '/account?done=vouch-refused')).toHaveLength(1);
    expect(await (await one.browser.get('/account?done=vouch-refused')).text()).toContain('C’est arrêté');
    expect(await world.activation.listVouchRequests(one.parent)).toEqual([]);
    const late = { request, proof: one.request.digits, otp: one.codeAt(world.at) };
    const vouched = await one.browser.post('/account/vouch', { csrf: one.browser.token(), ...late });
    expect([vouched.status, await goesOn(one)]).toEqual([422, false]);

    const { db, pool } = world.stores;
    const letters = await db.selectFrom('letters').select('state').where('person', '=', one.child).execute();
    expect(letters.map(({ state }) => state)).toEqual(expect.not.arrayContaining(['printed', 'handed-over']));
    const alarms = await pool.query('select rule, uai, details from alarms where person = $1', [one.child]);
    expect(alarms.rows).toEqual([
      { rule: 'vouch-refused', uai: UAI, details: { request, letters: [expect.any(String)] } },
    ]);
    expect(JSON.stringify(alarms.rows)).not.toContain('Lina');
  });
});
