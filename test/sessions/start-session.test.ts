import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import { endSession, endSessionsOf } from '../../src/sessions/end-session.ts';
import { forgetOutlived } from '../../src/sessions/forget-outlived.ts';
import { sessionLimits } from '../../src/sessions/limits.ts';
import { listSessions } from '../../src/sessions/list-sessions.ts';
import { type NewSession, startSession } from '../../src/sessions/start-session.ts';
import { type TestStores, testStores } from '../support/stores.ts';
import { AT, aPerson, LIMITS, LONG, type Made, TEST } from './people.ts';

let stores: TestStores;
let lina: Made;
beforeAll(async () => {
  stores = await testStores();
});
beforeEach(async () => {
  lina = await aPerson(stores.db);
});
afterAll(() => stores.close());

function start(given: Partial<NewSession> = {}) {
  const judgedAt = { version: 1, generation: 1, epoch: 0 };
  const session = {
    uidDigest: randomBytes(32),
    person: lina.number,
    limits: LIMITS,
    judgedAt,
    at: AT,
    ...given,
  };
  return startSession(stores.db, session);
}

describe('a session', () => {
  it('starts for an active account, with a label and a truncated address', async () => {
    expect(await start({ userAgent: 'Firefox on Linux', address: '192.0.2.77' })).toMatchObject({
      outcome: 'started',
    });
    expect(await listSessions(stores.db, lina.number, { at: AT })).toMatchObject([
      { kind: 'own-device', userAgent: 'Firefox on Linux', address: '192.0.2.0/24', relyingParties: [] },
    ]);
  });

  it.each(['dormant', 'closed'] as const)('never starts for a %s account', async (state) => {
    const { number } = await aPerson(stores.db, { state });
    expect(await start({ person: number })).toEqual({ outcome: 'account-changed' });
    expect(await listSessions(stores.db, number, { at: AT })).toEqual([]);
  });

  it('never starts under a lock, an older epoch or older orders', async () => {
    const stale = { version: 1, generation: 1, epoch: -1 };
    expect(await start({ judgedAt: stale })).toEqual({ outcome: 'account-changed' });
    expect(await start({ judgedAt: { ...stale, epoch: 0, version: 0 } })).toEqual({
      outcome: 'orders-moved',
    });
    const lock = {
      person: lina.number,
      reason: 'x',
      locked_by: '{}',
      from_at: AT,
      until_at: null,
      lifted_at: null,
    };
    await stores.db.insertInto('locks').values(lock).execute();
    expect(await start()).toEqual({ outcome: 'account-changed' });
    expect(await listSessions(stores.db, lina.number, { at: AT })).toEqual([]);
  });

  it('is renewed by its own person alone, and never after its end', async () => {
    const uidDigest = randomBytes(32);
    expect(await start({ uidDigest })).toMatchObject({ outcome: 'started' });
    const other = await aPerson(stores.db);
    expect(await start({ uidDigest, person: other.number })).toEqual({ outcome: 'session-ended' });
    expect(await start({ uidDigest })).toMatchObject({ outcome: 'started' });
    await endSession(stores.db, { uidDigest, by: TEST, at: AT, reason: 'sign-out' });
    expect(await start({ uidDigest })).toEqual({ outcome: 'session-ended' });
  });

  it('that is one on a shared device becomes no longer one, and is renewed as such', async () => {
    const uidDigest = randomBytes(32);
    const shared = { kind: 'shared-device', idleSeconds: 60, absoluteSeconds: 600 } as const;
    const end = (at: Date) => new Date(at.getTime() + 600_000);
    const soon = new Date(AT.getTime() + 60_000);
    const listed = () => listSessions(stores.db, lina.number, { at: AT });
    await start({ uidDigest, limits: shared });
    expect(await start({ uidDigest, at: soon })).toEqual({
      ...{ outcome: 'started', idleSeconds: 60, absoluteEnd: end(AT) },
    });
    expect(await listed()).toMatchObject([{ kind: 'shared-device', absoluteEnd: end(AT) }]);
    await start({ uidDigest, limits: shared, at: soon });
    expect(await listed()).toMatchObject([{ kind: 'shared-device', absoluteEnd: end(soon) }]);
  });

  it('becomes one on a shared device where that is said later', async () => {
    const uidDigest = randomBytes(32);
    const limits = { kind: 'shared-device', idleSeconds: 60, absoluteSeconds: 600 } as const;
    await start({ uidDigest });
    expect(await start({ uidDigest, limits })).toMatchObject({ outcome: 'started', idleSeconds: 60 });
  });

  it('is not listed once it ended, outlived itself, was cut off or is of an older epoch', async () => {
    await start();
    const list = (asked: { at: Date; cutOffGeneration?: number }) =>
      listSessions(stores.db, lina.number, asked);
    expect(await list({ at: AT })).toHaveLength(1);
    expect(await list({ at: LONG })).toEqual([]);
    expect(await list({ at: AT, cutOffGeneration: 2 })).toEqual([]);
    await sql`update accounts set epoch = 1 where person = ${lina.number}`.execute(stores.db);
    expect(await list({ at: AT })).toEqual([]);
  });

  it('ends with all others of its person but the one they are in, with an audit line', async () => {
    const [kept, other] = [randomBytes(32), randomBytes(32)];
    await start({ uidDigest: kept });
    await start({ uidDigest: other });
    const end = { by: TEST, at: AT, reason: 'password-changed' };
    expect(await endSessionsOf(stores.db, lina.number, { ...end, exceptUidDigest: kept })).toEqual([other]);
    expect(await endSessionsOf(stores.db, lina.number, end)).toEqual([kept]);
    expect(await endSessionsOf(stores.db, lina.number, end)).toEqual([]);
    const audit = await stores.db
      .selectFrom('audit_events')
      .selectAll()
      .where('subject', '=', lina.number)
      .execute();
    expect(audit).toMatchObject([
      { name: 'session.ended', actor: TEST, reason: 'password-changed', details: { sessions: 1 } },
      { name: 'session.ended', details: { sessions: 1 } },
    ]);
  });

  it('is forgotten a day after it has outlived itself, and no sooner', async () => {
    await start();
    const rows = () =>
      stores.db.selectFrom('sessions').select('person').where('person', '=', lina.number).execute();
    await forgetOutlived(stores.db, AT);
    expect(await rows()).toHaveLength(1);
    await forgetOutlived(stores.db, LONG);
    // Nobody was told of its end yet.
    expect(await rows()).toHaveLength(1);
    await endSessionsOf(stores.db, lina.number, { by: TEST, at: AT, reason: 'ran-out' });
    await forgetOutlived(stores.db, LONG);
    expect(await rows()).toEqual([]);
  });
});

