import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { getPersonIds } from '../../src/directory/persons.ts';
import { openRecord } from '../../src/reading/person-record.ts';
import { searchByIdentifier, searchByName } from '../../src/reading/search.ts';
import { readingWorld, UAI, type World } from './world.ts';

const OTHER = '0750002B';

let world: World;
beforeAll(async () => {
  world = await readingWorld();
});
afterAll(() => world.close());

const byName = async (reader: Awaited<ReturnType<World['reader']>>, typed: string, uai = UAI) => {
  const found = await searchByName(world.finding, { looker: reader.looker, typed, uai });
  return found.outcome === 'found' ? found.people.map(({ name }) => name) : found.outcome;
};

const refusals = async (subject: number) =>
  (
    await world.stores.db
      .selectFrom('audit_events')
      .select('details')
      .where('name', '=', 'reading.refused')
      .where('subject', '=', subject)
      .execute()
  ).map(({ details }) => details);

describe('a search by name', () => {
  it('finds by the beginnings of words, whatever accents and capitals, within one school', async () => {
    await world.named(['Élodie Œuvrard', 'Jean-Loup Le Goff', 'Elora Petit']);
    await world.named(['Élodie Ailleurs'], { uai: OTHER });
    const reader = await world.reader();
    expect(await byName(reader, 'ELO')).toEqual(['Élodie Œuvrard', 'Elora Petit']);
    expect(await byName(reader, 'oeuvrard elodie')).toEqual(['Élodie Œuvrard']);
    expect(await byName(reader, 'loup goff')).toEqual(['Jean-Loup Le Goff']);
    expect(await byName(reader, 'lodie')).toEqual([]);
    expect(await byName(reader, ' é ')).toBe('too-short');
    expect(await byName(reader, 'é E e')).toBe('too-short');
    expect(await byName(reader, 'elodie', OTHER)).toBe('not-allowed');
  });

  it('writes the hits alone, at most ten, and costs one more than it shows', async () => {
    const many = await world.named(Array.from({ length: 14 }, (_, index) => `Zébulon Dupont${index}`));
    const [bystander = 0] = await world.named(['Yvon Dupond']);
    const reader = await world.reader();
    const found = await searchByName(world.finding, { looker: reader.looker, typed: 'zeb', uai: UAI });
    expect(found).toMatchObject({ outcome: 'found', isMore: true, budget: { day: { spent: 11 } } });
    const lines = await Promise.all(many.map((person) => world.linesOf(person)));
    expect(lines.flat()).toHaveLength(10);
    expect(lines.flat()[0]).toMatchObject({
      fields: ['name', 'profiles', 'establishments', 'account_state'],
      details: { search: 'name', uai: UAI, role: 'head' },
    });
    expect(await world.linesOf(bystander)).toEqual([]);
  });

  it('costs one where it finds nobody, and opens nothing once the budget is spent', async () => {
    const reader = await world.reader('teacher', { classes: ['6A'] });
    expect(await byName(reader, 'qqqq')).toEqual([]);
    const { minutes, charged } = await world.stores.db
      .selectFrom('reading_budgets')
      .select(['minutes', 'charged'])
      .where('reader', '=', reader.person)
      .executeTakeFirstOrThrow();
    expect([minutes.length, charged]).toEqual([1, [1]]);
    await world.stores.db
      .updateTable('reading_budgets')
      .set({ charged: [100] })
      .where('reader', '=', reader.person)
      .execute();
    const closed = { ...world.finding, keyRing: undefined as never };
    const found = await searchByName(closed, { looker: reader.looker, typed: 'elo', uai: UAI });
    expect(found.outcome).toBe('exhausted');
  });

  it('stays within the classes of a teacher', async () => {
    await world.named(['Naïm Sixième'], { className: '6A' });
    await world.named(['Naïm Cinquième'], { className: '5B' });
    const reader = await world.reader('teacher', { classes: ['6A'] });
    expect(await byName(reader, 'naim')).toEqual(['Naïm Sixième']);
  });

  it('is not for officers above the schools', async () => {
    for (const role of ['academie-officer', 'national-officer'] as const)
      expect(await byName(await world.reader(role), 'elodie')).toBe('not-allowed');
  });
});

