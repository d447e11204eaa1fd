import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import { disownedReason } from '../../src/accounts/lock-reasons.ts';
import { lockAccount } from '../../src/accounts/locks.ts';
import { openFieldsOf } from '../../src/directory/fields.ts';
import { openMemberships } from '../../src/directory/memberships.ts';
import { getPersonIds } from '../../src/directory/persons.ts';
import { fieldsOf } from '../../src/ledger/fields.ts';
import { KINDS } from '../../src/ledger/kinds.ts';
import { NOTICES } from '../../src/notices/send-notice.ts';
import { somebody, UAI, withTotp } from '../login/people.ts';
import type { Answer, Visitor } from '../support/visitor.ts';
import { BY, type World, wholeWorld } from '../support/world.ts';
import { aClass, anotherSchool, linesAbout, OTHER_UAI } from './school.ts';
import { aHead, aMember, anOfficer, aTeacher, enter, nextCode, type StaffMember, YEAR } from './staff.ts';

const DAY = 86_400_000;

let world: World;
let head: StaffMember;
let desk: Visitor;
beforeAll(async () => {
  world = await wholeWorld();
  await anotherSchool(world);
  head = await aHead(world);
  desk = await enter(world, head);
}, 60_000);
afterAll(() => world.close());

const pathOf = async (person: number) => `/console/people/${(await getPersonIds(world.parts.db, person)).id}`;

const nameOf = async (person: number) => {
  const { db, keyRing } = world.parts;
  const fields = (await openFieldsOf(db, keyRing, [person])).get(person);
  return `${fields?.given_name} ${fields?.family_name}`;
};

async function search(visitor: Visitor, typed: Record<string, string>): Promise<Answer> {
  await visitor.get('/console/people');
  return visitor.post('/console/people', { csrf: visitor.csrf, ...typed });
}

async function act(
  visitor: Visitor,
  path: string,
  typed: Record<string, string>,
): Promise<{ status: number; location: string | null; text: string }> {
  await visitor.get(path);
  const answer = await visitor.post(path, { csrf: visitor.csrf, ...typed });
  return { status: answer.status, location: answer.headers.get('location'), text: answer.text };
}

const stateOf = async (person: number) =>
  (
    await world.parts.db
      .selectFrom('account_states')
      .select('state')
      .where('person', '=', person)
      .where('until_at', 'is', null)
      .executeTakeFirstOrThrow()
  ).state;

const isAt = (person: number, profile: 'teacher' | 'guardian') => {
  const row = { person, uai: UAI, schoolYear: YEAR, classId: null, function: null, profile };
  return world.parts.db.transaction().execute((tx) => openMemberships(tx, [row], world.now()));
};

const eventsOf = async (person: number) =>
  (
    await world.parts.db
      .selectFrom('audit_events')
      .select('name')
      .where('subject', '=', person)
      .orderBy('id')
      .execute()
  ).map(({ name }) => name);

const linesOf = async (person: number) =>
  (await linesAbout(world, [person], KINDS['staff-read'])).map(({ reader, fields }) => ({
    reader,
    fields: fieldsOf(fields),
  }));

describe('the search page', () => {
  it('finds by name within the school, and every person shown has a line', async () => {
    const one = await aClass(world, { pupils: 3 });
    const [first = 0] = one.pupils;
    const family = (await nameOf(first)).split(' ')[1]?.slice(0, -1) ?? '';
    const { text, status } = await search(desk, { typed: family, way: 'name' });
    expect(status).toBe(200);
    for (const pupil of one.pupils) {
      expect(text).toContain(await nameOf(pupil));
      expect(await linesOf(pupil)).toEqual([
        { reader: head.person, fields: ['name', 'profiles', 'establishments', 'account_state'] },
      ]);
    }
  });

  it('keeps what was typed out of every address, and says what is wrong beside the field', async () => {
    const { text, url } = await search(desk, { typed: 'z', way: 'name' });
    expect(url).toBe('/console/people');
    expect(text).toContain('field-typed-error');
    expect((await search(desk, { typed: '' })).status).toBe(422);
  });

  it('finds by username, and nobody of another school', async () => {
    const here = await somebody(world);
    const there = await somebody(world);
    await world.parts.db
      .updateTable('memberships')
      .set({ uai: OTHER_UAI })
      .where('person', '=', there.person)
      .execute();
    const found = await search(desk, { typed: here.username.toUpperCase(), way: 'identifier' });
    expect(found.text).toContain(await pathOf(here.person));
    const other = await search(desk, { typed: there.username, way: 'identifier' });
    expect(other.text).not.toContain(await pathOf(there.person));
    expect(await linesOf(there.person)).toEqual([]);
    expect(await eventsOf(there.person)).toContain('reading.refused');
  });

  it('searches no other school by name, whatever the form says', async () => {
    const far = await aClass(world, { uai: OTHER_UAI });
    const [first = 0] = far.pupils;
    const answer = await search(desk, { typed: await nameOf(first), way: 'name', school: OTHER_UAI });
    expect(answer.text).not.toContain(await nameOf(first));
    expect(await linesOf(first)).toEqual([]);
  });
});

