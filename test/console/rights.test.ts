import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { calendarDay } from '../../src/http/moments.ts';
import { KINDS } from '../../src/ledger/kinds.ts';
import { createJudged } from '../../src/orders/judged.ts';
import { confirmedByOperator as confirm } from '../../src/rights/confirm.ts';
import { insertRight } from '../../src/rights/giving-store.ts';
import { createGrantRight } from '../../src/rights/grant.ts';
import { listRights } from '../../src/rights/list.ts';
import { aYearFrom } from '../../src/rights/officers/propose.ts';
import { rightsOf } from '../../src/rights/rights.ts';
import { UAI } from '../login/people.ts';
import type { Visitor } from '../support/visitor.ts';
import { BY, type World, wholeWorld } from '../support/world.ts';
import { aClass, anotherSchool, linesAbout, OTHER_UAI } from './school.ts';
import { aHead, aMember, aTeacher, enter, nextCode, type StaffMember } from './staff.ts';

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

const SCHOOL = `/console/rights/schools/${UAI}`;
const idOf = async (person: number): Promise<string> =>
  (
    await world.parts.db
      .selectFrom('persons')
      .select('id')
      .where('number', '=', person)
      .executeTakeFirstOrThrow()
  ).id;
const roles = async (person: number) =>
  (await rightsOf(world.parts.db, person, world.now())).map(({ role }) => role);

const dayInParis = (at: number) =>
  new Intl.DateTimeFormat('en-CA', { timeZone: 'Europe/Paris', dateStyle: 'short' }).format(at);

async function granted(to: number): Promise<string> {
  const operation = createGrantRight({ judged: createJudged(world.parts), now: world.now });
  const scope = { kind: 'establishment', uai: UAI } as const;
  const answer = await operation({ by: BY, to, role: 'distributor', scope, confirm });
  if (answer.outcome !== 'granted') throw new Error(answer.outcome);
  return answer.right;
}

async function anOfficer(): Promise<StaffMember> {
  const who = await aMember(world, 'staff');
  await world.parts.db
    .updateTable('memberships')
    .set({ until_at: world.now() })
    .where('person', '=', who.person)
    .execute();
  await world.parts.db.transaction().execute((tx) =>
    insertRight(tx, {
      ...{ person: who.person, role: 'national-officer', scope: { kind: 'nation' }, origin: 'appointed' },
      ...{ by: BY, from: world.now(), until: aYearFrom(world.now()) },
    }),
  );
  return who;
}

