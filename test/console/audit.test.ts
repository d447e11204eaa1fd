import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import { auditEvents } from '../../src/audit/events.ts';
import { record } from '../../src/audit/record.ts';
import { countEvents } from '../../src/console/audit/events-store.ts';
import { markDecoys } from '../../src/directory/decoys.ts';
import { LOCALES_FOLDER, loadWords } from '../../src/http/translate.ts';
import { KINDS } from '../../src/ledger/kinds.ts';
import { UAI } from '../login/people.ts';
import { asSuperuser } from '../support/stores.ts';
import type { Visitor } from '../support/visitor.ts';
import { BY, type World, wholeWorld } from '../support/world.ts';
import { aFarSchool, aRightHolder, FAR_UAI, rowOf } from './auditing.ts';
import { type AClass, aClass, anotherSchool, linesAbout, OTHER_UAI } from './school.ts';
import { aHead, anOfficer, aTeacher, enter, type StaffMember } from './staff.ts';

const PAGES = ['/console/audit', '/console/audit/events', '/console/audit/ledger'] as const;
const HOST = 'machine-de-zebulon';

let world: World;
let near: AClass;
let other: AClass;
let far: AClass;
let head: StaffMember;
let desk: Visitor;
let nation: Visitor;
let paris: Visitor;
let school: Visitor;
beforeAll(async () => {
  world = await wholeWorld();
  await anotherSchool(world);
  await aFarSchool(world);
  near = await aClass(world, { pupils: 8 });
  other = await aClass(world, { pupils: 2, uai: OTHER_UAI });
  far = await aClass(world, { pupils: 4, uai: FAR_UAI });
  head = await aHead(world);
  desk = await enter(world, head);
  nation = await enter(world, await aRightHolder(world, { role: 'auditor', scope: 'nation' }));
  paris = await enter(
    world,
    await aRightHolder(world, { role: 'auditor', scope: 'academie', academie: 'Paris' }),
  );
  school = await enter(
    world,
    await aRightHolder(world, { role: 'auditor', scope: 'establishment', uai: UAI }),
  );
  await lock(near.pupils.slice(0, 3));
  await lock(other.pupils);
  await lock(far.pupils);
}, 60_000);
afterAll(() => world.close());

/** With what no page may show. */
async function lock(persons: readonly number[], at = world.now()): Promise<void> {
  const by = { ...BY, name: 'Zébulon Garance', osUser: 'zgarance', host: HOST } as const;
  const details = { lock: 'verrou-de-capucine' };
  for (const subject of persons) {
    await record(
      world.parts.db,
      by,
      { name: 'account.locked', subject, details, reason: 'Capucine est partie' },
      at,
    );
  }
}

async function locked(visitor: Visitor, query = ''): Promise<string | undefined> {
  const { status, text } = await visitor.get(`/console/audit${query}`);
  expect(status).toBe(200);
  return rowOf(text, 'account.locked')?.[0];
}