describe('a person’s page', () => {
  it('shows what the head may see, and writes exactly that', async () => {
    const one = await aClass(world, { pupils: 1 });
    const [pupil = 0] = one.pupils;
    await world.activation.printLetters({
      ...{ uai: UAI, className: one.className },
      by: { kind: 'person', person: head.person },
    });
    const { text, status } = await desk.get(await pathOf(pupil));
    expect(status).toBe(200);
    expect(text).toContain(await nameOf(pupil));
    expect(text).toContain(one.className);
    expect((await linesOf(pupil))[0]?.fields).toEqual([
      ...['name', 'profiles', 'establishments', 'username', 'account_state', 'locks', 'distributions'],
      ...['second_factors', 'recent_sign_ins', 'readers', 'guardians'],
    ]);
  });

  it('is the same for another school’s person as for nobody, and nothing is written but the attempt', async () => {
    const far = await aClass(world, { uai: OTHER_UAI });
    const [pupil = 0] = far.pupils;
    const other = await desk.get(await pathOf(pupil));
    const nobody = await desk.get('/console/people/00000000-0000-4000-8000-000000000000');
    expect([other.status, nobody.status]).toEqual([404, 404]);
    const plain = ({ text, url }: Answer) =>
      text
        .replaceAll(url, 'URL')
        .replace(/name="csrf" value="[^"]*"/g, '')
        .replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'ID');
    expect(plain(other)).toBe(plain(nobody));
    expect(await linesOf(pupil)).toEqual([]);
    expect(await eventsOf(pupil)).toEqual(['reading.refused']);
  });

  it('shows a teacher of the class less than the head, and one of another class nothing', async () => {
    const one = await aClass(world, { pupils: 1 });
    const [pupil = 0] = one.pupils;
    const mine = await enter(world, await aTeacher(world, [one.className]));
    expect((await mine.get(await pathOf(pupil))).text).not.toContain('Responsables');
    expect((await linesOf(pupil))[0]?.fields).not.toContain('guardians');
    const other = await enter(world, await aTeacher(world, ['3Z']));
    expect((await other.get(await pathOf(pupil))).status).toBe(404);
    expect(await linesOf(pupil)).toHaveLength(1);
  });

  it('is told to whom it is about, on their own page, without a name', async () => {
    const pupil = await somebody(world);
    const totp = await withTotp(world, pupil);
    await desk.get(await pathOf(pupil.person));
    const own = await enter(world, { ...pupil, ...totp }, '/account');
    const { text } = await own.get('/account');
    expect(text).toContain('La direction, Collège des Tilleuls');
    expect(text).not.toContain(await nameOf(head.person));
  });

  it('never shows a code, whatever there is to show', async () => {
    const one = await aClass(world, { pupils: 1 });
    const [pupil = 0] = one.pupils;
    const printing = await world.activation.printLetters({
      ...{ uai: UAI, className: one.className },
      by: { kind: 'person', person: head.person },
    });
    const codes: string[] = [];
    if (printing.outcome === 'printing') for await (const { code } of printing.letters) codes.push(code);
    const { text } = await desk.get(await pathOf(pupil));
    for (const code of codes) expect(text.replace(/[ -]/g, '')).not.toContain(code);
    expect(text).toContain('Imprimée, pas encore remise');
    expect(text).toMatch(/a vu\s: [^<]*lettre imprimée/);
  });
});

