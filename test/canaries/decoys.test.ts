import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import type { PrintedLetter } from '../../src/activation/letters/printed-letter.ts';
import { listAlarms } from '../../src/alarms/list-alarms.ts';
import { createWatch } from '../../src/alarms/watch.ts';
import { listCanaries } from '../../src/canaries/list-canaries.ts';
import { createPrintBait } from '../../src/canaries/print-bait.ts';
import { openRosterKeys } from '../../src/canaries/store.ts';
import { createCanaryTasks } from '../../src/canaries/tasks.ts';
import { progressOfClasses } from '../../src/console/classes/store.ts';
import { countScope } from '../../src/crisis/count-scope.ts';
import { pauseClaims } from '../../src/crisis/pause-claims.ts';
import { openContactsOf } from '../../src/directory/contacts.ts';
import { countDecoys, decoysAmong, isDecoy, withoutDecoys } from '../../src/directory/decoys.ts';
import { classesOf } from '../../src/directory/establishments.ts';
import { openEstablishment } from '../../src/directory/open-establishment.ts';
import { createPerson, findPersonByRosterKey, findRosterPersons } from '../../src/directory/persons.ts';
import { createQueue } from '../../src/storage/queue.ts';
import { defaultSettings } from '../activation/parts.ts';
import { BY } from '../roster/world.ts';
import { createActivationOn } from './letters.ts';
import { importedSchools, type Schools, SETTINGS } from './schools.ts';

let schools: Schools;
let uai: string;
let made: { className: string; pupils: number; guardians: number };
let decoys: number[];

beforeAll(async () => {
  schools = await importedSchools({ schools: 2, pupils: 320, seed: 'decoys' });
  uai = schools.uais[0] ?? '';
  const created = await schools.create(BY, { uai, reason: 'september' });
  if (created.outcome !== 'created') throw new Error(created.outcome);
  made = created;
  const rows = await schools.world.db.selectFrom('decoys').select('person').orderBy('person').execute();
  decoys = rows.map(({ person }) => person);
}, 60_000);
afterAll(() => schools.close());

describe('a decoy class', () => {
  it('stands among the others: a code of their pattern, as many pupils, no teacher, no letter', async () => {
    const { db } = schools.world;
    const codes = (await classesOf(db, uai)).map(({ code }) => code);
    expect(codes).toContain(made.className);
    expect(made.className).toMatch(/^(6E|5E|4E|3E|2DE|1RE|TLE)[A-Z]$/);
    const counted = await sql`
        select count(*) filter (where m.profile = 'pupil')::int as pupils,
               count(*) filter (where m.profile not in ('pupil', 'guardian'))::int as others,
               (select count(*)::int from letters l join decoys d on d.person = l.person) as letters,
               (select count(*)::int from decoys d join accounts a on a.person = d.person
                where a.claimed_at is null) as dormant
        from decoys d join memberships m on m.person = d.person`.execute(db);
    expect(counted.rows).toEqual([{ pupils: made.pupils, others: 0, letters: 0, dormant: decoys.length }]);
    expect(made.guardians).toBeGreaterThan(0);
  });

  it('has contacts that reach nobody', async () => {
    const { db, dependencies } = schools.world;
    const contacts = await openContactsOf(db, dependencies.keyRing, decoys);
    expect(contacts.length).toBeGreaterThan(made.pupils / 2);
    for (const { value } of contacts) expect(value).toMatch(/^(\+3363998\d{4}|[^@]+@familles\.example)$/);
  });

  it('has nobody in it whose names and birth date are those of a real pupil', async () => {
    const { db, dependencies } = schools.world;
    const at = dependencies.now();
    const entries = await openEstablishment(db, dependencies.keyRing, { scope: { uai }, at });
    const isReal = new Set(
      await withoutDecoys(
        db,
        entries.map(({ person }) => person),
      ),
    );
    const names = (real: boolean) =>
      entries
        .filter(({ person }) => isReal.has(person) === real)
        .map((e) => `${e.givenName} ${e.familyName}`);
    const taken = new Set(names(true));
    expect(names(false).filter((name) => taken.has(name)).length).toBeLessThan(3);
  });

  it('is made once, however many ask at once', async () => {
    const [, other = ''] = schools.uais;
    const all = await Promise.all(Array.from({ length: 4 }, () => schools.create(BY, { uai: other })));
    expect(all.map(({ outcome }) => outcome).sort()).toEqual([
      'created',
      ...Array<string>(3).fill('there-already'),
    ]);
    expect(await schools.create(BY, { uai: '0000000A' })).toEqual({
      outcome: 'unknown-school',
      uai: '0000000A',
    });
  });

  it('is written down with numbers, and no person', async () => {
    const { db } = schools.world;
    const events = await db
      .selectFrom('audit_events')
      .select(['subject', 'details', 'reason'])
      .where('name', '=', 'canaries.created')
      .orderBy('id')
      .execute();
    expect(events[0]).toEqual({
      ...{ subject: null, reason: 'september' },
      details: { uai, pupils: made.pupils, guardians: made.guardians },
    });
    const [first] = await listCanaries(db);
    expect(first).toMatchObject({ uai, classes: [made.className], pupils: made.pupils, baits: 0 });
  });
});