describe('the audit in numbers', () => {
  it('is for whoever may see it: teachers and pupils have neither the page nor its entry', async () => {
    const teacher = await enter(world, await aTeacher(world, [near.className]));
    for (const path of PAGES) expect([path, (await teacher.get(path)).status]).toEqual([path, 403]);
    const entry = 'href="/console/audit"';
    expect((await teacher.get('/console')).text).not.toContain(entry);
    const officer = await enter(world, await anOfficer(world));
    for (const visitor of [desk, officer, nation, paris, school]) {
      expect((await visitor.get('/console')).text).toContain(entry);
      for (const path of PAGES) expect([path, (await visitor.get(path)).status]).toEqual([path, 200]);
    }
  });

  it('counts what was done, as far as the right reaches', async () => {
    expect(await locked(nation)).toBe('9');
    expect(await locked(paris)).toBe('5');
    expect(await locked(school)).toBe('3');
    expect(await locked(desk)).toBe('3');
    expect(await locked(nation, `?uai=${FAR_UAI.toLowerCase()}`)).toBe('4');
    expect(await locked(paris, `?uai=${OTHER_UAI}&days=7`)).toBe('2');
  });

  it('says by whom in kinds, and on which day', async () => {
    const counts = await countEvents(world.parts.db, {
      ...{ area: { kind: 'establishment', uai: UAI }, days: 7, at: world.now() },
      names: Object.keys(auditEvents) as (keyof typeof auditEvents)[],
    });
    const actors = (name: string) => [
      ...new Set(counts.filter((one) => one.name === name).map(({ actor }) => actor)),
    ];
    expect(actors('account.locked')).toEqual(['operator']);
    expect(actors('sign-in.succeeded')).toEqual(['holder']);
    const [pupil = 0, guardian = 0] = near.pupils.slice(5);
    const at = world.now();
    const event = { name: 'account.reset', subject: pupil } as const;
    await record(world.parts.db, { kind: 'person', person: head.person }, event, at);
    await record(world.parts.db, { kind: 'system', name: 'alarms' }, event, at);
    const vouched = { name: 'activation.vouched', subject: pupil } as const;
    await record(world.parts.db, { kind: 'person', person: guardian }, vouched, at);
    const { text } = await school.get('/console/audit/events');
    const actorsShown = (name: string) =>
      [...text.matchAll(/<tr><th scope="row">.*?<small>(.*?)<\/small><\/th><td>.*?<\/td><td>(.*?)<\/td>/gs)]
        .filter(([, shown]) => shown === name)
        .map(([, , actor]) => actor);
    expect(actorsShown('account.reset')).toEqual(['Préau, de lui-même', 'Le personnel']);
    expect(actorsShown('activation.vouched')).toEqual(['La personne elle-même, ou un responsable']);
    const today = new Intl.DateTimeFormat('fr', { dateStyle: 'long', timeZone: 'Europe/Paris' }).format(at);
    expect(rowOf((await school.get('/console/audit')).text, today)).toHaveLength(1);
  });

  it('keeps to the period, in days of Paris', async () => {
    const before = new Date(world.now().getTime() - 40 * 86_400_000);
    const { db } = world.parts;
    await lock(far.pupils.slice(0, 1), before);
    await db
      .updateTable('memberships')
      .set({ from_at: before })
      .where('person', '=', far.pupils[0] ?? 0)
      .execute();
    expect(await locked(nation, `?uai=${FAR_UAI}&days=30`)).toBe('4');
    expect(await locked(nation, `?uai=${FAR_UAI}&days=90`)).toBe('5');
  });

  it('begins the day at midnight in Paris', async () => {
    const { db } = world.parts;
    const event = { name: 'keys.promoted' } as const;
    await record(db, BY, event, new Date('2026-06-01T21:59:59Z'));
    await record(db, BY, event, new Date('2026-06-01T22:00:00Z'));
    const wanted = {
      area: { kind: 'nation' },
      names: ['keys.promoted'],
      at: new Date('2026-06-02T09:00Z'),
    } as const;
    const today = { name: 'keys.promoted', actor: 'operator', events: 1, decoys: 0, day: '2026-06-02' };
    expect(await countEvents(db, { ...wanted, days: 1 })).toEqual([today]);
    expect(await countEvents(db, { ...wanted, days: 2 })).toHaveLength(2);
  });

  it('is of the school somebody belonged to then, not of the one they are in now', async () => {
    const { db } = world.parts;
    const one = await aClass(world, { pupils: 1 });
    await lock(one.pupils);
    const moved = { until_at: world.now() };
    await db.updateTable('memberships').set(moved).where('person', 'in', one.pupils).execute();
    const at = new Date(world.now().getTime() + 1);
    await record(db, BY, { name: 'account.lock-lifted', subject: one.pupils[0] ?? 0 }, at);
    world.wait(1000);
    const { text } = await school.get('/console/audit');
    expect(rowOf(text, 'account.locked')).toEqual(['4']);
    expect(rowOf(text, 'account.lock-lifted')).toBeUndefined();
  });

  it('has a window in the school of its class, and what names no place in the nation alone', async () => {
    const { db } = world.parts;
    const at = world.now();
    const { id } = await db
      .insertInto('activation_windows')
      .values({
        ...{
          class_id: far.classId,
          word_digest: Buffer.alloc(32),
          generation: 1,
          opened_at: at,
          closes_at: new Date(at.getTime() + 60_000),
        },
        opened_by: JSON.stringify(BY),
      } as never)
      .returning('id')
      .executeTakeFirstOrThrow();
    await record(db, BY, { name: 'activation.window-closed', details: { window: id } }, at);
    await record(db, BY, { name: 'keys.exported' }, at);
    const [all, here, there] = await Promise.all([
      nation.get('/console/audit/events'),
      paris.get('/console/audit/events'),
      nation.get(`/console/audit/events?uai=${FAR_UAI}`),
    ]);
    expect(rowOf(all.text, 'activation.window-closed')?.[2]).toBe('Collège des Saules');
    expect(rowOf(all.text, 'keys.exported')?.[2]).toBe('Aucun');
    expect(here.text).not.toMatch(/window-closed|keys\.exported/);
    expect(there.text).toContain('window-closed');
    expect(there.text).not.toContain('keys.exported');
  });

  it('shows the latest events in pages of fifty, each once', async () => {
    const one = await aClass(world, { pupils: 3, uai: OTHER_UAI });
    for (let round = 0; round < 20; round += 1) await lock(one.pupils);
    const path = `/console/audit/events?uai=${OTHER_UAI}&days=7`;
    const first = await paris.get(path);
    const rows = (text: string) => text.match(/<small>account\.locked<\/small>/g)?.length;
    expect(rows(first.text)).toBe(50);
    const next = /href="([^"]*before=\d+)"/.exec(first.text)?.[1]?.replaceAll('&amp;', '&') ?? '';
    const second = await paris.get(next);
    expect(rows(second.text)).toBe(12);
    expect([first.text, second.text].map((text) => text.includes('Plus anciens'))).toEqual([true, false]);
  });

  it('tells auditors of decoys; whoever may open records sees neither decoys nor alarms here', async () => {
    const { db } = world.parts;
    const at = world.now();
    const decoys = await aClass(world, { pupils: 2 });
    await db.transaction().execute((tx) => markDecoys(tx, { persons: decoys.pupils, uai: UAI, at }));
    await lock(decoys.pupils);
    await record(db, BY, { name: 'canaries.created', details: { uai: UAI } }, at);
    await record(db, BY, { name: 'alarm.raised', subject: head.person, details: { uai: UAI } }, at);
    const told = await school.get('/console/audit');
    expect(told.text).toContain('Et 2 leurres');
    expect(rowOf(told.text, 'canaries.created')).toEqual(['1']);
    expect(rowOf(told.text, 'alarm.raised')).toEqual(['1']);
    for (const path of PAGES) {
      expect((await desk.get(path)).text).not.toMatch(/leurre|canaries|alarm\./);
    }
    expect(await locked(desk)).toBe(await locked(school));
  });
});