describe('no page shows a person without a line', () => {
  it('of all the pages there are here', async () => {
    const one = await aClass(world, { pupils: 4 });
    const [guardian = 0] = (await aClass(world, { pupils: 1 })).pupils;
    const [pupil = 0] = one.pupils;
    await world.parts.db
      .insertInto('guardianships')
      .values({ guardian, child: pupil, rank: 1, relation: null, from_at: world.now(), until_at: null })
      .execute();
    const everybody = await world.parts.db.selectFrom('accounts').select('person').execute();
    const named = await Promise.all(
      everybody.map(async ({ person }) => [person, await nameOf(person)] as const),
    );
    const path = await pathOf(pupil);
    const pages = [
      () => desk.get('/console/people'),
      () => search(desk, { typed: 'tul', way: 'name' }),
      () => desk.get(path),
      () => desk.get(`${path}/lock`),
      () => desk.get(`${path}/reset`),
      () => desk.get('/console/budgets'),
    ];
    const seen = new Set<number>();
    for (const open of pages) {
      const before = await lineCounts();
      const { text } = await open();
      const main = /<main.*<\/main>/s.exec(text)?.[0] ?? '';
      const after = await lineCounts();
      // The builders give many the same given name alone: whoever is named in full is meant.
      const shown = named.filter(([, name]) => /\d/.test(name) && new RegExp(`${name}(?!\\d)`).test(main));
      for (const [person] of shown) {
        seen.add(person);
        expect(after.get(person) ?? 0).toBeGreaterThan(before.get(person) ?? 0);
      }
    }
    expect([pupil, guardian].every((person) => seen.has(person))).toBe(true);
  });

  async function lineCounts(): Promise<Map<number, number>> {
    const rows = await world.parts.db
      .selectFrom('disclosures')
      .select(['person', ({ fn }) => fn.countAll<number>().as('lines')])
      .groupBy('person')
      .execute();
    return new Map(rows.map(({ person, lines }) => [person, lines]));
  }
});

