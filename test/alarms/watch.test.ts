import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import { closeOpenAlarm } from '../../src/alarms/close-alarm.ts';
import { noteDecoysRead } from '../../src/alarms/sightings.ts';
import { endOrder } from '../../src/crisis/end-order.ts';
import { markDecoys } from '../../src/directory/decoys.ts';
import { judge } from '../../src/orders/evaluate.ts';
import { createOrders, type Orders } from '../../src/orders/orders.ts';
import { aPerson } from '../sessions/people.ts';
import { type TestStores, testStores } from '../support/stores.ts';
import { AT, type Facts, factsOn, minutes } from './facts.ts';

let stores: TestStores;
let facts: Facts;
let orders: Orders;
beforeAll(async () => {
  stores = await testStores();
  facts = factsOn(stores);
  const settings = { pollMilliseconds: 250, silenceMilliseconds: 1000 };
  orders = createOrders({ pool: stores.pool, settings, now: () => facts.now, log: { warn: () => {} } });
  await orders.start();
});
afterAll(async () => {
  await orders.stop();
  await stores.close();
});
beforeEach(() => {
  facts.now = minutes(10);
  facts.watch = facts.anotherWatch();
});

const rulesOf = async (uai: string) => (await facts.alarms(uai)).map(({ rule }) => rule);

