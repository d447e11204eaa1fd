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