describe('acts on an account', () => {
  it('resets with a reason and a code of this moment: dormant again, told in the audit', async () => {
    const pupil = await somebody(world);
    const path = await pathOf(pupil.person);
    const wrong = await act(desk, `${path}/reset`, { reason: 'mot de passe perdu', otp: '000000' });
    expect([wrong.status, await stateOf(pupil.person)]).toEqual([422, 'active']);
    const none = await act(desk, `${path}/reset`, { reason: '', otp: nextCode(world, head) });
    expect([none.status, await stateOf(pupil.person)]).toEqual([422, 'active']);
    const done = await act(desk, `${path}/reset`, {
      reason: 'mot de passe perdu',
      otp: nextCode(world, head),
    });
    expect(done.location).toBe(`${path}?done=reset`);
    expect(await stateOf(pupil.person)).toBe('dormant');
    expect(await eventsOf(pupil.person)).toContain('account.reset');
  });

  it('gives what was disowned back to nobody before a reset', async () => {
    const pupil = await somebody(world, 'pupil');
    const { db } = world.parts;
    const reason = disownedReason('claim', 'guardian');
    const at = world.now();
    await db.transaction().execute((tx) => lockAccount(tx, NOTICES, { person: pupil.person, reason, at }));
    const path = await pathOf(pupil.person);
    const { id: lock } = await db
      .selectFrom('locks')
      .select('id')
      .where('person', '=', pupil.person)
      .executeTakeFirstOrThrow();
    const lift = () => act(desk, `${path}/lift`, { reason: 'erreur', lock, otp: nextCode(world, head) });
    const { text: before } = await desk.get(path);
    expect(before).not.toContain('/lift?');
    for (const said of ['un responsable a signalé', 'remettez d’abord le compte à zéro'])
      expect(before).toContain(said);
    expect((await lift()).status).toBe(422);
    await act(desk, `${path}/reset`, { reason: 'à refaire', otp: nextCode(world, head) });
    expect(await stateOf(pupil.person)).toBe('dormant');
    expect((await desk.get(path)).text).toContain('/lift?');
    expect((await lift()).location).toContain('done=lifted');
  });

  it('locks at once and lifts again; the same code does neither twice', async () => {
    const pupil = await somebody(world);
    const path = await pathOf(pupil.person);
    const otp = nextCode(world, head);
    expect((await act(desk, `${path}/lock`, { reason: 'compte prêté', otp })).location).toContain(
      'done=locked',
    );
    const { text } = await desk.get(path);
    const lift = /href="([^"]*\/lift\?lock=[^"]*)"/.exec(text)?.[1] ?? '';
    const form = await desk.get(lift);
    const lock = /name="lock" value="([^"]*)"/.exec(form.text)?.[1] ?? '';
    expect((await act(desk, `${path}/lift`, { reason: 'rendu', lock, otp })).status).toBe(422);
    const done = await act(desk, `${path}/lift`, { reason: 'rendu', lock, otp: nextCode(world, head) });
    expect(done.location).toContain('done=lifted');
    expect(await eventsOf(pupil.person)).toEqual(
      expect.arrayContaining(['account.locked', 'account.lock-lifted']),
    );
  });

  it('are open below oneself alone: not on oneself, not on another head, and an operator’s lock stays', async () => {
    const other = await aHead(world);
    for (const person of [head.person, other.person]) {
      const path = await pathOf(person);
      expect((await desk.get(path)).text).not.toContain('/reset"');
      const tried = await act(desk, `${path}/reset`, { reason: 'essai', otp: nextCode(world, head) });
      expect([tried.status, await stateOf(person)]).toEqual([403, 'active']);
      expect(await eventsOf(person)).toContain('reading.refused');
    }
    const pupil = await somebody(world);
    await world.parts.db
      .insertInto('locks')
      .values({
        ...{ person: pupil.person, reason: 'enquête', from_at: world.now(), until_at: null, lifted_at: null },
        locked_by: JSON.stringify({ kind: 'operator', name: 'x', osUser: 'x', host: 'x' }),
      })
      .execute();
    const path = await pathOf(pupil.person);
    expect((await desk.get(path)).text).not.toContain('/lift?');
    const { id } = await world.parts.db
      .selectFrom('locks')
      .select('id')
      .where('person', '=', pupil.person)
      .executeTakeFirstOrThrow();
    const tried = await act(desk, `${path}/lift`, { reason: 'essai', lock: id, otp: nextCode(world, head) });
    expect(tried.status).toBe(422);
  });

  it('do not begin to reach whoever has as much to say because they are locked or suspended', async () => {
    const { db } = world.parts;
    const [second, officer] = [await aMember(world, 'staff'), await anOfficer(world)];
    const role = { role: 'head', scope_kind: 'establishment', uai: UAI, origin: 'granted' } as const;
    const until_at = new Date(world.now().getTime() + DAY);
    await db
      .insertInto('rights')
      .values({ person: second.person, ...role, from_at: world.now(), until_at })
      .execute();
    await isAt(officer.person, 'teacher');
    for (const person of [second.person, officer.person]) {
      const lock = { person, reason: 'perdu', at: world.now() };
      await db.transaction().execute((tx) => lockAccount(tx, { kind: 'person', person }, lock));
      const path = await pathOf(person);
      expect((await desk.get(path)).text).not.toContain('/reset"');
      const tried = await act(desk, `${path}/reset`, { reason: 'essai', otp: nextCode(world, head) });
      expect([tried.status, await stateOf(person)]).toEqual([403, 'active']);
    }
  });

  it('lift no lock of an officer who is a parent of the school too', async () => {
    const { db } = world.parts;
    const [officer, pupil] = [await anOfficer(world), await somebody(world)];
    await isAt(officer.person, 'guardian');
    const lock = { person: pupil.person, reason: 'enquête', at: world.now() };
    const by = { kind: 'person', person: officer.person } as const;
    const locked = await db.transaction().execute((tx) => lockAccount(tx, by, lock));
    const path = await pathOf(pupil.person);
    expect((await desk.get(path)).text).not.toContain('/lift?');
    const id = locked.outcome === 'locked' ? locked.lock : '';
    const tried = await act(desk, `${path}/lift`, { reason: 'essai', lock: id, otp: nextCode(world, head) });
    expect(tried.status).toBe(422);
    const above = await enter(world, officer);
    const otp = nextCode(world, officer);
    expect((await act(above, `${path}/lift`, { reason: 'clos', lock: id, otp })).location).toContain(
      'done=lifted',
    );
  });

  it('are nothing for a teacher, and reach nobody of another school', async () => {
    const one = await aClass(world, { pupils: 1 });
    const [pupil = 0] = one.pupils;
    const teacher = await enter(world, await aTeacher(world, [one.className]));
    expect((await teacher.get(`${await pathOf(pupil)}/reset`)).status).toBe(403);
    const far = await aClass(world, { uai: OTHER_UAI, pupils: 1 });
    const path = await pathOf(far.pupils[0] ?? 0);
    expect((await desk.get(`${path}/lock`)).status).toBe(404);
    await desk.get('/console/people');
    const otp = nextCode(world, head);
    const posted = await desk.post(`${path}/lock`, { csrf: desk.csrf, reason: 'essai', otp });
    expect(posted.status).toBe(404);
    const tried = await world.parts.db
      .selectFrom('audit_events')
      .select(['name', sql<string>`details ->> 'session'`.as('session')])
      .where('subject', '=', far.pupils[0] ?? 0)
      .execute();
    const attempt = { name: 'reading.refused', session: expect.stringMatching(/^[0-9a-f]{64}$/) };
    expect(tried).toEqual([attempt, attempt]);
  });

  it('stay open once the reading budget is spent, without the name', async () => {
    const other = await aHead(world);
    const visitor = await enter(world, other);
    const pupil = await somebody(world);
    const path = await pathOf(pupil.person);
    await visitor.get(path);
    await chargeBudget(other, 1000);
    const stopped = await visitor.get(path);
    expect([stopped.status, stopped.text.includes(await nameOf(pupil.person))]).toEqual([429, false]);
    const done = await act(visitor, `${path}/lock`, { reason: 'urgence', otp: nextCode(world, other) });
    expect(done.location).toContain('done=locked');
  });
});

