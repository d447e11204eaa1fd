import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Router } from '@koa/router';
import { openGuardianships } from '../../src/directory/guardianships.ts';
import { getPersonIds } from '../../src/directory/persons.ts';
import { rightsOf } from '../../src/rights/rights.ts';
import { aClass } from '../console/school.ts';
import { aHead, aTeacher, enter, nextCode, type StaffMember } from '../console/staff.ts';
import { dormant, PASSWORD, somebody, UAI, withTotp } from '../login/people.ts';
import type { Answer, Visitor } from '../support/visitor.ts';
import { BY, type World, wholeWorld } from '../support/world.ts';

const DAY = 86_400_000;

let world: World;
beforeAll(async () => {
  world = await wholeWorld();
}, 60_000);
afterAll(() => world.close());

/** How long it says to wait, in seconds; undefined where it says nothing of it. */
function pauseOf({ status, headers }: Pick<Answer, 'status' | 'headers'>): number | undefined {
  if (status !== 429) throw new Error(`${status} is no 429`);
  const said = headers.get('retry-after') ?? '';
  return /^[1-9]\d*$/.test(said) ? Number(said) : undefined;
}

async function until429(send: () => Promise<Answer>): Promise<Answer> {
  for (let n = 0; n < 120; n += 1) {
    const answer = await send();
    if (answer.status === 429) return answer;
  }
  throw new Error('nobody said stop');
}

describe('a sign-in that is paused', () => {
  it('says for how long: after wrong passwords, and after wrong codes', async () => {
    const visitor = world.visitor();
    const who = await somebody(world, 'guardian');
    await withTotp(world, who);
    await visitor.open('/account');
    const wrong = { username: 'nobody.at.all', password: 'a wrong password' };
    expect(pauseOf(await until429(() => visitor.submit(wrong)))).toBe(60);
    await visitor.open('/account');
    await visitor.submit({ username: who.username, password: PASSWORD });
    expect(pauseOf(await until429(() => visitor.submit({ otp: '000000' })))).toBe(60);
  });
});

describe('an account’s pages that are paused', () => {
  it('say for how long: the password, and a vouch', async () => {
    const who = await somebody(world, 'guardian');
    const visitor = await enter(world, { ...who, ...(await withTotp(world, who)) }, '/account');
    const child = await dormant(world);
    const row = { guardian: who.person, child, rank: 1, relation: null };
    const since = new Date(world.now().getTime() - DAY);
    await world.parts.db.transaction().execute((tx) => openGuardianships(tx, [row], since));
    await visitor.get('/account/vouch');
    const vouch = { csrf: visitor.csrf, request: crypto.randomUUID(), proof: '12', otp: '000000' };
    const stopped = await until429(() => visitor.post('/account/vouch', vouch));
    expect(pauseOf(stopped)).toBe(60);
    await visitor.get('/account/password');
    const typed = { csrf: visitor.csrf, current: 'a wrong password', password: 'une phrase assez longue' };
    expect(pauseOf(await until429(() => visitor.post('/account/password', typed)))).toBe(60);
  });
});

/** What any form of the console asks for. */
const FILLED = {
  ...{ reason: 'parce que', which: 'all', numbers: '', minutes: '10', role: 'distributor', until: '' },
  ...{ list: 'abcdefghijkl', look: 'abcdefghijkl', proof: 'ABC123', document: 'passport' },
};

async function aHeadWithThings(): Promise<{ head: StaffMember; desk: Visitor; ids: Record<string, string> }> {
  const { db } = world.parts;
  const one = await aClass(world);
  const head = await aHead(world);
  const teacher = await aTeacher(world, [one.className]);
  const idOf = async (person = 0) => (await getPersonIds(db, person)).id;
  const printing = await world.activation.printLetters({ uai: UAI, className: one.className, by: BY });
  if (printing.outcome !== 'printing') throw new Error(printing.outcome);
  let batches = '';
  for await (const letter of printing.letters) batches = letter.batch.id;
  const [right] = await rightsOf(db, teacher.person, world.now());
  const ids = {
    ...{ uai: UAI, code: one.className, people: await idOf(one.pupils[0]), batches },
    ...{ person: await idOf(teacher.person), right: right?.id ?? '' },
  };
  return { head, desk: await enter(world, head), ids };
}

