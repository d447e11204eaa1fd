import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Unavailable } from '../../src/storage/unavailable.ts';
import {
  type AttemptLimits,
  clearAttempts,
  forgetAttempts,
  reserveAttempt,
  unlessUnavailable,
} from '../../src/throttling/attempts.ts';
import { type TestStores, testStores } from '../support/stores.ts';

const unknownDevice: AttemptLimits = {
  failuresBeforePause: 5,
  pauseSeconds: 60,
  longestPauseSeconds: 3600,
  failuresPerDay: 25,
};
const knownDevice: AttemptLimits = { ...unknownDevice, failuresBeforePause: 10, failuresPerDay: undefined };

let stores: TestStores;
beforeAll(async () => {
  stores = await testStores();
});
afterAll(async () => {
  await stores.close();
});

const start = new Date('2026-11-24T08:00:00Z');
const later = (seconds: number): Date => new Date(start.getTime() + seconds * 1000);

describe('reserveAttempt', () => {
  it('lets five pass, then nobody for a minute', async () => {
    const key = randomBytes(32);
    const outcomes = await inTurn(key, 6, start);
    expect(outcomes).toEqual(['reserved', 'reserved', 'reserved', 'reserved', 'reserved', 'paused']);
    const refused = await reserveAttempt(stores.db, { key, limits: unknownDevice, at: later(59) });
    expect(refused).toEqual({ outcome: 'paused', until: later(60) });
  });

  it('lets one pass after each pause, and doubles the pauses to an hour', async () => {
    const key = randomBytes(32);
    await inTurn(key, 5, start);
    const pauses: number[] = [];
    let at = later(60);
    for (let turn = 0; turn < 8; turn += 1) {
      expect(await inTurn(key, 2, at)).toEqual(['reserved', 'paused']);
      const until = await pausedUntil(key);
      pauses.push((until.getTime() - at.getTime()) / 1000);
      at = until;
    }
    expect(pauses).toEqual([120, 240, 480, 960, 1920, 3600, 3600, 3600]);
  });

  it('lets 25 pass in a day, however long somebody waits in between', async () => {
    const key = randomBytes(32);
    let passed = 0;
    for (let minute = 0; minute < 24 * 60 - 1; minute += 1) {
      const { outcome } = await reserveAttempt(stores.db, {
        key,
        limits: { ...unknownDevice, longestPauseSeconds: 60 },
        at: later(minute * 60),
      });
      if (outcome === 'reserved') passed += 1;
    }
    expect(passed).toBe(25);
    const next = { key, limits: unknownDevice, at: later(24 * 3600 + 1) };
    expect((await reserveAttempt(stores.db, next)).outcome).toBe('reserved');
  });

  it('does not let more than the pauses allow when one day ends and the next begins', async () => {
    const key = randomBytes(32);
    await inTurn(key, 5, start);
    let passed = 0;
    for (let minute = 1; minute <= 48 * 60; minute += 5) {
      const { outcome } = await reserveAttempt(stores.db, {
        key,
        limits: unknownDevice,
        at: later(minute * 60),
      });
      if (outcome === 'reserved') passed += 1;
    }
    expect(passed).toBeLessThanOrEqual(20 + 25);
  });

  it('begins anew after a day without a failure', async () => {
    const key = randomBytes(32);
    await inTurn(key, 5, start);
    expect(await inTurn(key, 6, later(86_401))).toEqual(Array(5).fill('reserved').concat('paused'));
  });

  it('stops nobody for what a clock said that was a year ahead', async () => {
    const [paused, used] = [randomBytes(32), randomBytes(32)];
    const ahead = (seconds: number) => later(365 * 86_400 + seconds);
    await inTurn(paused, 6, ahead(0));
    for (let hour = 0; hour < 26; hour += 1)
      await inTurn(used, 1, ahead(hour * 3500), { ...unknownDevice, longestPauseSeconds: 60 });
    for (const key of [paused, used])
      expect(await inTurn(key, 6, start)).toEqual(Array(5).fill('reserved').concat('paused'));
    await inTurn(used, 1, ahead(0));
    await forgetAttempts(stores.db, start);
    expect((await stores.pool.query('select from attempt_counters where key = $1', [used])).rowCount).toBe(0);
  });

  it('gives a known device ten of its own and no daily end', async () => {
    const key = randomBytes(32);
    const outcomes = await inTurn(key, 11, start, knownDevice);
    expect(outcomes).toEqual(Array(10).fill('reserved').concat('paused'));
  });

  it('begins anew after a success', async () => {
    const key = randomBytes(32);
    await inTurn(key, 6, start);
    await clearAttempts(stores.db, [key]);
    expect(await inTurn(key, 1, start)).toEqual(['reserved']);
  });
});

describe('unlessUnavailable', () => {
  const attempt = async (key: Buffer, at: Date, error: Error) => {
    const attempted = { key, limits: unknownDevice, at };
    expect((await reserveAttempt(stores.db, attempted)).outcome).toBe('reserved');
    await expect(unlessUnavailable(stores.db, attempted, () => Promise.reject(error))).rejects.toBe(error);
  };

  it('leaves nothing of an attempt that nobody verified, nor of the pause it began', async () => {
    const key = randomBytes(32);
    const busy = new Unavailable('password hashing');
    for (let turn = 0; turn < 6; turn += 1) await attempt(key, start, busy);
    await inTurn(key, 4, start);
    await attempt(key, start, busy);
    expect(await inTurn(key, 2, start)).toEqual(['reserved', 'paused']);
    for (let turn = 0; turn < 3; turn += 1) await attempt(key, later(60), busy);
    await inTurn(key, 1, later(60));
    expect(await pausedUntil(key)).toEqual(later(60 + 120));
  });

  it('counts what failed in any other way', async () => {
    const key = randomBytes(32);
    for (let turn = 0; turn < 5; turn += 1) await attempt(key, start, new Error('another'));
    expect(await inTurn(key, 1, start)).toEqual(['paused']);
  });
});

async function inTurn(key: Buffer, count: number, at: Date, limits = unknownDevice): Promise<string[]> {
  const outcomes: string[] = [];
  for (let attempt = 0; attempt < count; attempt += 1) {
    outcomes.push((await reserveAttempt(stores.db, { key, limits, at })).outcome);
  }
  return outcomes;
}

async function pausedUntil(key: Buffer): Promise<Date> {
  const row = await stores.db
    .selectFrom('attempt_counters')
    .select('paused_until')
    .where('key', '=', key)
    .executeTakeFirstOrThrow();
  return row.paused_until ?? start;
}

describe('forgetAttempts', () => {
  it('drops what counts from none anyway, and no pause and no day that still holds', async () => {
    const [old, fresh] = [randomBytes(32), randomBytes(32)];
    await inTurn(old, 6, start);
    await inTurn(fresh, 6, later(60));
    await forgetAttempts(stores.db, later(24 * 3600 + 59));
    const { rows } = await stores.pool.query('select key from attempt_counters where key = any($1)', [
      [old, fresh],
    ]);
    expect(rows).toEqual([{ key: fresh }]);
    expect(await inTurn(old, 1, later(24 * 3600 + 59))).toEqual(['reserved']);
  });
});