describe('claims in one school', () => {
  it('are an alarm above 20 and above a tenth of the letters handed over, within ten minutes', async () => {
    const uai = await facts.school();
    const pile = await facts.pile(uai, { handedOver: 209 });
    await facts.claims(pile, { count: 20, at: minutes(1) });
    await facts.watch.look();
    expect(await rulesOf(uai)).toEqual([]);
    await facts.claims(pile, { count: 1, at: minutes(9) });
    await facts.watch.look();
    expect(await facts.alarms(uai)).toMatchObject([
      {
        rule: 'claims-burst',
        details: { claims: 21, minutes: 10, handed_over: 209, handed_over_hours: 72 },
      },
    ]);
  });

  it.each([
    ['are fewer than a tenth of the letters', { handedOver: 210, at: AT, by: 'split-letter', spread: 0 }],
    ['come one after the other', { handedOver: 0, at: AT, by: 'split-letter', spread: 1 }],
    ['happen in class windows', { handedOver: 0, at: AT, by: 'class-window', spread: 0 }],
  ])('are none where they %s', async (_, { handedOver, at, by, spread }) => {
    const uai = await facts.school();
    const pile = await facts.pile(uai, { handedOver, at });
    for (let n = 0; n < 21; n += 1) await facts.claims(pile, { count: 1, at: minutes(n * spread), by });
    facts.now = minutes(30);
    await facts.watch.look();
    expect(await rulesOf(uai)).toEqual([]);
  });

  it('counts letters handed over in the last three days alone', async () => {
    const uai = await facts.school();
    await facts.pile(uai, { handedOver: 500, at: minutes(-60 * 73) });
    await facts.claims(await facts.pile(uai, { handedOver: 10 }), { count: 21, at: minutes(9) });
    await facts.watch.look();
    expect(await facts.alarms(uai)).toMatchObject([{ details: { handed_over: 10 } }]);
  });

  it('are found by a process that was not there while they happened', async () => {
    const uai = await facts.school();
    await facts.claims(await facts.pile(uai, { handedOver: 0 }), { count: 25, at: minutes(1) });
    facts.now = minutes(100);
    expect(await facts.anotherWatch().look()).toHaveLength(1);
    expect(await rulesOf(uai)).toEqual(['claims-burst']);
  });

  it('pause all further claims of that school, and of it alone, to the minute', async () => {
    const [uai, other] = [await facts.school(), await facts.school()];
    await facts.claims(await facts.pile(uai, { handedOver: 0 }), { count: 21, at: minutes(9) });
    await facts.watch.look();
    const [alarm] = await facts.alarms(uai);
    expect(alarm?.pause?.until).toEqual(minutes(130));
    const isFrozen = async (establishment: string, state: 'dormant' | 'active', at: Date) => {
      facts.now = at;
      const { version } = await stores.db
        .selectFrom('order_clock')
        .select('version')
        .executeTakeFirstOrThrow();
      const membership = { profile: 'pupil', establishment, academie: 'Paris' } as const;
      const subject = { person: 1, state, memberships: [membership] };
      return judge(await orders.upTo(version), subject).enforced.includes('freeze');
    };
    expect(await isFrozen(uai, 'dormant', minutes(11))).toBe(true);
    expect(await isFrozen(uai, 'dormant', new Date(minutes(130).getTime() - 1))).toBe(true);
    expect(await isFrozen(uai, 'dormant', minutes(130))).toBe(false);
    expect(await isFrozen(uai, 'active', minutes(11))).toBe(false);
    expect(await isFrozen(other, 'dormant', minutes(11))).toBe(false);
    const order = await stores.db
      .selectFrom('audit_events')
      .select(['actor', 'reason', 'details'])
      .where('name', '=', 'order.applied')
      .where(sql`details->>'order'`, '=', alarm?.pause?.order ?? '')
      .executeTakeFirstOrThrow();
    expect(order).toMatchObject({
      actor: { kind: 'system', name: 'alarms' },
      reason: `alarm ${alarm?.id}: claims-burst`,
      details: { measure: 'freeze', scope: { establishment: [uai], state: ['dormant'] } },
    });
  });

  it('pause them again where it goes on after the pause and the alarm is open, save where somebody ended one', async () => {
    const uai = await facts.school();
    const pile = await facts.pile(uai, { handedOver: 0 });
    await facts.claims(pile, { count: 21, at: minutes(9) });
    await facts.watch.look();
    const pauses = () =>
      stores.db
        .selectFrom('orders')
        .select(['id', 'ends_at'])
        .where(sql`scope->'establishment'->>0`, '=', uai)
        .orderBy('created_at')
        .execute();
    facts.now = minutes(136);
    await facts.claims(pile, { count: 21, at: minutes(135) });
    await Promise.all(Array.from({ length: 6 }, () => facts.anotherWatch().look()));
    const [first, second] = await pauses();
    expect(await pauses()).toMatchObject([{ ends_at: minutes(130) }, { ends_at: minutes(256) }]);
    expect(await facts.alarms(uai)).toMatchObject([{ pause: { order: second?.id, until: minutes(256) } }]);
    const told = await sql<{ jobs: number }>`
      select count(*)::int as jobs from graphile_worker._private_jobs
      where payload->>'alarm' = ${(await facts.alarms(uai))[0]?.id}`.execute(stores.db);
    expect([told.rows, first?.id === second?.id]).toEqual([[{ jobs: 2 }], false]);
    const by = { kind: 'operator', name: 'Head', osUser: 'ops', host: 'here' } as const;
    await endOrder(stores.db, by, { id: second?.id ?? '', reason: 'a meeting' }, minutes(140));
    facts.now = minutes(261);
    await facts.claims(pile, { count: 21, at: minutes(260) });
    await facts.watch.look();
    expect(await pauses()).toHaveLength(2);
  });

  it('are one alarm and one pause, however many processes look at once', async () => {
    const uai = await facts.school();
    await facts.claims(await facts.pile(uai, { handedOver: 0 }), { count: 30, at: minutes(9) });
    const raised = await Promise.all(Array.from({ length: 6 }, () => facts.anotherWatch().look()));
    expect(raised.flat()).toHaveLength((await facts.alarms(uai)).length);
    const freezes = await stores.db
      .selectFrom('orders')
      .select('id')
      .where(sql`scope->'establishment'->>0`, '=', uai)
      .execute();
    expect(freezes).toHaveLength(1);
  });

  it('once closed, are raised again by newer ones only', async () => {
    const uai = await facts.school();
    const pile = await facts.pile(uai, { handedOver: 0 });
    await facts.claims(pile, { count: 21, at: minutes(9) });
    await facts.watch.look();
    const [alarm] = await facts.alarms(uai);
    const by = { kind: 'operator', name: 'Head', osUser: 'ops', host: 'here' } as const;
    await closeOpenAlarm(stores.db, by, { id: alarm?.id ?? '', reason: 'a meeting' }, minutes(10));
    await facts.watch.look();
    await facts.anotherWatch().look();
    expect(await facts.alarms(uai)).toHaveLength(1);
    facts.now = minutes(14);
    await facts.claims(pile, { count: 1, at: minutes(13) });
    await facts.watch.look();
    expect(await facts.alarms(uai)).toHaveLength(2);
  });
});

