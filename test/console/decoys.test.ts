import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { markDecoys } from '../../src/directory/decoys.ts';
import { getPersonIds } from '../../src/directory/persons.ts';
import { UAI } from '../login/people.ts';
import { type World, wholeWorld } from '../support/world.ts';
import { aClass } from './school.ts';
import { aHead, enter } from './staff.ts';

let world: World;
beforeAll(async () => {
  world = await wholeWorld();
}, 60_000);
afterAll(() => world.close());

it.each([
  ['their page', (id: string) => `/console/people/${id}`],
  ['the page of a lock', (id: string) => `/console/people/${id}/lock`],
  ['the page of a reset', (id: string) => `/console/people/${id}/reset`],
  ['the page of a letter', (id: string) => `/console/people/${id}/letter`],
  ['the desk', (id: string) => `/console/desk?person=${id}`],
])('a decoy is opened by %s', async (_, pathOf) => {
  const { db } = world.parts;
  const decoys = await aClass(world, { pupils: 1 });
  const at = world.now();
  await db.transaction().execute((tx) => markDecoys(tx, { persons: decoys.pupils, uai: UAI, at }));
  const [person = 0] = decoys.pupils;
  const visitor = await enter(world, await aHead(world));
  const { status, text } = await visitor.get(pathOf((await getPersonIds(db, person)).id));
  expect([status, text.includes('Tulipe')]).toEqual([200, true]);
  const seen = await db.selectFrom('decoy_sightings').select('way').where('person', '=', person).execute();
  expect(seen).toEqual([{ way: 'opened' }]);
});
