import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import { type NewAlarm, raise } from '../../src/alarms/raise.ts';
import type { Details } from '../../src/audit/record.ts';
import { openContacts } from '../../src/directory/contacts.ts';
import { sealersOf } from '../../src/directory/fields.ts';
import { getPersonIds } from '../../src/directory/persons.ts';
import { anotherSchool, OTHER_UAI } from '../console/school.ts';
import { aHead, anOfficer, aTeacher, enter, nextCode } from '../console/staff.ts';
import { somebody, UAI } from '../login/people.ts';
import { type World, wholeWorld } from '../support/world.ts';

let world: World;
beforeAll(async () => {
  world = await wholeWorld();
  await anotherSchool(world);
});
afterAll(() => world.close());

const anAlarm = (given: Partial<NewAlarm> & { details?: Details } = {}) =>
  world.parts.db.transaction().execute(async (tx) => {
    const details = { claims: 21, minutes: 10, handed_over: 40, handed_over_hours: 72 };
    return (await raise(tx, { rule: 'claims-burst', uai: UAI, details, at: world.now(), ...given })) ?? '';
  });

describe('/console/alarms', () => {
  it('shows a head those of the school, with rule and figures, and no other', async () => {
    const [here, there] = [await anAlarm(), await anAlarm({ uai: OTHER_UAI })];
    const visitor = await enter(world, await aHead(world), '/console/alarms');
    const list = await visitor.open('/console/alarms');
    expect(list.text).toContain(`/console/alarms/${here}`);
    expect(list.text).not.toContain(there);
    const shown = await visitor.open(`/console/alarms/${here}`);
    expect(shown.text).toMatch(/<dt>(Activations)<\/dt><dd>21<\/dd>/);
    expect((await visitor.open(`/console/alarms/${there}`)).status).toBe(404);
    expect((await visitor.open('/console/alarms/nothing')).status).toBe(404);
  });

  it('says of a spent budget in which role, and how much of how much was read', async () => {
    const details = {
      role: 'teacher',
      right: 'x',
      hour: { spent: 99, limit: 100 },
      day: { spent: 250, limit: 300 },
    };
    const id = await anAlarm({ rule: 'budget-exhausted', details });
    const visitor = await enter(world, await aHead(world), `/console/alarms/${id}`);
    const { text } = await visitor.open(`/console/alarms/${id}`);
    for (const figure of ['99 sur 100', '250 sur 300']) expect(text).toContain(`<dd>${figure}</dd>`);
    expect(text).toMatch(/<dt>En tant que<\/dt><dd>Un professeur/);
  });

  it('leads to whose account was locked or whose letter is void, and not to who did something', async () => {
    const [{ person }, visitor] = [await somebody(world), await enter(world, await aHead(world))];
    const record = `/console/people/${(await getPersonIds(world.parts.db, person)).id}`;
    const pageOf = async (given: Partial<NewAlarm>) =>
      (await visitor.open(`/console/alarms/${await anAlarm({ person, details: {}, ...given })}`)).text;
    const page = await pageOf({ rule: 'vouch-refused' });
    expect(page).toContain(`href="${record}"`);
    expect(page).not.toContain('Ce qui a été compté');
    expect((await visitor.open(record)).status).toBe(200);
    expect(await pageOf({ rule: 'budget-exhausted' })).not.toContain(record);
  });

  it('is closed with a reason and the factor, once', async () => {
    const id = await anAlarm();
    const head = await aHead(world);
    const visitor = await enter(world, head, `/console/alarms/${id}`);
    const close = async (reason: string, otp: string) => {
      await visitor.open(`/console/alarms/${id}`);
      return visitor.submit({ reason, otp });
    };
    expect((await close('', nextCode(world, head))).status).toBe(422);
    expect((await close('Une réunion', '000000')).status).toBe(422);
    expect((await close('Une réunion', nextCode(world, head))).url).toContain('done=closed');
    const { text } = await visitor.open('/console/alarms');
    expect(text).toContain('Une réunion');
  });

  it('shows nobody an alarm about themselves, nor lets them close it', async () => {
    const head = await aHead(world);
    const id = await anAlarm({ person: head.person });
    const visitor = await enter(world, head, '/console/alarms');
    expect((await visitor.open('/console/alarms')).text).not.toContain(id);
    expect((await visitor.open(`/console/alarms/${id}`)).status).toBe(404);
  });

  it('shows nobody an alarm about a reset or a second proof of theirs, nor tells them of it', async () => {
    const head = await aHead(world);
    const id = await anAlarm({ details: { reset_by: [1, head.person] } });
    const given = await anAlarm({ details: { given_by: [head.person] } });
    const visitor = await enter(world, head, '/console/alarms');
    for (const theirs of [id, given]) {
      expect((await visitor.open('/console/alarms')).text).not.toContain(theirs);
      expect((await visitor.open(`/console/alarms/${theirs}`)).status).toBe(404);
    }
  });

  it('stays in the list while it is open, however many came and were closed since', async () => {
    const { db } = world.parts;
    const head = await aHead(world);
    const old = await anAlarm();
    world.wait(1000);
    await sql`
      insert into alarms (rule, uai, academie, raised_at, closed_at, closed_by, close_reason)
      select 'claims-burst', ${UAI}, 'Paris', ${world.now()}::timestamptz, case when n > 60 then ${world.now()}::timestamptz end,
        case when n > 60 then '{"kind": "system", "name": "test"}'::jsonb end, 'essai'
      from generate_series(1, 600) n`.execute(db);
    const visitor = await enter(world, head, '/console/alarms');
    const seen = new Set<string>();
    let next: string | undefined = '/console/alarms';
    for (let pages = 0; next && pages < 10; pages += 1) {
      const { text } = await visitor.open(next);
      for (const [, id = ''] of text.matchAll(/\/console\/alarms\/([\w-]{36})/g)) seen.add(id);
      next = /href="(\/console\/alarms\?page=\d+)">Page suivante/.exec(text)?.[1];
    }
    expect([seen.has(old), seen.size > 60]).toEqual([true, true]);
  });

  it('is closed to those who have no say in it', async () => {
    const visitor = await enter(world, await aTeacher(world, ['6A']));
    expect((await visitor.open('/console/alarms')).status).toBe(403);
  });
});