describe('one address', () => {
  const from = (source: string) =>
    facts.alarms().then((all) => all.filter(({ details }) => details.source === source));

  it('that claims in more than five schools is an alarm', async () => {
    const piles: string[] = [];
    for (let n = 0; n < 6; n += 1) piles.push(await facts.pile(await facts.school(), { handedOver: 0 }));
    for (const pile of piles.slice(1))
      await facts.claims(pile, { count: 2, at: minutes(9), by: 'class-window', source: 'S1' });
    await facts.watch.look();
    expect(await from('S1')).toEqual([]);
    await facts.claims(piles[0] ?? '', { count: 1, at: minutes(9), source: 'S1' });
    await facts.claims(piles[0] ?? '', { count: 1, at: minutes(9), source: 'S2' });
    await facts.watch.look();
    expect(await from('S1')).toMatchObject([
      {
        rule: 'address-many-schools',
        details: { schools: 6, claims: 11, address: '192.0.2.0/24', hours: 24 },
      },
    ]);
    expect(await from('S2')).toEqual([]);
  });

  const refused = (source: string, details: object) =>
    facts.event('activation.refused', {
      at: minutes(9),
      details: { source, address: '192.0.2.0/24', ...details },
    });

  it('that tries many codes is one, and a class that mistypes is none', async () => {
    for (let n = 0; n < 60; n += 1) await refused('S3', { because: 'unknown-code' });
    await facts.watch.look();
    expect(await from('S3')).toEqual([]);
    await refused('S3', { because: 'unknown-code' });
    for (let n = 0; n < 90; n += 1) await refused('S4', { because: 'wrong-word' });
    await facts.watch.look();
    expect(await from('S3')).toMatchObject([{ rule: 'address-many-codes', details: { unknown_codes: 61 } }]);
    expect(await from('S4')).toEqual([]);
  });

  it('that fails with letters of more than five schools is one', async () => {
    for (let n = 0; n < 6; n += 1) {
      const batch = await facts.pile(await facts.school(), { handedOver: 1 });
      const { id: letter } = await stores.db
        .selectFrom('letters')
        .select('id')
        .where('batch', '=', batch)
        .executeTakeFirstOrThrow();
      await refused('S5', { because: 'no-window', letter });
    }
    await facts.watch.look();
    expect(await from('S5')).toMatchObject([
      { rule: 'address-many-codes', details: { schools: 6, letters: 6 } },
    ]);
  });
});

describe('a void code', () => {
  it.each(['void-letter', 'expired-letter', 'cut-off'])(
    '%s, is an alarm at its first use',
    async (because) => {
      const uai = await facts.school();
      const batch = await facts.pile(uai, { handedOver: 1 });
      const letter = await stores.db
        .selectFrom('letters')
        .select(['id', 'person'])
        .where('batch', '=', batch)
        .executeTakeFirstOrThrow();
      const details = { because, letter: letter.id, source: 'S6', address: '192.0.2.0/24' };
      await facts.event('activation.refused', { at: minutes(9), subject: letter.person, details });
      await facts.watch.look();
      expect(await facts.alarms(uai)).toMatchObject([
        {
          rule: 'void-code-used',
          person: letter.person,
          details: { letter: letter.id, because, source: 'S6' },
        },
      ]);
    },
  );
});

