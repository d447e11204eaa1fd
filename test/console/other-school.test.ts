import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Router } from '@koa/router';
import { raise } from '../../src/alarms/raise.ts';
import { getPersonIds } from '../../src/directory/persons.ts';
import { rightsOf } from '../../src/rights/rights.ts';
import type { Visitor } from '../support/visitor.ts';
import { BY, type World, wholeWorld } from '../support/world.ts';
import { type AClass, aClass, anotherSchool, OTHER_UAI } from './school.ts';
import { aHead, anOfficer, aTeacher, enter, nextCode, type StaffMember } from './staff.ts';

let world: World;
let far: AClass;
let theirs: { head: StaffMember; teacher: StaffMember };
/** What stands where in an address, each of the other school. */
let ids: Record<string, string>;
beforeAll(async () => {
  world = await wholeWorld();
  await anotherSchool(world);
  far = await aClass(world, { uai: OTHER_UAI });
  theirs = {
    head: await aHead(world, OTHER_UAI),
    teacher: await aTeacher(world, [far.className], OTHER_UAI),
  };
  ids = await things();
}, 60_000);
afterAll(() => world.close());

/** A pile, a window, a plan, an alarm, a right and a budget there, and the people they are about. */
async function things(): Promise<Record<string, string>> {
  const { db } = world.parts;
  const idOf = async (person = 0) => (await getPersonIds(db, person)).id;
  const printing = await world.activation.printLetters({ uai: OTHER_UAI, className: far.className, by: BY });
  if (printing.outcome !== 'printing') throw new Error(printing.outcome);
  let batch = '';
  for await (const letter of printing.letters) batch = letter.batch.id;
  const where = { uai: OTHER_UAI, className: far.className };
  const window = await world.activation.openWindow({ ...where, minutes: 20, by: BY });
  if (window.outcome !== 'opened') throw new Error(window.outcome);
  const desk = await enter(world, theirs.head);
  await desk.get(`${far.path}/pupils`);
  const [right] = await rightsOf(db, theirs.teacher.person, world.now());
  const alarm = await db
    .transaction()
    .execute((tx) =>
      raise(tx, { rule: 'claim-disowned', uai: OTHER_UAI, details: {}, key: 'one', at: world.now() }),
    );
  return {
    ...{ uai: OTHER_UAI, code: far.className, person: await idOf(theirs.teacher.person) },
    ...{ reader: await idOf(theirs.head.person), role: 'head', right: right?.id ?? '' },
    ...{ people: await idOf(far.pupils[0]), batches: batch, windows: window.id },
    ...{ rosters: await planOf(desk, nextCode(world, theirs.head)), alarms: alarm ?? '', contracts: batch },
  };
}

async function planOf(visitor: Visitor, otp: string): Promise<string> {
  const lines = [
    'profil;clé;nom;prénom;uai;établissement;académie;type;classe',
    `élève;X1;Tulipe;Zoé;${OTHER_UAI};Collège des Iris;Paris;collège;6A`,
  ];
  await visitor.get('/console/rosters');
  const form = new FormData();
  form.append('csrf', visitor.csrf);
  form.append('whose', `school ${OTHER_UAI}`);
  form.append('otp', otp);
  form.append('files', new Blob([lines.join('\n')]), 'école.csv');
  const { headers } = await visitor.post('/console/rosters', form);
  await world.app.queue.drain();
  return headers.get('location')?.replace('?live=yes', '').split('/').at(-1) ?? '';
}

/** Every page of the console that names something. */
function routesOf(method: 'GET' | 'POST'): string[] {
  const mounted = world.app.koa.middleware as { router?: Router }[];
  return mounted
    .flatMap(({ router }) => router?.stack ?? [])
    .filter((layer) => layer.methods.includes(method))
    .map(({ path }) => String(path))
    .filter((path) => /^\/console\/.*:/.test(path));
}

/** With what the other school has there. */
function addresses(method: 'GET' | 'POST'): string[] {
  return routesOf(method).map((path) =>
    path.replace(
      /:(\w+)/g,
      (_, name: string) => ids[name === 'id' ? (path.split('/')[2] ?? '') : name] ?? 'nobody',
    ),
  );
}

/** What any form of the console asks for. */
const FILLED = {
  ...{ reason: 'parce que', which: 'all', numbers: '1', minutes: '10', role: 'distributor', until: '' },
  ...{ list: 'abcdefghijkl', look: 'abcdefghijkl', proof: 'ABC123', document: 'passport' },
};

it('knows no school, class or person by a name that no database takes', async () => {
  const visitor = await enter(world, await aHead(world));
  const addresses = routesOf('GET').map((path) => path.replace(/:\w+/g, '%00'));
  const answers = await Promise.all(
    addresses.map(async (address) => `${(await visitor.copy().get(address)).status} ${address}`),
  );
  expect(answers.filter((answer) => /%00/.test(answer) && !/^40[34] /.test(answer))).toEqual([]);
});

describe.each([
  ['a head', () => aHead(world)],
  ['a teacher', async () => aTeacher(world, [(await aClass(world)).className])],
  ['an officer of another académie', () => anOfficer(world, 'Lyon')],
] as const)('%s', (_, who) => {
  it('finds nothing of a school that is not theirs: no page, no act, no line, no name, whatever id is typed', async () => {
    const mine = await who();
    const visitor = await enter(world, mine);
    world.wait(1);
    const since = world.now();
    await visitor.get('/console');
    const [csrf, reached] = [visitor.csrf, [] as string[]];
    const send = async (address: string, form?: Record<string, string>) => {
      const { status, text } = await (form
        ? visitor.copy().post(address, form)
        : visitor.copy().get(address));
      if ((status !== 403 && status !== 404) || text.includes('Tulipe')) reached.push(`${status} ${address}`);
    };
    const gets = [...addresses('GET'), `/console/desk?person=${ids.people}`];
    for (const address of gets) await send(address);
    for (const address of [...addresses('POST'), '/console/desk']) {
      const fields = { ...FILLED, csrf, person: ids.people ?? '', 'pupils[]': ids.people ?? '' };
      await send(address, { ...fields, otp: nextCode(world, mine) });
    }
    expect(gets.length).toBeGreaterThan(25);
    expect(reached).toEqual([]);
    const { rows: lines } = await world.stores.pool.query(
      `select d.person from disclosures d join disclosure_contexts c on c.id = d.context
       join memberships m on m.person = d.person and m.uai = $1 where c.reader = $2`,
      [OTHER_UAI, mine.person],
    );
    expect(lines).toEqual([]);
    const { rows: acts } = await world.stores.pool.query(
      `select distinct name from audit_events where (actor ->> 'person')::int = $1 and at >= $2`,
      [mine.person, since],
    );
    expect(acts.map(({ name }) => name)).toEqual(['reading.refused']);
  });
});
