import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { listKeys } from '../../src/oidc/key-list.ts';
import { promoteKeys, publishNextKeys, revokeKey } from '../../src/oidc/key-rotation.ts';
import { type KeySet, loadKeySet } from '../../src/oidc/key-set.ts';
import { watchKeys } from '../../src/oidc/key-watch.ts';
import { SIGNING_ALGS } from '../../src/oidc/signing-keys.ts';
import { asSuperuser, type TestStores, testStores } from '../support/stores.ts';
import { auditOf, DAY, HOUR, type KeysBench, keysBench, OPERATOR } from './keys-support.ts';

let stores: TestStores;
let bench: KeysBench;

beforeEach(async () => {
  stores = await testStores();
  bench = await keysBench(stores);
});
afterEach(() => stores.close());

const ES256 = { algs: ['ES256'], reason: 'yearly' } as const;

async function ofES256(): Promise<{ kid: string; alg: string }[]> {
  const { keys } = await loadKeySet(bench);
  return keys.filter(({ alg }) => alg === 'ES256').map(({ kid, alg }) => ({ kid, alg }));
}

async function kidsOfES256(): Promise<string[]> {
  return (await ofES256()).map(({ kid }) => kid);
}

describe('the first keys', () => {
  it('are made once for each alg, also when two processes start at the same time', async () => {
    const [one, other] = await Promise.all([loadKeySet(bench), loadKeySet(bench)]);
    expect(other).toEqual(one);
    expect(one.keys.map(({ alg, use }) => [alg, use])).toEqual(SIGNING_ALGS.map((alg) => [alg, 'sig']));
    expect(new Set(one.keys.map(({ kid }) => kid)).size).toBe(4);
    const rsa = one.keys.filter(({ kty }) => kty === 'RSA').map(({ n = '' }) => Buffer.from(n, 'base64url'));
    expect(rsa.map(({ length }) => length * 8)).toEqual([3072, 3072]);
  });

  it('lie sealed in the database: no private part in clear', async () => {
    const { keys } = await loadKeySet(bench);
    const { rows } = await stores.pool.query(`select row_to_json(k)::text as row from signing_keys k`);
    const text = JSON.stringify(rows);
    for (const { d = '', kid } of keys) {
      expect(text).toContain(kid);
      expect(text).not.toContain(d);
      expect(text).not.toContain(Buffer.from(d).toString('hex'));
    }
    expect(rows.flatMap(({ row }) => Object.keys(JSON.parse(row).public_jwk))).not.toContain('d');
  });
});

describe('a rotation', () => {
  it('publishes the next key for a day, then signs with it, and keeps the old one published', async () => {
    const [first = ''] = await kidsOfES256();
    const [made] = await publishNextKeys(bench, OPERATOR, ES256);
    const second = made?.kid ?? '';
    expect(await kidsOfES256()).toEqual([first, second]);
    bench.wait(DAY - 1000);
    expect(await kidsOfES256()).toEqual([first, second]);
    bench.wait(1000);
    expect(await kidsOfES256()).toEqual([second, first]);
    const [, old] = (await listKeys(bench)).filter(({ alg }) => alg === 'ES256');
    expect(old).toMatchObject({ kid: first, state: 'old', published: true, signs_from: null });
    expect(old?.signed_until).toBe(bench.now().toISOString());
  });

  it('unpublishes the old key after seven days and after the longest session, and keeps its row', async () => {
    const [first = ''] = await kidsOfES256();
    await publishNextKeys(bench, OPERATOR, ES256);
    await promoteKeys(bench, OPERATOR, { ...ES256, publishedBy: bench.now() });
    bench.wait(30 * DAY - 1000);
    expect(await kidsOfES256()).toContain(first);
    bench.wait(1000);
    expect(await kidsOfES256()).not.toContain(first);
    const row = (await listKeys(bench)).find(({ kid }) => kid === first);
    expect(row).toMatchObject({ state: 'old', published: false });
  });

  it('keeps it for seven days where every session is shorter', async () => {
    const limits = { idleSeconds: 60, absoluteSeconds: 3600 };
    const sessions = { staff: limits, pupil: limits, 'shared-device': limits, guardian: limits };
    const short = { ...bench, config: { lifetimes: { ...bench.config.lifetimes, sessions } } };
    const [first = ''] = await kidsOfES256();
    await publishNextKeys(short, OPERATOR, ES256);
    await promoteKeys(short, OPERATOR, { ...ES256, publishedBy: bench.now() });
    bench.wait(7 * DAY - 1000);
    expect(await kidsOfES256()).toContain(first);
    bench.wait(1000);
    expect(await kidsOfES256()).not.toContain(first);
  });

  it('has one next key for each alg at a time, also when two ask at once', async () => {
    await loadKeySet(bench);
    const asked = { algs: ['ES256', 'EdDSA'] } as const;
    const made = await Promise.all([1, 2, 3].map(() => publishNextKeys(bench, OPERATOR, asked)));
    expect(made.map(({ length }) => length).sort()).toEqual([0, 0, 2]);
    expect((await loadKeySet(bench)).keys.map(({ alg }) => alg)).toEqual([...SIGNING_ALGS, 'ES256', 'EdDSA']);
  });

  it('is gone through by one of many processes that see it due', async () => {
    const [first = ''] = await kidsOfES256();
    await publishNextKeys(bench, OPERATOR, ES256);
    bench.wait(DAY);
    const seen = await Promise.all(Array.from({ length: 8 }, () => kidsOfES256()));
    expect(new Set(seen.map(String)).size).toBe(1);
    expect(seen[0]).toHaveLength(2);
    expect(seen[0]?.[1]).toBe(first);
    const promotions = (await auditOf(stores)).filter(
      (line) => (line as { name: string }).name === 'keys.promoted',
    );
    expect(promotions).toEqual([
      { name: 'keys.promoted', details: { kid: seen[0]?.[0], alg: 'ES256' }, reason: null, by: 'system' },
    ]);
  });

  it('has its lines in the audit', async () => {
    await loadKeySet(bench);
    const [made] = await publishNextKeys(bench, OPERATOR, ES256);
    await promoteKeys(bench, OPERATOR, { ...ES256, publishedBy: bench.now() });
    const rest = { details: { kid: made?.kid, alg: 'ES256' }, reason: 'yearly', by: 'operator' };
    expect(await auditOf(stores)).toEqual([
      { name: 'keys.rotated', ...rest },
      { name: 'keys.promoted', ...rest },
    ]);
  });
});