describe('a reset', () => {
  const claimAfterReset = async (address: string) => {
    const uai = await facts.school();
    const pile = await facts.pile(uai, { handedOver: 0 });
    const [subject = 0] = await facts.claims(pile, { count: 1, at: minutes(9), source: 'S7' });
    await facts.event('sign-in.succeeded', { at: minutes(-500), subject, details: { address } });
    await facts.event('account.reset', { at: minutes(-100), subject, details: { sessions: 1 } });
    await facts.watch.look();
    return rulesOf(uai);
  };

  it('followed by a claim from where the owner never was is an alarm', async () => {
    expect(await claimAfterReset('198.51.100.0/24')).toEqual(['claim-elsewhere-after-reset']);
  });

  it('followed by a claim from where the owner has signed in is none', async () => {
    expect(await claimAfterReset('192.0.2.0/24')).toEqual([]);
  });

  it('says who has started one, and who has brought the file, to whom the alarm is none of theirs', async () => {
    const uai = await facts.school();
    const pile = await facts.pile(uai, { handedOver: 0 });
    const [subject = 0] = await facts.claims(pile, { count: 1, at: minutes(9), source: 'S9' });
    const [head, deputy] = [
      { kind: 'person', person: 71 },
      { kind: 'person', person: 72 },
    ];
    const operator = { kind: 'operator', name: 'sam', osUser: 'sam', host: 'here' };
    await facts.event('account.reset', { at: minutes(-300), subject, details: {}, by: operator });
    await facts.event('account.reset', { at: minutes(-200), subject, details: {}, by: head });
    await facts.event('account.closed', {
      ...{ at: minutes(-100), subject, by: deputy },
      details: { former: 'active' },
    });
    await facts.watch.look();
    expect((await facts.alarms(uai)).map(({ details }) => details.reset_by)).toEqual([[71, 72]]);
  });

  it.each([
    ['active', ['claim-elsewhere-after-reset']],
    ['dormant', []],
  ])('by a file that left somebody out and one that named them again, who was %s', async (former, alarms) => {
    const uai = await facts.school();
    const pile = await facts.pile(uai, { handedOver: 0 });
    const [subject = 0] = await facts.claims(pile, { count: 1, at: minutes(9), source: 'S8' });
    await facts.event('account.closed', { at: minutes(-100), subject, details: { former } });
    await facts.event('roster.person-returned', { at: minutes(-90), subject, details: {} });
    await facts.watch.look();
    expect(await rulesOf(uai)).toEqual(alarms);
  });
});

describe('a decoy', () => {
  const aDecoyAt = async (uai: string) => {
    const { number } = await aPerson(stores.db);
    await markDecoys(stores.db as never, { persons: [number], uai, at: AT });
    return number;
  };
  const look = async (session: Buffer, persons: number[], way: 'opened' | 'found' | 'listed') => {
    const { number: reader } = await aPerson(stores.db);
    await noteDecoysRead(stores.db, { persons, reader, session, way, at: minutes(9) });
    await facts.watch.look();
    const named = (await facts.alarms()).filter(({ session: named }) => named === session.toString('hex'));
    return named.map(({ rule, uai, person }) => ({ rule, uai, isReader: person === reader }));
  };

  it('that is opened, or found by an identifier, is an alarm that names the session', async () => {
    const uai = await facts.school();
    const [decoy, { number: somebody }] = [await aDecoyAt(uai), await aPerson(stores.db)];
    const session = randomBytes(32);
    expect(await look(session, [somebody], 'opened')).toEqual([]);
    expect(await look(session, [decoy, somebody], 'opened')).toMatchObject([{ rule: 'decoy-opened', uai }]);
    expect(await look(randomBytes(32), [decoy], 'found')).toEqual([
      { rule: 'decoy-found', uai, isReader: true },
    ]);
  });

  it('acted on from beyond one’s reach is one, and an attempt that names no session hides no other', async () => {
    const uai = await facts.school();
    const [decoy, { number: reader }] = [await aDecoyAt(uai), await aPerson(stores.db)];
    const by = { kind: 'person', person: reader };
    const details = { way: 'act', act: 'lock-account', why: 'unknown' };
    await facts.event('reading.refused', { at: minutes(9), subject: decoy, by, details });
    const session = randomBytes(32);
    expect(await look(session, [decoy], 'opened')).toMatchObject([{ rule: 'decoy-opened', uai }]);
    const named = (await facts.alarms(uai)).map(({ rule, person, session: of }) => ({ rule, person, of }));
    expect(named).toContainEqual({ rule: 'decoy-opened', person: reader, of: undefined });
  });

  it('among the listed of one school is none; of two schools in one session it is one', async () => {
    const [here, there] = [await facts.school(), await facts.school('Lyon')];
    const [one, two, three] = [await aDecoyAt(here), await aDecoyAt(here), await aDecoyAt(there)];
    const [session, another] = [randomBytes(32), randomBytes(32)];
    expect(await look(session, [one, two], 'listed')).toEqual([]);
    expect(await look(session, [one], 'listed')).toEqual([]);
    expect(await look(another, [three], 'listed')).toEqual([]);
    expect(await look(session, [three], 'listed')).toMatchObject([{ rule: 'decoys-of-two-schools' }]);
    const [alarm] = (await facts.alarms()).filter(({ rule }) => rule === 'decoys-of-two-schools');
    expect(alarm?.details).toEqual({ schools: [here, there].sort() });
  });
});