describe('how long a session lives', () => {
  const limits = (idleSeconds: number, absoluteSeconds: number) => ({ idleSeconds, absoluteSeconds });
  const LIFETIMES = {
    ...{ staff: limits(30, 600), pupil: limits(120, 720), guardian: limits(9000, 99000) },
    'shared-device': limits(60, 60),
  };

  it('is what the strictest profile says', () => {
    expect(sessionLimits(['guardian'], 'own', LIFETIMES)).toEqual({
      kind: 'own-device',
      ...limits(9000, 99000),
    });
    expect(sessionLimits(['guardian', 'pupil'], 'own', LIFETIMES)).toEqual({
      kind: 'own-device',
      ...limits(120, 720),
    });
    expect(sessionLimits(['guardian', 'teacher'], 'own', LIFETIMES)).toEqual({
      kind: 'staff',
      ...limits(30, 600),
    });
  });

  it('is as strict as for staff where no roster says what somebody is', () => {
    expect(sessionLimits([], 'own', LIFETIMES)).toEqual({ kind: 'staff', ...limits(30, 600) });
  });

  it('is never longer on a shared device', () => {
    expect(sessionLimits(['guardian'], 'shared', LIFETIMES)).toEqual({
      kind: 'shared-device',
      ...limits(60, 60),
    });
    expect(sessionLimits(['staff'], 'shared', LIFETIMES)).toEqual({
      kind: 'shared-device',
      ...limits(30, 60),
    });
  });
});