/** Every address of the console to which a form is sent. */
function consoleForms(ids: Record<string, string>): string[] {
  const mounted = world.app.koa.middleware as { router?: Router }[];
  return mounted
    .flatMap(({ router }) => router?.stack ?? [])
    .filter((layer) => layer.methods.includes('POST'))
    .map(({ path }) => String(path))
    .filter((path) => path.startsWith('/console'))
    .map((path) =>
      path.replace(
        /:(\w+)/g,
        (_, name: string) => ids[name === 'id' ? (path.split('/')[2] ?? '') : name] ?? 'nobody',
      ),
    );
}

describe('the console', () => {
  it('says at every form that asks for a code when codes are looked at again', async () => {
    const { desk, ids } = await aHeadWithThings();
    await desk.get('/console');
    const fields = { ...FILLED, csrf: desk.csrf, person: ids.people ?? '', otp: '000000' };
    await until429(() => desk.copy().post(`/console/people/${ids.people}/lock`, fields));
    const stopped: Answer[] = [];
    for (const address of consoleForms(ids)) {
      const answer = await desk.copy().post(address, fields);
      if (answer.status === 429) stopped.push(answer);
    }
    const silent = stopped.filter((answer) => pauseOf(answer) === undefined);
    expect(silent.map(({ url }) => url)).toEqual([]);
    expect(stopped.map(({ url }) => url.split('/').at(-1))).toEqual(
      expect.arrayContaining([
        'letters',
        'guardian-letters',
        'hand-over',
        'letter',
        'desk',
        'confirm',
        'revoke',
        'lock',
        'reset',
      ]),
    );
  });

  it('says when a desk is held again after ten acts in an hour', async () => {
    const { head, desk, ids } = await aHeadWithThings();
    await desk.get('/console');
    const fields = { ...FILLED, csrf: desk.csrf, person: ids.people ?? '' };
    const hold = () => desk.copy().post('/console/desk', { ...fields, otp: nextCode(world, head) });
    const seconds = pauseOf(await until429(hold)) ?? 0;
    expect(seconds).toBeGreaterThan(3000);
    expect(seconds).toBeLessThanOrEqual(3600);
  });

  it('says when reading goes on, where it slows and where it stops', async () => {
    const { head, desk } = await aHeadWithThings();
    const { parts, now } = world;
    const read = async () =>
      desk.open(`/console/schools/${UAI}/classes/${(await aClass(world)).className}/pupils`);
    expect((await read()).status).toBe(200);
    await parts.db
      .updateTable('reading_budgets')
      .set({ ready_at: new Date(now().getTime() + 20_000) })
      .where('reader', '=', head.person)
      .execute();
    expect(pauseOf(await read())).toBeLessThanOrEqual(20);
    await world.stores.pool.query(
      `update reading_budgets set ready_at = null, charged = array_fill(300, array[cardinality(charged)]) where reader = $1`,
      [head.person],
    );
    // The page was asked for a moment before it was judged.
    expect([3600, 3601]).toContain(pauseOf(await read()));
  });
});

describe('an address that failed too often', () => {
  it('is told when it may try again, wherever a code is typed', async () => {
    const scarce = await wholeWorld({
      change: (config) => ({ ...config, limits: { ...config.limits, addressFailures: 1 } }),
    });
    try {
      const visitor = scarce.visitor();
      await visitor.open('/activate');
      const forms = {
        '/activate': { code: '0000-0000-0000-0000', proof: 'cheval' },
        '/activate/way': { way: 'desk', proof: '' },
        '/activate/wait': { proof: '0000 0000' },
        '/not-me': { token: 'of nobody' },
      };
      await until429(() => visitor.copy().post('/activate', { csrf: visitor.csrf, ...forms['/activate'] }));
      for (const [address, form] of Object.entries(forms))
        expect(pauseOf(await visitor.copy().post(address, { csrf: visitor.csrf, ...form }))).toBe(600);
      await visitor.open('/account');
      expect(pauseOf(await visitor.submit({ username: 'nobody', password: PASSWORD }))).toBe(600);
    } finally {
      await scarce.close();
    }
  });
});

describe('a machine that asks too often', () => {
  it('is told when to ask again, at the endpoints and where clients are registered', async () => {
    const requestsPerMinute = { address: 1, clientAndAddress: 1, registration: 1 };
    const scarce = await wholeWorld({
      change: (config) => ({ ...config, limits: { ...config.limits, requestsPerMinute } }),
    });
    try {
      const visitor = scarce.visitor();
      for (const address of ['/token', '/introspect', '/registration', '/api/v1/clients'])
        expect(pauseOf(await until429(() => visitor.post(address, {})))).toBeLessThanOrEqual(60);
    } finally {
      await scarce.close();
    }
  });
});