describe('those who leave decoys out', () => {
  it('are counts of orders; staff screens count them like anybody', async () => {
    const { db, dependencies } = schools.world;
    const scope = { establishment: [uai] };
    const count = (await countScope(db, scope))?.persons ?? 0;
    const at = dependencies.now();
    const shown = await openEstablishment(db, dependencies.keyRing, { scope: { uai }, at });
    const here = await decoysAmong(
      db,
      shown.map(({ person }) => person),
    );
    expect(here.length).toBeGreaterThanOrEqual(made.pupils);
    expect(count).toBe(shown.length - here.length);
    expect((await countScope(db, scope))?.decoys).toBe(here.length);
    expect(await countDecoys(db, uai)).toBe(here.length);
    expect([await isDecoy(db, decoys[0] ?? 0), await isDecoy(db, 1)]).toEqual([true, false]);
  });

  it('are letters: none for a decoy, none for their class, none in the pile of the school', async () => {
    const activation = await createActivationOn(schools.world);
    const ofClass = await activation.printLetters({ uai, className: made.className, by: BY });
    expect(ofClass.outcome).toBe('nobody');
    const printing = await activation.printLetters({ uai, by: BY });
    if (printing.outcome !== 'printing') throw new Error(printing.outcome);
    const letters: PrintedLetter[] = [];
    for await (const letter of printing.letters) letters.push(letter);
    expect(letters.length).toBe(printing.total);
    const persons = letters.map(({ person }) => person);
    expect(await decoysAmong(schools.world.db, persons)).toEqual([]);
    const listed = await activation.listBatches({ uai });
    const ids = listed.outcome === 'listed' ? listed.batches.map(({ id }) => id) : [];
    expect(new Set(ids)).toEqual(new Set(letters.map(({ batch }) => batch.id)));
    await activation.stop();
  });

  it('and their class has the traces of letters that every class has, of none of which there is a code or a line', async () => {
    const { db, dependencies } = schools.world;
    const progress = await progressOfClasses(db, uai, dependencies.now());
    for (const { pupils, printed } of progress) expect(printed).toBe(pupils);
    expect(progress.find(({ className }) => className === made.className)?.pupils).toBe(made.pupils);
    const ofNobody = await sql`
      select (select count(*)::int from bait_letters) as baits, (select count(*)::int from disclosures l
        join decoys d on d.person = l.person) as lines`.execute(db);
    expect(ofNobody.rows).toEqual([{ baits: 0, lines: 0 }]);
  });

  it('are rosters: the same files again change nothing, close nobody and weigh nothing', async () => {
    const before = await schools.world.fingerprint();
    const again = await schools.importAgain();
    expect(again.counts).toMatchObject({ created: 0, changed: 0, closed: 0 });
    expect(again.closures).toEqual([]);
    expect(await schools.world.fingerprint()).toBe(before);
  });

  it('and a key drawn for a decoy goes to whoever comes with it', async () => {
    const { db, dependencies } = schools.world;
    const { digests, keyRing } = dependencies;
    const keys = await db.transaction().execute((tx) => openRosterKeys(tx, keyRing, decoys));
    const [decoy = 0, key] = [...keys][0] ?? [];
    if (!key) throw new Error('no decoy has a key');
    expect(await findPersonByRosterKey(db, digests, key)).toBe(decoy);
    expect(await findRosterPersons(db, digests, [key])).toEqual([undefined]);
    const person = await db
      .transaction()
      .execute((tx) =>
        createPerson(tx, { fields: {}, rosterKey: key }, { keyRing, digests, at: dependencies.now() }),
      );
    expect(await findRosterPersons(db, digests, [key])).toEqual([person]);
    expect(await isDecoy(db, person)).toBe(false);
  });
});

