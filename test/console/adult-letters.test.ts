import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openDormantAccounts } from '../../src/accounts/open-dormant-account.ts';
import { openGuardianships } from '../../src/directory/guardianships.ts';
import { openMemberships } from '../../src/directory/memberships.ts';
import { createPersons } from '../../src/directory/persons.ts';
import { KINDS } from '../../src/ledger/kinds.ts';
import { createJudged } from '../../src/orders/judged.ts';
import { createGrantRight } from '../../src/rights/grant.ts';
import type { Profile } from '../../src/storage/schema.ts';
import { UAI } from '../login/people.ts';
import { textOfPages } from '../messages/pdf-text.ts';
import type { Answer, Visitor } from '../support/visitor.ts';
import { type World, wholeWorld } from '../support/world.ts';
import { type AClass, aClass, anotherSchool, linesAbout, OTHER_UAI } from './school.ts';
import { aHead, aMember, aTeacher, enter, nextCode, type StaffMember, YEAR } from './staff.ts';

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

/** Dormant grown-ups of a school, named so. */
async function adults(names: readonly string[], profile: Profile, uai = UAI): Promise<number[]> {
  const { parts, now } = world;
  const at = now();
  return parts.db.transaction().execute(async (tx) => {
    const people = names.map((family_name) => ({ fields: { given_name: 'Éva', family_name } }));
    const persons = await createPersons(tx, people, { ...parts, at });
    await openDormantAccounts(tx, persons, at);
    const membership = { uai, schoolYear: YEAR, classId: null, function: null, profile };
    await openMemberships(
      tx,
      persons.map((person) => ({ ...membership, person })),
      at,
    );
    return persons;
  });
}

async function areGuardians(pairs: readonly (readonly [guardian: number, child: number, rank: number])[]) {
  const rows = pairs.map(([guardian, child, rank]) => ({ guardian, child, rank, relation: 'mother' }));
  await world.parts.db.transaction().execute((tx) => openGuardianships(tx, rows, world.now()));
}

/** Two children have one mother; the third has a father, somebody else, and a contact who answers for nobody. */
async function aClassWithGuardians(): Promise<AClass & { guardians: number[] }> {
  const one = await aClass(world, { pupils: 3 });
  const [first = 0, second = 0, third = 0] = one.pupils;
  const [mother = 0, father = 0, other = 0, friend = 0] = await adults(
    ['Zinnia', 'Bleuet', 'Aster', 'Cosmos'],
    'guardian',
  );
  await areGuardians([
    ...([[mother, first, 1] as const, [mother, second, 1] as const] as const),
    ...([[other, third, 2] as const, [father, third, 1] as const, [friend, third, 0] as const] as const),
  ]);
  return { ...one, guardians: [mother, father, other] };
}

async function print(visitor: Visitor, who: StaffMember, path: string): Promise<Answer> {
  const { status } = await visitor.get(path);
  if (status !== 200) throw new Error(`${status} at ${path}`);
  return visitor.post(path, { csrf: visitor.csrf, otp: nextCode(world, who) });
}

function namesIn({ bytes }: Answer): (string | undefined)[] {
  return textOfPages(bytes)
    .slice(1)
    .map((page) => /Zinnia|Bleuet|Aster|Cosmos|Lys|Iris|Souci/.exec(page)?.[0]);
}

async function lettersOf(persons: readonly number[]) {
  return world.parts.db
    .selectFrom('letters')
    .select(['person', 'state', 'valid_from', 'batch'])
    .where('person', 'in', [...persons])
    .orderBy('printed_at')
    .execute();
}

