import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openEstablishment } from '../../src/directory/open-establishment.ts';
import { type RosterWorld, rosterWorld } from './world.ts';

let world: RosterWorld;
beforeAll(async () => {
  world = await rosterWorld();
});
afterAll(() => world.close());

const CSV = `profil;clé;nom;prénom;date de naissance;courriel;portable;uai;établissement;académie;classes;enfants;fonctions
élève;P1;Valnac;Lina;2015-03-07;;;0130001A;Collège des Sources;13;6EA;;
élève;P2;Valnac;Tom;2012-03-07;;;0130002B;Lycée des Cimes;13;2DE1;;
responsable;G1;Valnac;Éléonore;;eleonore@familles.example;0639981234;;;13;;P1:1:mother|P2:1:mother;
enseignant;G1;Valnac;Éléonore;;eleonore@familles.example;;0130001A;Collège des Sources;13;6EA;;
personnel;S1;Doret;Hugo;;hugo@academie.example;;0130002B;Lycée des Cimes;13;;;DIR
`;

describe('a CSV of two schools', () => {
  it('makes one person of a teacher who is a guardian in both', async () => {
    const planned = await world.imported({ 'rentrée.csv': CSV });
    expect(planned.counts).toMatchObject({ created: 4, establishments: 2, refused: 0 });
    const children = [
      { child: await world.numberOf('P1', 'csv'), rank: 1 },
      { child: await world.numberOf('P2', 'csv'), rank: 1 },
    ];
    expect(await world.picture('G1', 'csv')).toMatchObject({
      memberships: ['0130001A guardian', '0130001A teacher 6EA', '0130002B guardian'],
      children,
      state: 'dormant',
    });
    expect((await world.picture('S1', 'csv')).memberships).toEqual(['0130002B staff DIR']);
  });

  it('changes nothing the second time', async () => {
    const planned = await world.imported({ 'rentrée.csv': CSV });
    expect(planned.counts).toMatchObject({ created: 0, changed: 0, closed: 0 });
  });

  it('shows each school its own people', async () => {
    const { db, dependencies } = world;
    const scope = { uai: '0130002B' };
    const entries = await openEstablishment(db, dependencies.keyRing, { scope, at: dependencies.now() });
    expect(entries.map(({ givenName, profiles }) => `${givenName} ${profiles}`)).toEqual([
      'Hugo staff',
      'Éléonore guardian',
      'Tom pupil',
    ]);
  });
});

describe('what a plan takes from those who would be told of a claim', () => {
  const bearingOf = async (csv: string) => {
    const { id } = await world.planned({ 'rentrée.csv': csv });
    const row = await world.db
      .selectFrom('roster_plans')
      .select('summary')
      .where('id', '=', id)
      .executeTakeFirstOrThrow();
    return row.summary.bearing;
  };

  it('is counted: a guardianship, a contact, a head’s post; not a pupil’s class', async () => {
    await world.imported({ 'rentrée.csv': CSV });
    const without = (line: RegExp) => CSV.replace(line, '');
    expect(await bearingOf(CSV.replace('13;6EA;;\nélève', '13;6EB;;\nélève'))).toMatchObject({
      opened: 0,
      cut: 0,
    });
    expect(await bearingOf(CSV.replace('|P2:1:mother', ''))).toMatchObject({ opened: 0, cut: 1 });
    expect(await bearingOf(CSV.replace('0639981234', ''))).toMatchObject({ opened: 0, cut: 1 });
    expect(await bearingOf(without(/personnel;S1.*\n/))).toMatchObject({ opened: 0, cut: 1 });
  });
});

describe('several CSV files of one delivery', () => {
  const [header = '', ...lines] = CSV.trimEnd().split('\n');
  const file = (...some: (string | undefined)[]) => [header, ...some, ''].join('\n');
  const [lina, tom, mother = '', teacher = '', head] = lines;
  const inCimes = teacher.replace('0130001A;Collège des Sources', '0130002B;Lycée des Cimes');
  const files = {
    'a.csv': file(lina, mother.replace('|P2:1:mother', ''), teacher),
    // No birth dates here, and somebody who has a child there too.
    'b.csv': file(tom, mother.replace('P1:1:mother|', ''), inCimes, head).replace('date de naissance', 'né'),
  };
  let several: RosterWorld;
  beforeAll(async () => {
    several = await rosterWorld();
  });
  afterAll(() => several.close());

  it('are one delivery: a person who stands in two of them is one, and stays', async () => {
    for (const created of [4, 0]) {
      const planned = await several.imported(files);
      expect(planned.counts).toMatchObject({ created, changed: 0, closed: 0, refused: 0 });
      expect(await several.picture('G1', 'csv')).toMatchObject({
        memberships: [
          '0130001A guardian',
          '0130001A teacher 6EA',
          '0130002B guardian',
          '0130002B teacher 6EA',
        ],
        children: [
          { child: await several.numberOf('P1', 'csv'), rank: 1 },
          { child: await several.numberOf('P2', 'csv'), rank: 1 },
        ],
        contacts: ['mail eleonore@familles.example', 'phone +33639981234'],
      });
    }
  });

  it('keep a family together where the child goes from one school of them to the other', async () => {
    const ada = lina?.replace('P1;Valnac;Lina', 'P3;Doret;Ada');
    const moved = { 'a.csv': file(ada, mother.replace('P1:1:mother|P2:1', 'P3:2'), teacher) };
    const inTheOther = lina?.replace('0130001A;Collège des Sources', '0130002B;Lycée des Cimes');
    await several.imported({ ...moved, 'b.csv': file(tom, inTheOther, mother, head) });
    expect((await several.picture('G1', 'csv')).children).toHaveLength(3);
    expect((await several.picture('P1', 'csv')).memberships).toEqual(['0130002B pupil 6EA']);
  });

  it('may name each other’s pupils, and give one key to one person only', async () => {
    const named = await several.planFiles({ 'a.csv': file(lina), 'b.csv': file(tom, mother) });
    expect(named).toMatchObject({ outcome: 'planned' });
    const ada = tom?.replace('P2;Valnac;Tom', 'P1;Doret;Ada');
    expect(await several.planFiles({ 'a.csv': file(lina), 'b.csv': file(ada) })).toMatchObject({
      outcome: 'refused',
      refused: [
        { file: 'b.csv', line: 2, reason: 'duplicate-key', sentence: expect.stringContaining('a.csv') },
      ],
    });
  });
});

describe('a guardian whose children cannot be read', () => {
  it('is left exactly as they were, children and all', async () => {
    await world.imported({ 'rentrée.csv': CSV });
    const before = await world.picture('G1', 'csv');
    for (const children of ['P1:1:mère|P2:1:mother', 'P1:1:mother|P1:0:mother|P2:1:mother']) {
      const planned = await world.imported({
        'rentrée.csv': CSV.replace('P1:1:mother|P2:1:mother', children),
      });
      expect(planned.refused).toMatchObject([{ reason: 'relation', effect: 'record-refused' }]);
      expect(await world.picture('G1', 'csv')).toEqual(before);
    }
  });
});