async function chargeBudget({ person }: StaffMember, names: number): Promise<void> {
  await world.parts.db
    .updateTable('reading_budgets')
    .set({ charged: [names], minutes: [Math.floor(world.now().getTime() / 60_000)] })
    .where('reader', '=', person)
    .execute();
}

describe('from half of the budget on', () => {
  it('every page with a name says so, and none with numbers alone', async () => {
    const other = await aHead(world);
    const one = await aClass(world, { pupils: 1 });
    const printing = await world.activation.printLetters({ uai: UAI, className: one.className, by: BY });
    const numbers: number[] = [];
    if (printing.outcome === 'printing')
      for await (const { number } of printing.letters) numbers.push(number);
    expect(numbers).toEqual([1]);
    const batch = await world.parts.db
      .selectFrom('letters')
      .select('batch')
      .where('person', '=', one.pupils[0] ?? 0)
      .executeTakeFirstOrThrow();
    const path = await pathOf(one.pupils[0] ?? 0);
    const visitor = await enter(world, other);
    await visitor.get(path);
    await chargeBudget(other, 160);
    const says = async (address: string) => {
      const { status, text } = await visitor.get(address);
      return [status, text.split('plus de la moitié des noms').length - 1];
    };
    for (const address of [
      ...[path, `${path}/lock`, `${path}/letter`, `${one.path}/pupils`],
      ...[`/console/desk?person=${path.split('/').at(-1)}`, `/console/batches/${batch.batch}?names=yes`],
      ...[`/console/rights/schools/${UAI}/staff`],
    ])
      expect([address, ...(await says(address))]).toEqual([address, 200, 1]);
    expect(await says(one.path)).toEqual([200, 0]);
  });
});

describe('near the limit', () => {
  it('the page says when the next read opens, and asking sooner gets a page with a way back', async () => {
    const other = await aHead(world);
    const visitor = await enter(world, other);
    const path = await pathOf((await somebody(world)).person);
    await visitor.get(path);
    await chargeBudget(other, 255);
    expect((await visitor.get(path)).text).toContain('la prochaine lecture s’ouvre à');
    const sooner = await visitor.get(path);
    expect([sooner.status, sooner.text.includes(`href="${path}"`)]).toEqual([429, true]);
    world.wait(30_000);
    expect((await visitor.get(path)).status).toBe(200);
  });
});

describe('the page of budgets', () => {
  it('opens more for the day by another’s code, once', async () => {
    const [spender, other] = [await aHead(world), await aHead(world)];
    const visitor = await enter(world, spender);
    const pupil = await somebody(world);
    await visitor.get(await pathOf(pupil.person));
    await world.parts.db
      .updateTable('reading_budgets')
      .set({ charged: [300], minutes: [Math.floor(world.now().getTime() / 60_000)] })
      .where('reader', '=', spender.person)
      .execute();
    expect((await visitor.get(await pathOf(pupil.person))).status).toBe(429);
    const approver = await enter(world, other);
    const list = await approver.get('/console/budgets');
    const href = `/console/budgets/${(await getPersonIds(world.parts.db, spender.person)).id}/head`;
    expect(list.text).toContain(`href="${href}"`);
    const own = await visitor.get(href);
    expect(own.status).toBe(404);
    const wrong = await act(approver, href, { reason: 'rentrée des classes', otp: '000000' });
    expect(wrong.status).toBe(422);
    const done = await act(approver, href, { reason: 'rentrée des classes', otp: nextCode(world, other) });
    expect(done.location).toBe('/console/budgets?done=opened');
    expect((await visitor.get(await pathOf(pupil.person))).status).toBe(200);
    expect(await eventsOf(spender.person)).toContain('reading.budget-opened');
    const again = await act(approver, href, { reason: 'encore', otp: nextCode(world, other) });
    expect(again.status).toBe(422);
  });
});