describe('the ledger in numbers', () => {
  async function release(persons: readonly number[], kind: 'id-token' | 'userinfo'): Promise<void> {
    const written = await world.parts.ledger.append({
      judgedAt: { version: await version() },
      context: {
        recipient: 'relying-party',
        clientId: 'emploi-du-temps',
        publisher: 'edt',
        contractVersion: 1,
      },
      rows: persons.map((person) => ({ person, kind, fields: ['sub'] })),
      at: world.now(),
    });
    expect(written.outcome).toBe('written');
  }

  async function version(): Promise<number> {
    const clock = world.parts.db.selectFrom('order_clock').select('version');
    return (await clock.executeTakeFirstOrThrow()).version;
  }

  it('counts lines and persons, and never says how many where they are fewer than five', async () => {
    await release(near.pupils, 'id-token');
    await release(near.pupils.slice(0, 2), 'userinfo');
    await release(far.pupils, 'userinfo');
    await desk.get(`${near.path}/pupils`);
    const { text } = await school.get('/console/audit/ledger');
    expect(rowOf(text, 'Une application\u00a0: connexion')).toEqual(['8', '8']);
    expect(rowOf(text, 'Une application\u00a0: informations demandées ensuite')).toEqual(['2', 'moins de 5']);
    expect(rowOf(text, 'emploi-du-temps')).toEqual(['10', '8']);
    expect(rowOf(text, 'Le personnel\u00a0: lecture à l’écran')).toEqual(['8', '8']);
    expect(rowOf(text, 'La direction')).toEqual(['8', '8']);
    const lyon = await nation.get(`/console/audit/ledger?uai=${FAR_UAI}`);
    expect(rowOf(lyon.text, 'emploi-du-temps')).toEqual(['4', 'moins de 5']);
    expect(lyon.text).not.toContain('La direction');
    expect(rowOf((await nation.get('/console/audit/ledger')).text, 'emploi-du-temps')).toEqual(['14', '12']);
  });

  it('tells auditors alone how many lines are about decoys', async () => {
    const decoys = await aClass(world, { pupils: 1 });
    const at = world.now();
    await world.parts.db
      .transaction()
      .execute((tx) => markDecoys(tx, { persons: decoys.pupils, uai: UAI, at }));
    await desk.get(`${decoys.path}/pupils`);
    expect((await school.get('/console/audit/ledger')).text).toContain('Et un leurre');
    expect((await desk.get('/console/audit/ledger')).text).not.toContain('leurre');
  });
});