describe('a bait letter', () => {
  it('looks like any other, and its code opens nothing: the answer is that of an unknown code', async () => {
    const { db, dependencies } = schools.world;
    const settings = defaultSettings().activation;
    const printBait = createPrintBait({ ...dependencies, settings });
    const printed = await printBait(BY, { uai });
    if (printed.outcome !== 'printed') throw new Error(printed.outcome);
    const { letter } = printed;
    expect(letter.batch).toMatchObject({ className: made.className, daysOfUse: 21 });
    expect(letter.batch.names).toHaveLength(made.pupils);
    expect(letter.batch.names[letter.number - 1]).toBe(letter.name);
    expect(await isDecoy(db, letter.person)).toBe(true);
    const activation = await createActivationOn(schools.world);
    const type = (code: string) =>
      activation.begin(activation.classWindow, { code, proof: 'cheval' }, '192.0.2.7');
    expect(await type(letter.code)).toEqual(await type('0000-0000-0000-0000'));
    const refusals = await db
      .selectFrom('audit_events')
      .select('details')
      .where('name', '=', 'activation.refused')
      .execute();
    expect(new Set(refusals.map(({ details }) => JSON.stringify(details))).size).toBe(1);
    const log = { warn: (details: object) => Promise.reject(details) };
    const watch = { db, settings: defaultSettings().alarms, now: dependencies.now, log, pauseClaims };
    await createWatch(watch).look();
    expect(await listAlarms(db)).toMatchObject([
      { rule: 'bait-used', uai, details: { bait: printed.id, uses: 1 } },
    ]);
    expect(await printBait(BY, { uai: '0000000A' })).toEqual({ outcome: 'unknown-school' });
    await activation.stop();
  });
});

describe('the year after', () => {
  it('the former class leaves as classes do, and another is made by the roster itself', async () => {
    const { db, pool, dependencies } = schools.world;
    schools.world.later(24 * 350);
    await schools.importAgain({ date: '2027-09-16' });
    // Where few are left, there is no class to hide one among, nor one of the year before.
    const [, small = ''] = schools.uais;
    await sql`
      update memberships m set until_at = ${dependencies.now()} where m.uai = ${small} and m.until_at is null
        and m.school_year = 2027 and m.profile = 'pupil' and m.person % 15 > 0`.execute(db);
    const tasks = createCanaryTasks({ ...dependencies, settings: SETTINGS });
    const queue = createQueue({
      pool,
      tasks,
      log: { warn: () => {}, info: () => {} } as never,
      now: dependencies.now,
    });
    await queue.drain();
    const [first] = await listCanaries(db);
    expect(first?.pupils).toBeGreaterThan(5);
    const former = await sql<{ open: number }>`
      select count(*)::int as open from memberships m
      where m.person = any(${decoys}::int[]) and m.until_at is null`.execute(db);
    expect(former.rows).toEqual([{ open: 0 }]);
    expect((await listCanaries(db)).find((one) => one.uai === small)).toMatchObject({ pupils: 0 });
    const closed = await sql<{ state: string }>`
      select distinct state from account_states
      where until_at is null and person = any(${decoys}::int[])`.execute(db);
    expect(closed.rows).toEqual([{ state: 'closed' }]);
  }, 30_000);
});
