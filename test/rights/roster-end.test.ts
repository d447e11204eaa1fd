import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createJudged } from '../../src/orders/judged.ts';
import { createOrders, type Orders } from '../../src/orders/orders.ts';
import { confirmedByOperator as confirm } from '../../src/rights/confirm.ts';
import { createGrantRight } from '../../src/rights/grant.ts';
import { rightsOf } from '../../src/rights/rights.ts';
import { type RosterWorld, rosterWorld } from '../roster/world.ts';

const HEAD =
  'profil;clé;nom;prénom;date de naissance;courriel;portable;uai;établissement;académie;classes;enfants;fonctions';
const UAI = '0130001A';
const AT_SCHOOL = `;;;;${UAI};Collège des Sources;13`;
const PEOPLE = {
  pupil: `élève;P1;Valnac;Lina;2015-03-07;;;${UAI};Collège des Sources;13;6EA;;`,
  head: `personnel;S1;Doret;Hugo${AT_SCHOOL};;;DIR`,
  clerk: `personnel;S2;Marel;Inès${AT_SCHOOL};;;ADF`,
  teacher: `enseignant;T1;Aubrac;Mathilde${AT_SCHOOL};6EA;;`,
  other: `personnel;S3;Vaux;Ilan${AT_SCHOOL};;;EDU`,
};
type Name = keyof typeof PEOPLE;
const file = (...without: Name[]) => {
  const named = (Object.keys(PEOPLE) as Name[]).filter((name) => !without.includes(name));
  return { 'rentrée.csv': `${HEAD}\n${named.map((name) => PEOPLE[name]).join('\n')}\n` };
};

let world: RosterWorld;
let orders: Orders;
beforeAll(async () => {
  world = await rosterWorld();
  const { now } = world.dependencies;
  const settings = { pollMilliseconds: 250, silenceMilliseconds: 2000 };
  orders = createOrders({ pool: world.pool, settings, now, log: { warn() {} } });
  await orders.start();
});
afterAll(async () => {
  await orders.stop();
  await world.close();
});

async function roles(key: string): Promise<string[]> {
  const rights = await rightsOf(world.db, await world.numberOf(key, 'csv'), world.dependencies.now());
  return rights.map(({ role }) => role);
}

describe('an import', () => {
  it('closes no officer’s account, whose office no file gives and none takes away', async () => {
    await world.imported(file());
    const { db, dependencies } = world;
    const person = await world.numberOf('S3', 'csv');
    await world.activate(person);
    const at = dependencies.now();
    await db
      .insertInto('rights')
      .values({
        ...{ person, role: 'academie-officer', scope_kind: 'academie', academie: '13', origin: 'appointed' },
        granted_by: JSON.stringify({ kind: 'system', name: 'test' }),
        ...{ from_at: at, until_at: new Date(at.getTime() + 200 * 86_400_000) },
      } as never)
      .execute();
    await world.imported(file('other'));
    expect(await roles('S3')).toEqual(['academie-officer']);
    await db.updateTable('rights').set({ ended_at: at }).where('person', '=', person).execute();
    await world.imported(file());
  });

  it('gives rights, and takes away those of whom it no longer names, with all they granted', async () => {
    await world.imported(file());
    for (const key of ['S1', 'S2', 'T1']) await world.activate(await world.numberOf(key, 'csv'));
    expect([await roles('S1'), await roles('T1'), await roles('S2')]).toEqual([['head'], ['teacher'], []]);
    const { db, dependencies } = world;
    const grant = createGrantRight({ judged: createJudged({ db, orders }), now: dependencies.now });
    const granted = await grant({
      by: { kind: 'person', person: await world.numberOf('S1', 'csv') },
      to: await world.numberOf('S2', 'csv'),
      ...{ role: 'distributor', scope: { kind: 'establishment', uai: UAI }, confirm },
    });
    expect(granted.outcome).toBe('granted');
    expect(await roles('S2')).toEqual(['distributor']);

    await world.imported(file());
    expect([await roles('S1'), await roles('T1'), await roles('S2')]).toEqual([
      ['head'],
      ['teacher'],
      ['distributor'],
    ]);
    await world.imported(file('teacher'));
    expect(await roles('T1')).toEqual([]);
    await world.imported(file('teacher', 'head'));
    expect([await roles('S1'), await roles('S2')]).toEqual([[], []]);
  });

  it('that names somebody again gives back nothing that had been granted', async () => {
    await world.imported(file());
    const head = await world.numberOf('S1', 'csv');
    expect([await world.stateOf(head), await roles('S1')]).toEqual(['dormant', []]);
    await world.activate(head);
    expect([await roles('S1'), await roles('S2')]).toEqual([['head'], []]);
    const ended = await world.db
      .selectFrom('rights')
      .select('end_reason')
      .where('ended_at', 'is not', null)
      .where('origin', '=', 'granted')
      .execute();
    expect(ended).toEqual([{ end_reason: 'no longer named by the roster' }]);
  });
});