describe('the pages of the audit', () => {
  it('show nobody: no name, username, number of a record, host, reason or detail', async () => {
    const { db } = world.parts;
    await desk.get(`${near.path}/pupils`);
    const ids = (await db.selectFrom('persons').select('id').execute()).map(({ id }) => id);
    const clients = await db.selectFrom('disclosure_contexts').select('address').execute();
    const addresses = clients.flatMap(({ address }) => (address ? [address] : []));
    expect(addresses.length).toBeGreaterThan(0);
    for (const visitor of [nation, paris, school, desk])
      for (const path of PAGES) {
        const { text } = await visitor.get(`${path}?days=90`);
        const main = text.slice(text.indexOf('<main'), text.indexOf('</main>'));
        expect(main.length).toBeGreaterThan(500);
        expect(main).not.toMatch(/Tulipe|lina\.|Capucine|verrou-de|Garance|zgarance|machine-de/i);
        expect([...ids, ...addresses].filter((one) => main.includes(one))).toEqual([]);
        expect(main).not.toMatch(/[0-9a-f]{8}-[0-9a-f]{4}/);
      }
  });

  it('read nobody: no line, no budget; but the right is in use', async () => {
    const who = await aRightHolder(world, { role: 'auditor', scope: 'nation' });
    const visitor = await enter(world, who);
    const count = async () =>
      (await linesAbout(world, [...near.pupils, ...far.pupils], KINDS['staff-read'])).length;
    const before = await count();
    for (const path of PAGES) await visitor.get(path);
    expect(await count()).toBe(before);
    const { db } = world.parts;
    const right = await db
      .selectFrom('rights')
      .select('last_used_at')
      .where('person', '=', who.person)
      .executeTakeFirstOrThrow();
    expect(right.last_used_at).not.toBeNull();
  });

  it.each(['fr', 'en'] as const)('speak %s, also where nothing was done', async (locale) => {
    const uai = '0130004D';
    await desk.get(`${near.path}/pupils`);
    await world.parts.db
      .insertInto('establishments')
      .values({ uai, name: 'École vide', academie: 'Aix', kind: 'ecole' } as never)
      .onConflict((conflict) => conflict.doNothing())
      .execute();
    for (const path of PAGES) {
      const language = { 'accept-language': locale };
      const empty = await nation.get(`${path}?uai=${uai}`, language);
      expect(empty.status).toBe(200);
      expect(empty.text).toContain(`<html lang="${locale}"`);
      expect(empty.text).toMatch(/class="empty"/);
      expect((await nation.get(path, language)).text).not.toContain('class="empty"');
    }
  });

  it('answer what is outside the rights as what is nowhere', async () => {
    const answers = [FAR_UAI, '9999999Z'].map(async (uai) => {
      const { status, text } = await paris.get(`/console/audit?uai=${uai}`);
      return { status, text: text.replaceAll(uai, 'UAI').replace(/value="[\w-]{20,}"|nonce-\S+/g, '') };
    });
    const [outside, nowhere] = await Promise.all(answers);
    expect(outside?.status).toBe(404);
    expect(outside?.text).toContain('Aucun établissement de votre périmètre');
    expect(outside?.text).toBe(nowhere?.text);
    expect((await school.get(`/console/audit?uai=${OTHER_UAI}`)).status).toBe(404);
    expect((await paris.get('/console/audit?area=nation')).status).toBe(404);
    expect((await desk.get('/console/audit?area=academie:Paris')).status).toBe(404);
  });

  it.each([
    'days=99999999',
    'days=-1',
    'days=1&days=90',
    'days=%00',
    'before=1e9',
    'before=999999999999999999999',
    'before=-1',
    'before[]=3',
    'uai[]=x&area[]=y',
    'area=&uai=',
    `uai=${'%C3%A9'.repeat(500)}`,
    'uai=%00',
    `uai=${encodeURIComponent("' or 1=1 --")}`,
    'area=nation%00',
    'area=__proto__',
  ])('stand %s', async (query) => {
    for (const path of PAGES) {
      const { status, text } = await school.get(`${path}?${query}`);
      expect([200, 404]).toContain(status);
      expect(text).not.toContain('Collège des Iris');
    }
  });

  it('let whoever has several rights choose, and no more than these', async () => {
    const two = [
      { role: 'auditor', scope: 'academie', academie: 'Lyon' },
      { role: 'auditor', scope: 'establishment', uai: UAI },
    ] as const;
    const visitor = await enter(world, await aRightHolder(world, ...two));
    expect((await visitor.get('/console/audit?area=academie:Lyon')).text).toContain('Académie\u00a0: Lyon');
    expect((await visitor.get(`/console/audit?area=${UAI}`)).text).toContain('Collège des Tilleuls');
    expect((await visitor.get('/console/audit?area=academie:Paris')).status).toBe(404);
    expect((await visitor.get(`/console/audit?uai=${OTHER_UAI}`)).status).toBe(404);
  });
});