describe('a revoked key', () => {
  it('disappears at once when it is old or next', async () => {
    const [first = ''] = await kidsOfES256();
    await publishNextKeys(bench, OPERATOR, ES256);
    await promoteKeys(bench, OPERATOR, { ...ES256, publishedBy: bench.now() });
    const [next] = await publishNextKeys(bench, OPERATOR, ES256);
    const revoke = (kid: string) => revokeKey(bench, OPERATOR, { kid, reason: 'stolen' });
    expect(await revoke(first)).toEqual({ outcome: 'revoked', kid: first, alg: 'ES256' });
    expect(await revoke(next?.kid ?? '')).toMatchObject({ outcome: 'revoked' });
    expect(await kidsOfES256()).toHaveLength(1);
    expect(await revoke(first)).toEqual({ outcome: 'not-published' });
    expect(await revoke('nobody')).toEqual({ outcome: 'unknown' });
    bench.wait(2 * DAY);
    expect(await kidsOfES256()).toHaveLength(1);
    expect((await auditOf(stores)).at(-1)).toMatchObject({ name: 'keys.revoked', reason: 'stolen' });
  });

  it('disappears also where the clock of a process is minutes behind', async () => {
    const [first = ''] = await kidsOfES256();
    const [next] = await publishNextKeys(bench, OPERATOR, ES256);
    await promoteKeys(bench, OPERATOR, { ...ES256, publishedBy: bench.now() });
    const [later] = await publishNextKeys(bench, OPERATOR, ES256);
    for (const kid of [first, later?.kid ?? ''])
      expect(await revokeKey(bench, OPERATOR, { kid, reason: 'stolen' })).toMatchObject({
        outcome: 'revoked',
      });
    bench.wait(-5 * 60_000);
    expect(await kidsOfES256()).toEqual([next?.kid]);
  });

  it('is refused while it signs: another must sign first', async () => {
    const [first = ''] = await kidsOfES256();
    const result = await revokeKey(bench, OPERATOR, { kid: first, reason: undefined });
    expect(result).toEqual({ outcome: 'signs-now', alg: 'ES256' });
    expect(await kidsOfES256()).toEqual([first]);
  });
});

describe('a running process', () => {
  it('promotes and ends keys by the clock alone, and tells of each change once', async () => {
    const [first = ''] = await kidsOfES256();
    await publishNextKeys(bench, OPERATOR, ES256);
    const told: string[][] = [];
    const quiet = { onChange: () => () => {} };
    const watch = await watchKeys(
      { ...bench, orders: quiet, logger: { warn: () => {} } },
      ({ keys }) => told.push(keys.filter(({ alg }) => alg === 'ES256').map(({ kid }) => kid)),
      { everyMilliseconds: 20 },
    );
    await pause(100);
    expect(told).toEqual([]);
    bench.wait(25 * HOUR);
    while (told.length < 1) await pause(10);
    bench.wait(31 * DAY);
    while (told.length < 2) await pause(10);
    watch.stop();
    expect(told.map((kids) => kids.indexOf(first))).toEqual([1, -1]);
  });

  it('reads again until the database answers', async () => {
    const [first = ''] = await kidsOfES256();
    await publishNextKeys(bench, OPERATOR, ES256);
    const orders = { onChange: () => () => {} };
    const warnings: string[] = [];
    const logger = { warn: (_: object, message: string) => void warnings.push(message) };
    const told: KeySet[] = [];
    const times = { everyMilliseconds: 20, retryMilliseconds: 20 };
    const watch = await watchKeys({ ...bench, orders, logger }, (next) => told.push(next), times);
    const { database } = stores.connectionOf('preau_owner');
    await asSuperuser('alter table preau.signing_keys rename to hidden', database);
    while (warnings.length < 2) await pause(10);
    await asSuperuser('alter table preau.hidden rename to signing_keys', database);
    bench.wait(DAY);
    while (told.length < 1) await pause(10);
    watch.stop();
    expect(warnings[0]).toBe('oidc: keys not read');
    expect(told[0]?.keys.filter(({ alg }) => alg === 'ES256')[1]?.kid).toBe(first);
  });
});