describe('the letters of the guardians of a class', () => {
  it('lie as their children do, each once, and are streamed to the one who asked', async () => {
    const one = await aClassWithGuardians();
    const path = `${one.path}/guardian-letters`;
    expect((await desk.get(path)).text).toContain('3 lettres seront imprimées');
    const printed = await print(desk, head, path);
    expect([printed.status, printed.headers.get('content-type')]).toEqual([200, 'application/pdf']);
    expect(printed.headers.get('cache-control')).toBe('no-store');
    expect(namesIn(printed)).toEqual(['Zinnia', 'Bleuet', 'Aster']);
    const lines = await linesAbout(world, one.guardians, KINDS.print);
    expect(lines.map(({ person }) => person).sort((a, b) => a - b)).toEqual(one.guardians);
    expect(lines.every(({ reader, right_id }) => reader === head.person && right_id)).toBe(true);
    expect(await lettersOf(one.pupils)).toEqual([]);
  });

  it('hold bait for a decoy among them, in its place', async () => {
    const one = await aClassWithGuardians();
    const [mother = 0] = one.guardians;
    const { db } = world.parts;
    await db.insertInto('decoys').values({ person: mother, uai: UAI, made_at: world.now() }).execute();
    const printed = await print(desk, head, `${one.path}/guardian-letters`);
    expect(namesIn(printed)).toEqual(['Zinnia', 'Bleuet', 'Aster']);
    expect(await lettersOf(one.guardians)).toHaveLength(3);
    const baits = await db
      .selectFrom('bait_letters')
      .select('person')
      .where('person', 'in', one.guardians)
      .execute();
    expect(baits).toEqual([{ person: mother }]);
  });

  it('so few anew wait a day, as the page says before', async () => {
    const one = await aClassWithGuardians();
    const path = `${one.path}/guardian-letters`;
    expect((await desk.get(path)).text).not.toContain('24 heures');
    await print(desk, head, path);
    const { text } = await desk.get(path);
    expect(text).toContain('3 lettres d’avant ne vaudront plus rien');
    expect(text).toContain('ne marcheront que dans 24 heures');
    await print(desk, head, path);
    const later = (await lettersOf(one.guardians)).filter(({ state }) => state === 'printed');
    expect(later).toHaveLength(3);
    expect(later.every(({ valid_from }) => valid_from > world.now())).toBe(true);
  });

  it('lie among the piles of the class, say what they are, and are handed over like any pile', async () => {
    const one = await aClassWithGuardians();
    await print(desk, head, `${one.path}/letters`);
    await print(desk, head, `${one.path}/guardian-letters`);
    const { text } = await desk.get(one.path);
    expect(text).toMatch(/<td[^>]*>Responsables/);
    expect(text).toMatch(/<td[^>]*>Élèves/);
    const [letter] = await lettersOf(one.guardians);
    const pile = `/console/batches/${letter?.batch}`;
    const named = await desk.get(`${pile}?names=yes`);
    expect(named.text).toContain('Responsables');
    expect(named.text.match(/Zinnia|Bleuet|Aster/g)).toHaveLength(3);
    expect(await linesAbout(world, one.guardians, KINDS['staff-read'])).toHaveLength(3);
    await desk.get(`${pile}/hand-over`);
    const typed = { csrf: desk.csrf, which: 'all', numbers: '', otp: nextCode(world, head) };
    expect((await desk.post(`${pile}/hand-over`, typed)).status).toBe(303);
    expect((await lettersOf(one.guardians)).map(({ state }) => state)).toEqual(Array(3).fill('handed-over'));
  });

  it('are whose the pupils’ are: a distributor of the class, who also sees who they are', async () => {
    const one = await aClassWithGuardians();
    const other = await aClassWithGuardians();
    const who = await aMember(world, 'staff');
    const granted = await createGrantRight({ judged: createJudged(world.parts), now: world.now })({
      by: { kind: 'person', person: head.person },
      to: who.person,
      role: 'distributor',
      scope: { kind: 'classes', uai: UAI, classes: [one.className] },
      confirm: async () => ({ outcome: 'confirmed' }),
    });
    expect(granted.outcome).toBe('granted');
    const visitor = await enter(world, who);
    expect(namesIn(await print(visitor, who, `${one.path}/guardian-letters`))).toHaveLength(3);
    const [letter] = await lettersOf(one.guardians);
    const { text } = await visitor.get(`/console/batches/${letter?.batch}?names=yes`);
    expect(text.match(/Zinnia|Bleuet|Aster/g)).toHaveLength(3);
    const teacher = await enter(world, await aTeacher(world, [one.className]));
    const before = await linesAbout(world, one.guardians, KINDS['staff-read']);
    const pile = await teacher.get(`/console/batches/${letter?.batch}`);
    expect([pile.status, pile.text.includes('names=yes')]).toEqual([200, false]);
    expect((await teacher.get(`/console/batches/${letter?.batch}?names=yes`)).status).toBe(403);
    expect(await linesAbout(world, one.guardians, KINDS['staff-read'])).toEqual(before);
    expect((await visitor.get(`${other.path}/guardian-letters`)).status).toBe(404);
    const school = await visitor.get(`/console/schools/${UAI}`);
    expect(school.text).not.toContain('lettres du personnel');
    await visitor.get('/console');
    const form = { csrf: visitor.csrf, otp: nextCode(world, who) };
    expect((await visitor.post(`/console/schools/${UAI}/letters`, form)).status).toBe(404);
  });
});

describe('the letters of the staff of a school', () => {
  const path = `/console/schools/${UAI}/letters`;

  it('are one pile of teachers and others, each once, which lies on the page of the school', async () => {
    const [both = 0] = await adults(['Lys'], 'teacher');
    const membership = { person: both, uai: UAI, schoolYear: YEAR, classId: null, function: null };
    await world.parts.db
      .transaction()
      .execute((tx) => openMemberships(tx, [{ ...membership, profile: 'staff' }], world.now()));
    const staff = [both, ...(await adults(['Iris'], 'staff'))];
    const far = await adults(['Souci'], 'staff', OTHER_UAI);
    expect((await desk.get(path)).text).toContain('2 lettres seront imprimées');
    const printed = await print(desk, head, path);
    expect(namesIn(printed)).toEqual(['Iris', 'Lys']);
    expect(await linesAbout(world, staff, KINDS.print)).toHaveLength(2);
    expect(await lettersOf(far)).toEqual([]);
    const { text } = await desk.get(`/console/schools/${UAI}`);
    expect(text).toMatch(/<td[^>]*>Personnel/);
    const [letter] = await lettersOf(staff);
    expect(text).toContain(`/console/batches/${letter?.batch}`);
    expect((await desk.get(`/console/batches/${letter?.batch}?names=yes`)).text).toContain('Lys');
  });

  it('need a right over the whole school and a fresh code', async () => {
    const staff = await adults(['Souci'], 'teacher');
    await desk.get('/console');
    for (const otp of ['', '000000']) {
      expect((await desk.post(path, { csrf: desk.csrf, otp })).status).toBe(422);
    }
    const one = await aClass(world);
    const member = await aTeacher(world, [one.className]);
    const teacher = await enter(world, member);
    await teacher.get('/console');
    const form = { csrf: teacher.csrf, otp: nextCode(world, member) };
    expect((await teacher.post(path, form)).status).toBe(403);
    const other = { csrf: desk.csrf, otp: nextCode(world, head) };
    expect((await desk.post(`/console/schools/${OTHER_UAI}/letters`, other)).status).toBe(404);
    expect(await lettersOf(staff)).toEqual([]);
  });
});