describe('counting', () => {
  it('that takes too long is given up, four at once in a process, and the form stays', async () => {
    const { rows } = await sql<{ name: string }>`select current_database() as name`.execute(world.parts.db);
    const database = rows[0]?.name;
    // Every count waits here until it is cancelled, as the server does at the time-out.
    await asSuperuser(
      `alter table preau.decoys rename to slept;
       create view preau.decoys as select * from preau.slept union all
         select 0, '', now() from (select pg_sleep(8)::text as nap offset 0) sleeping where nap = 'over';
       grant select on preau.decoys to preau_app`,
      database,
    );
    try {
      const waiting = Array.from({ length: 4 }, () => nation.get('/console/audit'));
      const asleep = `from pg_stat_activity where datname = '${database}' and wait_event = 'PgSleep'`;
      const count = async () => (await asSuperuser(`select ${asleep}`)).rowCount ?? 0;
      while ((await count()) < 4) await setTimeout(20);
      const fifth = await school.get('/console/audit/ledger');
      expect(await count()).toBe(4);
      await asSuperuser(`select pg_cancel_backend(pid) ${asleep}`);
      for (const { status, text, headers } of [fifth, ...(await Promise.all(waiting))]) {
        expect([status, headers.get('retry-after')]).toEqual([503, '5']);
        expect(text).toContain('trop pour être compté');
        expect(text).toContain('name="days"');
      }
    } finally {
      await asSuperuser('drop view preau.decoys; alter table preau.slept rename to decoys', database);
    }
    expect((await nation.get('/console/audit')).status).toBe(200);
  });
});

it('has words for every event of the catalogue; in English they are the catalogue’s', () => {
  const words = loadWords({ folder: LOCALES_FOLDER, strict: true, onMissing: () => {} });
  const [french, english] = [words.translator('fr'), words.translator('en')];
  for (const [name, description] of Object.entries(auditEvents)) {
    expect(french(`audit.event_${name}`)).not.toBe('');
    expect(english(`audit.event_${name}`)).toBe(description);
  }
});