describe('giving a right', () => {
  it('says how many persons and minors it can read, then asks for a code of this moment', async () => {
    const [clerk, one] = [await aMember(world, 'staff'), await aClass(world, { pupils: 4 })];
    const list = await desk.open('/console/rights');
    expect([list.status, list.url]).toEqual([200, SCHOOL]);
    const path = `${SCHOOL}/staff/${await idOf(clerk.person)}`;
    expect((await desk.open(`${SCHOOL}/staff`)).text).toContain(path);
    await desk.open(path);
    const wish = new URLSearchParams({ csrf: desk.csrf, role: 'distributor', until: '' });
    wish.append('classes[]', one.className);
    const asked = await desk.post(path, wish);
    expect(asked.text).toMatch(/Ce droit permet de lire 4 personnes, dont mineurs\s: 4\./);
    expect(await roles(clerk.person)).toEqual([]);

    const wrong = await desk.submit({ otp: '000000' });
    expect(wrong.status).toBe(422);
    expect(wrong.text).toMatch(/dont mineurs\s: 4/);
    const otp = nextCode(world, head);
    const done = await desk.submit({ otp });
    expect([done.status, done.url]).toEqual([200, `${SCHOOL}?done=granted`]);
    expect(done.text).toContain('Le droit est donné');
    expect(await rightsOf(world.parts.db, clerk.person, world.now())).toMatchObject([
      { role: 'distributor', scope: { classes: [one.className] }, grantedBy: { person: head.person } },
    ]);
    const again = await desk.post(`${path}/confirm`, { csrf: desk.csrf, role: 'auditor', until: '', otp });
    expect([again.status, await roles(clerk.person)]).toEqual([422, ['distributor']]);
  });

  it('reads names through the ledger at each look, and is charged once per page and session', async () => {
    const clerk = await aMember(world, 'staff');
    await granted(clerk.person);
    const lines = () =>
      world.parts.db
        .selectFrom('disclosures as d')
        .innerJoin('disclosure_contexts as c', 'c.id', 'd.context')
        .select('c.right_id')
        .where('d.person', '=', clerk.person)
        .where('c.reader', '=', head.person)
        .execute();
    const spent = async () => {
      const [row] = await world.parts.db
        .selectFrom('reading_budgets')
        .select('charged')
        .where('reader', '=', head.person)
        .execute();
      return row?.charged.reduce((sum, cost) => sum + cost, 0);
    };
    await desk.open(SCHOOL);
    const once = await spent();
    await desk.open(SCHOOL);
    expect(await lines()).toEqual(Array(2).fill({ right_id: expect.any(String) }));
    expect(await spent()).toBe(once);
  });

  it('may be given for a day and to its evening in Paris, until the last day of one’s own', async () => {
    const path = `${SCHOOL}/staff/${await idOf((await aMember(world, 'staff')).person)}`;
    const [own] = await rightsOf(world.parts.db, head.person, world.now());
    const give = async (role: string, until: string) => {
      await desk.open(path);
      const wish = { csrf: desk.csrf, role, until, otp: nextCode(world, head) };
      return desk.post(`${path}/confirm`, wish);
    };
    const wrong = await give('auditor', '2027-02-31');
    // The form comes back as it was filled in.
    expect([wrong.status, /value="(\w+)" checked/.exec(wrong.text)?.[1]]).toEqual([422, 'auditor']);
    const last = dayInParis((own?.until.getTime() ?? 0) - 1);
    expect((await desk.get('/console')).text).toContain(`Jusqu’au ${calendarDay('fr', last)}.`);
    expect((await give('auditor', last)).status).toBe(303);
    const soon = dayInParis(world.now().getTime() + 40 * 86_400_000);
    expect((await give('distributor', soon)).status).toBe(303);
    const given = await world.parts.db
      .selectFrom('rights as r')
      .innerJoin('persons as p', 'p.number', 'r.person')
      .select(['role', 'until_at'])
      .where('p.id', '=', path.split('/').at(-1) ?? '')
      .orderBy('role')
      .execute();
    expect(given.map(({ role }) => role)).toEqual(['auditor', 'distributor']);
    expect(given[0]?.until_at).toEqual(own?.until);
    const end = given[1]?.until_at.getTime() ?? 0;
    expect([dayInParis(end - 1), dayInParis(end)]).toEqual([soon, dayInParis(end - 1 + 86_400_000)]);
  });

  it('is refused to who teaches, for another school, for a pupil and for nobody at all', async () => {
    const [teacher, clerk] = [await aTeacher(world, ['6B']), await aMember(world, 'staff')];
    const theirs = await enter(world, teacher);
    expect((await theirs.get('/console/rights')).status).toBe(403);
    const stranger = await aHead(world, OTHER_UAI);
    const [pupil] = (await aClass(world, { pupils: 1 })).pupils;
    for (const path of [
      `/console/rights/schools/${OTHER_UAI}`,
      `/console/rights/schools/${OTHER_UAI}/staff/${await idOf(stranger.person)}`,
      `${SCHOOL}/staff/${await idOf(stranger.person)}`,
      `${SCHOOL}/staff/${await idOf(pupil ?? 0)}`,
      `${SCHOOL}/staff/00000000-0000-4000-8000-000000000000`,
      `${SCHOOL}/staff/nonsense`,
    ]) {
      expect({ path, status: (await desk.get(path)).status }).toEqual({ path, status: 404 });
    }
    await desk.open(`${SCHOOL}/staff/${await idOf(clerk.person)}`);
    const otp = nextCode(world, head);
    const upwards = { csrf: desk.csrf, role: 'head', until: '', otp };
    const sent = await desk.post(`${SCHOOL}/staff/${await idOf(clerk.person)}/confirm`, upwards);
    expect([sent.status, await roles(clerk.person)]).toEqual([403, []]);
    const elsewhere = `/console/rights/schools/${OTHER_UAI}/staff/${await idOf(stranger.person)}/confirm`;
    expect((await desk.post(elsewhere, { ...upwards, role: 'auditor' })).status).toBe(404);
  });
});

