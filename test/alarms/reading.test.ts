import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { listAlarms } from '../../src/alarms/list-alarms.ts';
import { createWatch } from '../../src/alarms/watch.ts';
import { pauseClaims } from '../../src/crisis/pause-claims.ts';
import { markDecoys } from '../../src/directory/decoys.ts';
import { getPersonIds } from '../../src/directory/persons.ts';
import { openRecord } from '../../src/reading/person-record.ts';
import { searchByIdentifier, searchByName } from '../../src/reading/search.ts';
import { defaultSettings } from '../activation/parts.ts';
import { type Reader, readingWorld, UAI, type World } from '../reading/world.ts';
import { AT } from '../sessions/people.ts';

const ELSEWHERE = '0750002B';

let world: World;
beforeAll(async () => {
  world = await readingWorld();
});
afterAll(() => world.close());

async function aDecoy(
  name: string,
  { uai = UAI, ine }: { uai?: string; ine?: string } = {},
): Promise<number> {
  const [person = 0] = await world.named([name], { uai, ...(ine && { ine }) });
  await world.stores.db.transaction().execute((tx) => markDecoys(tx, { persons: [person], uai, at: AT }));
  return person;
}

/** As the pages do it; then what the watch says of that session. */
async function alarmsOf({ session, person }: Reader): Promise<string[]> {
  const { db } = world.stores;
  const log = { warn: (details: object) => Promise.reject(details) };
  await createWatch({ db, settings: defaultSettings().alarms, now: world.now, log, pauseClaims }).look();
  const alarms = (await listAlarms(db)).filter((alarm) => alarm.session === session.toString('hex'));
  for (const alarm of alarms) expect(alarm.person).toBe(person);
  return alarms.map(({ rule, uai }) => `${rule} ${uai ?? ''}`.trim());
}

const idOf = async (person: number) => (await getPersonIds(world.stores.db, person)).id;

describe('a staff member who reads', () => {
  it('real people is no alarm', async () => {
    const reader = await world.reader();
    const [pupil = 0] = await world.named(['Lina Martin'], { ine: '111111111AA' });
    await openRecord(world.finding, { looker: reader.looker, id: await idOf(pupil) });
    await searchByIdentifier(world.finding, { looker: reader.looker, typed: '111111111AA' });
    expect(await alarmsOf(reader)).toEqual([]);
  });

  it('the record of a decoy is one, and the page shows a record like any other', async () => {
    const reader = await world.reader();
    const decoy = await aDecoy('Nora Valdeau');
    const opened = await openRecord(world.finding, { looker: reader.looker, id: await idOf(decoy) });
    expect(opened).toMatchObject({ outcome: 'opened', record: { name: 'Nora Valdeau', state: 'dormant' } });
    expect(await alarmsOf(reader)).toEqual([`decoy-opened ${UAI}`]);
  });

  it('a decoy found by an identifier is one, by a name in the list of its school none', async () => {
    const [finder, searcher] = [await world.reader(), await world.reader()];
    await aDecoy('Zoé Calnac', { ine: '222222222BB' });
    const found = await searchByIdentifier(world.finding, { looker: finder.looker, typed: '222222222BB' });
    expect(found).toMatchObject({ outcome: 'found', people: [{ name: 'Zoé Calnac' }] });
    expect(await alarmsOf(finder)).toEqual([`decoy-found ${UAI}`]);
    await searchByName(world.finding, { looker: searcher.looker, typed: 'calnac', uai: UAI });
    expect(await alarmsOf(searcher)).toEqual([]);
  });

  it('beyond their reach is refused, and an alarm all the same where it is a decoy', async () => {
    const reader = await world.reader();
    const decoy = await aDecoy('Tom Sauzel', { uai: ELSEWHERE, ine: '333333333CC' });
    const found = await searchByIdentifier(world.finding, { looker: reader.looker, typed: '333333333CC' });
    expect(found).toMatchObject({ outcome: 'found', people: [] });
    await openRecord(world.finding, { looker: reader.looker, id: await idOf(decoy) });
    expect((await alarmsOf(reader)).sort()).toEqual([
      `decoy-found ${ELSEWHERE}`,
      `decoy-opened ${ELSEWHERE}`,
    ]);
  });

  it('the decoy classes of two schools in one session is one; of one, ten times, none', async () => {
    const officer = await world.reader('academie-officer');
    const [here, there] = [await aDecoy('Ali Dor'), await aDecoy('Eva Pel', { uai: ELSEWHERE })];
    const list = (person: number) =>
      world.reading.read(officer.asks([person], { details: { page: 'class' } }));
    for (let n = 0; n < 10; n += 1) expect(await list(here)).toMatchObject({ outcome: 'read' });
    expect(await alarmsOf(officer)).toEqual([]);
    await list(there);
    expect(await alarmsOf(officer)).toEqual(['decoys-of-two-schools']);
  });

  it('asks as many statements for a decoy as for anybody', async () => {
    const reader = await world.reader();
    const decoy = await aDecoy('Ysé Monier');
    const [pupil = 0] = await world.named(['Yan Monnac']);
    const counted: number[] = [];
    for (const person of [decoy, pupil, decoy, pupil]) {
      const id = await idOf(person);
      const before = statements;
      const stop = countStatements();
      await openRecord(world.finding, { looker: reader.looker, id });
      stop();
      counted.push(statements - before);
    }
    // Whoever was read before has a reader to show.
    const [decoyFirst, pupilFirst, decoyAgain, pupilAgain] = counted;
    expect([decoyFirst, decoyAgain]).toEqual([pupilFirst, pupilAgain]);
    expect(decoyFirst).toBeGreaterThan(5);
  });
});

let statements = 0;

function countStatements(): () => void {
  const { pool } = world.stores;
  const listener = (client: { query: unknown }) => {
    const query = client.query as (...given: unknown[]) => unknown;
    client.query = (...given: unknown[]) => {
      statements += 1;
      return query.apply(client, given);
    };
    restored.push(() => {
      client.query = query;
    });
  };
  const restored: (() => void)[] = [];
  pool.on('acquire', listener);
  return () => {
    pool.off('acquire', listener);
    for (const restore of restored.reverse()) restore();
  };
}
