import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { closeOpenAlarm } from '../../src/alarms/close-alarm.ts';
import { findAlarm, listAlarms } from '../../src/alarms/list-alarms.ts';
import { type NewAlarm, raise } from '../../src/alarms/raise.ts';
import { ALARM_RULES } from '../../src/alarms/rules.ts';
import type { Actor } from '../../src/audit/actor.ts';
import { saveEstablishments } from '../../src/directory/establishments.ts';
import { LOCALES_FOLDER, loadWords } from '../../src/http/translate.ts';
import { aPerson } from '../sessions/people.ts';
import { type TestStores, testStores } from '../support/stores.ts';

const UAI = '0750001A';
const ELSEWHERE = '0690002B';
const HEAD: Actor = { kind: 'operator', name: 'Head', osUser: 'ops', host: 'here' };
const AT = new Date('2026-10-05T08:00:00Z');
const later = (minutes: number) => new Date(AT.getTime() + minutes * 60_000);

let stores: TestStores;
beforeAll(async () => {
  stores = await testStores();
  await stores.db.transaction().execute((tx) =>
    saveEstablishments(tx, [
      { uai: UAI, name: 'Collège des Œillets', academie: 'Paris', kind: 'college' },
      { uai: ELSEWHERE, name: 'Lycée du Rhône', academie: 'Lyon', kind: 'lycee' },
    ]),
  );
});
afterAll(() => stores.close());

const anAlarm = (given: Partial<NewAlarm> = {}): NewAlarm => ({
  ...{ rule: 'claims-burst', uai: UAI, key: randomUUID(), details: { claims: 21, handed_over: 40 }, at: AT },
  ...given,
});
const close = (id: string, at = later(1)) => closeOpenAlarm(stores.db, HEAD, { id, reason: 'a class' }, at);

describe('an alarm', () => {
  it('keeps its rule, its figures, the session it names, and the académie of its school', async () => {
    const { number } = await aPerson(stores.db);
    const session = randomBytes(32);
    const id = (await raise(stores.db, anAlarm({ person: number, session }))) ?? '';
    expect(await findAlarm(stores.db, id)).toMatchObject({
      ...{ rule: 'claims-burst', uai: UAI, school: 'Collège des Œillets', academie: 'Paris', person: number },
      ...{ session: session.toString('hex'), details: { claims: 21, handed_over: 40 }, raisedAt: AT },
      ...{ pause: undefined, closed: undefined },
    });
    const audit = await stores.db
      .selectFrom('audit_events')
      .select(['name', 'actor', 'details'])
      .where('subject', '=', number)
      .execute();
    expect(audit).toEqual([
      {
        name: 'alarm.raised',
        actor: { kind: 'system', name: 'alarms' },
        details: { alarm: id, rule: 'claims-burst', uai: UAI, figures: { claims: 21, handed_over: 40 } },
      },
    ]);
  });

  it('is one, however many raise it at once, while it is open', async () => {
    const alarm = anAlarm();
    const raised = await Promise.all(Array.from({ length: 20 }, () => raise(stores.db, alarm)));
    expect(raised.filter(Boolean)).toHaveLength(1);
    const other = await raise(stores.db, { ...alarm, rule: 'void-code-used' });
    expect(other).toBeDefined();
  });

  it('without a key is one of its own each time', async () => {
    const alarm = anAlarm({ key: undefined });
    expect(await raise(stores.db, alarm)).not.toBe(await raise(stores.db, alarm));
  });

  it('falls with the transaction it stands in', async () => {
    const key = randomUUID();
    const failing = stores.db.transaction().execute(async (tx) => {
      await raise(tx, anAlarm({ key }));
      throw new Error('not written');
    });
    await expect(failing).rejects.toThrow('not written');
    const rows = await stores.db.selectFrom('alarms').select('id').where('key', '=', key).execute();
    expect(rows).toEqual([]);
  });
});

describe('closing', () => {
  it('says who, when and what it was, once', async () => {
    const id = (await raise(stores.db, anAlarm())) ?? '';
    const all = await Promise.all(Array.from({ length: 5 }, () => close(id)));
    expect(all.map(({ outcome }) => outcome).sort()).toEqual([
      ...Array<string>(4).fill('already-closed'),
      'closed',
    ]);
    expect((await findAlarm(stores.db, id))?.closed).toEqual({ at: later(1), by: HEAD, reason: 'a class' });
    expect(await close(randomUUID())).toEqual({ outcome: 'unknown-alarm' });
    expect(await close("' or true")).toEqual({ outcome: 'unknown-alarm' });
  });

  it('lets the same be raised again by newer facts, and not by those it was closed over', async () => {
    const alarm = anAlarm();
    await close((await raise(stores.db, alarm)) ?? '', later(5));
    expect(await raise(stores.db, { ...alarm, at: later(4) })).toBeUndefined();
    expect(await raise(stores.db, { ...alarm, at: later(8), factAt: later(4) })).toBeUndefined();
    expect(await raise(stores.db, { ...alarm, at: later(8), factAt: later(6) })).toBeDefined();
  });
});

describe('the list', () => {
  it('shows the newest first: the open ones, or those of a school or an académie', async () => {
    const [here, there] = [
      await raise(stores.db, anAlarm({ at: later(60) })),
      await raise(stores.db, anAlarm({ uai: ELSEWHERE, at: later(61) })),
    ];
    const ids = async (wanted: Parameters<typeof listAlarms>[1]) =>
      (await listAlarms(stores.db, wanted)).map(({ id }) => id);
    expect((await ids({})).slice(0, 2)).toEqual([there, here]);
    expect(await ids({ uais: [ELSEWHERE] })).toEqual([there]);
    expect(await ids({ academies: ['Lyon'] })).toEqual([there]);
    expect(await ids({ academies: [] })).toEqual([]);
    await close(there ?? '', later(62));
    expect(await ids({ uais: [ELSEWHERE], state: 'open' })).toEqual([]);
  });
});

it('says in plain words, in both languages, what each rule means', () => {
  const words = loadWords({ folder: LOCALES_FOLDER, strict: true, onMissing: () => {} });
  for (const locale of ['fr', 'en'] as const) {
    const t = words.translator(locale);
    for (const rule of ALARM_RULES) expect(t(`alarms.rule_${rule}`)).toMatch(/^[A-Z].{20,}\.$/);
  }
});