describe('taking a right away', () => {
  it('asks why and for a code, and ends it at once', async () => {
    const clerk = await aMember(world, 'staff');
    const right = await granted(clerk.person);
    const hall = await enter(world, clerk);
    expect((await hall.get('/console')).status).toBe(200);
    await desk.open(`/console/rights/${right}/revoke`);
    const silent = await desk.submit({ otp: nextCode(world, head) });
    expect(silent.text).toContain('Écrivez pourquoi');
    const done = await desk.submit({ reason: 'a changé de poste', otp: nextCode(world, head) });
    expect([done.status, done.url]).toEqual([200, `${SCHOOL}?done=revoked`]);
    expect(await roles(clerk.person)).toEqual([]);
    expect((await hall.get('/console')).status).toBe(403);
  });

  it('is nobody’s business in another school', async () => {
    const stranger = await aHead(world, OTHER_UAI);
    const [theirs] = await rightsOf(world.parts.db, stranger.person, world.now());
    for (const act of ['revoke', 'renew'])
      expect((await desk.get(`/console/rights/${theirs?.id}/${act}`)).status).toBe(404);
    const posted = { csrf: desk.csrf, reason: 'x', otp: nextCode(world, head) };
    expect((await desk.post(`/console/rights/${theirs?.id}/revoke`, posted)).status).toBe(404);
    expect(await roles(stranger.person)).toEqual(['head']);
  });
});

describe('a right that lapsed', () => {
  it('is put in use again by the head', async () => {
    const teacher = await aTeacher(world, ['6B']);
    const [right] = await rightsOf(world.parts.db, teacher.person, world.now());
    const long = new Date(world.now().getTime() - 91 * 86_400_000);
    await world.parts.db
      .updateTable('rights')
      .set({ from_at: long })
      .where('person', '=', teacher.person)
      .execute();
    await world.parts.db
      .updateTable('account_states')
      .set({ from_at: long })
      .where('person', '=', teacher.person)
      .execute();
    expect(await roles(teacher.person)).toEqual([]);
    expect((await desk.open(SCHOOL)).text).toContain('éteint, faute d’usage');
    const asked = await desk.open(`/console/rights/${right?.id}/renew`);
    expect(asked.text).toMatch(/Ce droit permet de lire \d+ personne/);
    const done = await desk.submit({ otp: nextCode(world, head) });
    expect([done.url, await roles(teacher.person)]).toEqual([`${SCHOOL}?done=renewed`, ['teacher']]);
  });
});