describe('a search by identifier', () => {
  const byIdentifier = async (reader: Awaited<ReturnType<World['reader']>>, typed: string) => {
    const found = await searchByIdentifier(world.finding, { looker: reader.looker, typed });
    return found.outcome === 'found' ? found.people.map(({ name }) => name) : found.outcome;
  };

  it('finds by national number, as people type it', async () => {
    await world.named(['Ines Nombre'], { ine: '1234567890A' });
    const reader = await world.reader();
    expect(await byIdentifier(reader, ' 1234567890 a')).toEqual(['Ines Nombre']);
    expect(await byIdentifier(reader, '1234567890B')).toEqual([]);
  });

  it('finds for officers within their académie, and nobody of another school', async () => {
    const [person = 0] = await world.named(['Sami Autre'], { uai: OTHER, ine: '2234567890A' });
    const [far = 0] = await world.named(['Lou Lointaine'], { uai: '0690003C', ine: '3234567890A' });
    const [head, officer] = [await world.reader(), await world.reader('academie-officer')];
    expect(await byIdentifier(head, '2234567890A')).toEqual([]);
    expect(await world.linesOf(person)).toEqual([]);
    expect(await refusals(person)).toMatchObject([{ way: 'identifier' }]);
    expect(await byIdentifier(officer, '2234567890A')).toEqual(['Sami Autre']);
    expect(await byIdentifier(officer, '3234567890A')).toEqual([]);
    expect(await byIdentifier(await world.reader('national-officer'), '3234567890A')).toEqual([
      'Lou Lointaine',
    ]);
    expect(await world.linesOf(far)).toHaveLength(1);
  });
});

describe('a record', () => {
  const idOf = async (person: number) => (await getPersonIds(world.stores.db, person)).id;

  it('shows a head everything of the school, and writes exactly what it shows', async () => {
    const [child = 0] = await world.named(['Tom Enfant'], { className: '6C' });
    const [guardian = 0] = await world.named(['Paule Parent'], { profile: 'guardian' });
    await world.stores.db
      .insertInto('guardianships')
      .values({ guardian, child, rank: 1, relation: null, from_at: world.now(), until_at: null })
      .execute();
    const [first, second] = [await world.reader(), await world.reader('distributor')];
    await openRecord(world.finding, { looker: second.looker, id: await idOf(child) });
    const opened = await openRecord(world.finding, { looker: first.looker, id: await idOf(child) });
    if (opened.outcome !== 'opened') throw new Error(opened.outcome);
    expect(opened.record).toMatchObject({
      ...{ name: 'Tom Enfant', state: 'dormant', locks: [], letters: [], signIns: [] },
      places: [{ profile: 'pupil', school: `Collège ${UAI}`, classes: ['6C'] }],
      factors: { totp: false, recoveryCodes: 0 },
      guardians: [{ name: 'Paule Parent', rank: 1, state: 'dormant' }],
      readers: [{ role: 'distributor', name: 'Camille Renard' }],
    });
    expect(opened.budget.day.spent).toBe(2);
    const [, line] = await world.linesOf(child);
    expect(line?.fields).toEqual([
      ...['name', 'profiles', 'establishments', 'username', 'account_state', 'locks', 'distributions'],
      ...['second_factors', 'recent_sign_ins', 'readers', 'guardians'],
    ]);
    expect((await world.linesOf(guardian)).map(({ fields }) => fields)).toEqual([
      ['name', 'child_of', 'account_state'],
      ['name', 'child_of', 'account_state'],
    ]);
    expect(await world.linesOf(second.person)).toMatchObject([{ reader: first.person, fields: ['name'] }]);
  });

  it('shows a teacher less, and an officer no colleague of the school by name', async () => {
    const [child = 0] = await world.named(['Ada Classe'], { className: '6A' });
    const teacher = await world.reader('teacher', { classes: ['6A'] });
    const opened = await openRecord(world.finding, { looker: teacher.looker, id: await idOf(child) });
    expect(Object.keys(opened.outcome === 'opened' ? opened.record : {})).not.toEqual(
      expect.arrayContaining(['guardians']),
    );
    const officer = await world.reader('academie-officer');
    const above = await openRecord(world.finding, { looker: officer.looker, id: await idOf(child) });
    expect(above).toMatchObject({ record: { readers: [{ role: 'teacher', name: undefined }] } });
    expect(await world.linesOf(teacher.person)).toEqual([]);
  });

  it('is the same as nobody for another school: no line, and the attempt in the audit', async () => {
    const [person = 0] = await world.named(['Sami Autre'], { uai: OTHER });
    const reader = await world.reader();
    const lines = await world.lines();
    const other = await openRecord(world.finding, { looker: reader.looker, id: await idOf(person) });
    const nobody = await openRecord(world.finding, {
      looker: reader.looker,
      id: '00000000-0000-4000-8000-000000000000',
    });
    expect([other, nobody, await openRecord(world.finding, { looker: reader.looker, id: 'x' })]).toEqual(
      Array(3).fill({ outcome: 'unknown' }),
    );
    expect(await world.lines()).toBe(lines);
    expect(await refusals(person)).toMatchObject([{ way: 'page', act: 'read-people' }]);
  });
});
