import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Actor } from '../../src/audit/actor.ts';
import { createDigests } from '../../src/crypto/digests.ts';
import { createDeleteClient } from '../../src/relying-parties/delete-client.ts';
import { createRegistry } from '../../src/relying-parties/registry.ts';
import { createRotateSecret } from '../../src/relying-parties/rotate-secret.ts';
import { selectRelyingParties } from '../../src/relying-parties/store.ts';
import { type TestStores, testStores } from '../support/stores.ts';
import { registrationsOf } from './registrations.ts';

const by: Actor = { kind: 'operator', name: 'Test', osUser: 'test', host: 'here' };
let stores: TestStores;
let now = new Date('2026-11-23T10:00:00Z');
const from = () => ({ db: stores.db, digests: createDigests(stores.secrets.digestKey), now: () => now });

beforeAll(async () => {
  stores = await testStores();
});
afterAll(() => stores.close());

const { register, inMemory, fits } = registrationsOf(from);

describe('rotating a secret', () => {
  it('lets two work at once until the former one ends', async () => {
    const client = await register({});
    const rotate = createRotateSecret(from());
    const rotated = await rotate(by, { clientId: client.client_id, overlapSeconds: 3600 });
    if (rotated.outcome !== 'rotated') throw new Error(rotated.outcome);
    const party = await inMemory(client.client_id);
    expect([fits(party, client.client_secret), fits(party, rotated.secret)]).toEqual([true, true]);
    now = new Date(now.getTime() + 3_601_000);
    expect([fits(party, client.client_secret), fits(party, rotated.secret)]).toEqual([false, true]);
  });

  it('is always possible and keeps two: of those that still work the older one ends with the third', async () => {
    const { client_id: clientId, client_secret: first } = await register({});
    const rotate = async () => {
      const rotated = await createRotateSecret(from())(by, { clientId, overlapSeconds: 2160 * 3600 });
      if (rotated.outcome !== 'rotated') throw new Error(rotated.outcome);
      return rotated.secret;
    };
    const secrets = [first];
    for (let times = 0; times < 5; times += 1) secrets.push(await rotate());
    const party = await inMemory(clientId);
    expect(secrets.map((secret) => fits(party, secret))).toEqual([false, false, false, false, true, true]);
    await Promise.all(Array.from({ length: 10 }, rotate));
    const kept = `select id from client_secrets where client_id = '${clientId}'`;
    expect((await stores.pool.query(kept)).rows).toHaveLength(2);
  });

  it('leaves no more than two to be read, however many there are', async () => {
    const { client_id: clientId } = await register({});
    await stores.pool.query(`insert into client_secrets (client_id, digest)
      select '${clientId}', int8send(n) from generate_series(1, 50) n`);
    const digests = (await inMemory(clientId))?.secrets.map(({ digest }) => digest.readUInt8(7));
    expect(digests).toEqual([49, 50]);
  });

  it('knows who has none', async () => {
    const { client_id: clientId } = await register({ token_endpoint_auth_method: 'none' });
    const rotate = createRotateSecret(from());
    expect(await rotate(by, { clientId, overlapSeconds: 0 })).toEqual({ outcome: 'no-secret' });
    expect(await rotate(by, { clientId: 'nobody', overlapSeconds: 0 })).toEqual({ outcome: 'unknown' });
  });
});

describe('the registry', () => {
  it('keeps whoever did not change when another one does, with what is remembered of them', async () => {
    const unheard = { onChange: () => () => {} };
    const registry = createRegistry({ db: stores.db, orders: unheard, own: [], log: { warn: () => {} } });
    const [one, other] = [await register({}), await register({})];
    await registry.catchUp();
    const before = [one, other].map(({ client_id }) => registry.known(client_id));
    await createRotateSecret(from())(by, { clientId: other.client_id, overlapSeconds: 60 });
    await registry.catchUp();
    expect(registry.known(one.client_id)).toBe(before[0]);
    expect(registry.known(other.client_id)).not.toBe(before[1]);
    expect(registry.known(other.client_id)?.secrets).toHaveLength(2);
  });

  it('reads only what changed: what was read of the same text is taken as it is', async () => {
    const [one, other] = [await register({}), await register({})];
    const { read: before } = await selectRelyingParties(stores.db);
    await createRotateSecret(from())(by, { clientId: other.client_id, overlapSeconds: 60 });
    const { read } = await selectRelyingParties(stores.db, before);
    expect(read.get(one.client_id)).toBe(before.get(one.client_id));
    expect(before.get(other.client_id)).toMatchObject({ party: { secrets: [{}] } });
    expect(read.get(other.client_id)).toMatchObject({ party: { secrets: [{}, {}] } });
  });

  it('finds at once what another process registered, and forgets what it deleted', async () => {
    let tell = (_: { clientsVersion: number }) => {};
    const registry = createRegistry({
      db: stores.db,
      orders: {
        onChange: (listener) => {
          tell = listener;
          return () => {};
        },
      },
      own: [],
      log: { warn: () => {} },
    });
    await registry.start();
    const { client_id: clientId } = await register({});
    expect(registry.known(clientId)).toBeUndefined();
    expect((await registry.find(clientId))?.clientId).toBe(clientId);
    const madeUp = Array.from({ length: 200 }, (_, n) => registry.find(`madeUp${n}`));
    const { client_id: another } = await register({});
    expect((await registry.find(another))?.clientId).toBe(another);
    expect(new Set(await Promise.all(madeUp))).toEqual(new Set([undefined]));
    await createDeleteClient(from())(by, { clientId });
    const { rows } = await stores.pool.query('select clients_version as version from order_clock');
    tell({ clientsVersion: rows[0].version });
    await registry.upTo(rows[0].version);
    expect(registry.known(clientId)).toBeUndefined();
    // As after a failover to a PostgreSQL that had not heard of the last change, and is told of another.
    await stores.pool.query('update order_clock set clients_version = clients_version - 1');
    tell({ clientsVersion: rows[0].version - 1 });
    await createDeleteClient(from())(by, { clientId: another });
    tell({ clientsVersion: rows[0].version });
    await registry.upTo(rows[0].version);
    expect(registry.known(another)).toBeUndefined();
    registry.stop();
  });
});