describe('officers', () => {
  it('are appointed by two of them, each with a code of their own', async () => {
    const [one, two, chosen] = [await anOfficer(), await anOfficer(), await aMember(world, 'staff')];
    const [first, second] = [await enter(world, one), await enter(world, two)];
    expect((await desk.get('/console/rights/officers')).status).toBe(403);
    await first.open('/console/rights/officers');
    const asked = { username: chosen.username, role: 'academie-officer', academie: 'Paris' };
    const proposed = await first.submit({ ...asked, otp: nextCode(world, one) });
    expect(proposed.url).toBe('/console/rights/officers?done=proposed');
    const [waiting] = await world.parts.db.selectFrom('officer_proposals').select('id').execute();
    const path = `/console/rights/officers/${waiting?.id}`;
    await first.open(path);
    const alone = await first.submit({ otp: nextCode(world, one) });
    expect(alone.status).toBe(422);
    expect(alone.text).toContain('Une autre personne doit accepter');
    expect(await roles(chosen.person)).toEqual([]);
    const shown = await second.open(path);
    expect(shown.text).toMatch(/Ce droit permet de lire \d+ personnes, dont mineurs/);
    const done = await second.submit({ otp: nextCode(world, two) });
    expect([done.url, await roles(chosen.person)]).toEqual([
      '/console/rights/officers?done=appointed',
      ['academie-officer'],
    ]);
    const [office] = await listRights(world.parts.db, { person: chosen.person }, world.now());
    await second.open(`/console/rights/${office?.id}/revoke`);
    const ended = await second.submit({ reason: 'erreur', otp: nextCode(world, two) });
    expect([ended.url, await roles(chosen.person)]).toEqual(['/console/rights/officers?done=revoked', []]);
  });

  it('are shown by pages that a national officer may read, those who wait first', async () => {
    const { db } = world.parts;
    const visitor = await enter(world, await anOfficer());
    const persons = (await aClass(world, { pupils: 30 })).pupils;
    const end = new Date(world.now().getTime() + 100 * 86_400_000);
    const office = {
      ...{ role: 'auditor' as const, scope_kind: 'nation' as const, origin: 'appointed' as const },
      ...{ academie: null, uai: null, classes: null, school_year: null, granted_under: null },
      ...{ last_used_at: null, ended_at: null, end_reason: null, from_at: world.now(), until_at: end },
      granted_by: JSON.stringify({ kind: 'operator', name: 'test', osUser: 'root', host: 'here' }),
    };
    await db
      .insertInto('rights')
      .values(persons.map((person) => ({ ...office, person })))
      .execute();
    const { text } = await visitor.get('/console/rights/officers');
    expect(text).toContain('Page 1 sur 2.');
    // Twenty names, twice each on a new device: the next page waits for the next hour.
    const lines = await linesAbout(world, persons, KINDS['staff-read']);
    expect([lines.length > 10, lines.length <= 20]).toEqual([true, true]);
    const other = await enter(world, await anOfficer());
    const { text: second } = await other.get('/console/rights/officers?page=2');
    expect(second).toContain('Page 2 sur 2.');
    expect(second).toContain('Page précédente');
    await db.updateTable('rights').set({ ended_at: world.now() }).where('person', 'in', persons).execute();
  });

  it('give an unknown name the answer of one who cannot hold an office', async () => {
    const one = await anOfficer();
    const visitor = await enter(world, one);
    await visitor.open('/console/rights/officers');
    const asked = { username: 'personne.inconnue12', role: 'national-officer', academie: '' };
    const answer = await visitor.submit({ ...asked, otp: nextCode(world, one) });
    expect([answer.status, answer.text.includes('Personne n’a cet identifiant')]).toEqual([422, true]);
    const someone = await aMember(world, 'staff');
    for (const username of [asked.username, someone.username]) {
      const guess = await visitor.submit({ ...asked, username, otp: '000000' });
      expect([guess.status, guess.text.includes('field-otp-error')]).toEqual([422, true]);
      expect(guess.text).not.toContain('Personne n’a cet identifiant');
    }
  });

  it('find a school by its code', async () => {
    const visitor = await enter(world, await anOfficer());
    const start = await visitor.open('/console/rights');
    expect(start.text).toContain('name="uai"');
    expect((await visitor.open(`/console/rights?uai=${OTHER_UAI.toLowerCase()}`)).url).toBe(
      `/console/rights/schools/${OTHER_UAI}`,
    );
    expect((await visitor.open('/console/rights?uai=9999999Z')).text).toContain('Aucun établissement');
  });
});