describe('an alarm goes', () => {
  it('to the head of the school by mail, in figures without names, and not to whom it is about', async () => {
    // Those of the tests before had nobody to go to.
    await world.app.queue.drain();
    const [head, suspect, resetter] = [await aHead(world), await aHead(world), await aHead(world)];
    await withMail([head, suspect, resetter]);
    await anAlarm({ person: suspect.person, details: { reset_by: [resetter.person] } });
    const told = await toldOf();
    expect(told).toContain(`head${head.person}@college.example`);
    expect(told).not.toContain(`head${suspect.person}@college.example`);
    expect(told).not.toContain(`head${resetter.person}@college.example`);
    expect(told).toContain('/console/alarms');
  });

  it('to the nation, where the académie has nobody but the one it is about', async () => {
    const [officer, national, somebody] = [
      await anOfficer(world),
      await anOfficer(world),
      await aHead(world),
    ];
    const { db } = world.parts;
    const office = { role: 'national-officer', scope_kind: 'nation', academie: null } as const;
    await db.updateTable('rights').set(office).where('person', '=', national.person).execute();
    await withMail([officer, national]);
    const alarm = { uai: undefined, academie: 'Paris', rule: 'budget-exhausted' } as const;
    const isTold = async (...about: number[]) => {
      const [person] = about;
      await db.deleteFrom('outbox').execute();
      await anAlarm({ ...alarm, person, details: { reset_by: about } });
      const told = await toldOf();
      expect(told).toContain('"Paris, le ');
      return [officer, national].map((one) => told.includes(`head${one.person}@`));
    };
    expect(await isTold(officer.person)).toEqual([false, true]);
    expect(await isTold(somebody.person)).toEqual([true, false]);
    expect(await isTold(somebody.person, officer.person)).toEqual([false, true]);
    await db.deleteFrom('outbox').execute();
    await anAlarm({ ...alarm, details: { given_by: [officer.person] } });
    expect(await toldOf()).not.toContain(`head${officer.person}@`);
  });
});

async function withMail(people: readonly { person: number }[]): Promise<void> {
  const { db, keyRing, digests } = world.parts;
  const persons = people.map(({ person }) => person);
  await db.transaction().execute(async (tx) => {
    const sealers = await sealersOf(tx, keyRing, persons);
    const contacts = [...sealers.values()].map((sealer) => ({
      ...{ sealer, uai: null, kind: 'mail' as const, value: `head${sealer.person}@college.example` },
    }));
    await openContacts(tx, contacts, { digests, at: world.now() });
  });
}

/** Everything that was sent by now. */
async function toldOf(): Promise<string> {
  await world.app.queue.drain();
  return JSON.stringify(await world.parts.db.selectFrom('outbox').selectAll().execute());
}
