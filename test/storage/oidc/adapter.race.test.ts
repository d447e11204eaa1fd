import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openRedis, type Redis } from '../../../src/storage/redis.ts';
import { ROUNDS } from '../../support/amount.ts';
import { socketOfRedis } from '../../support/stores.ts';
import { NaiveAdapter } from './naive-adapter.ts';
import { openStorage, type Storage } from './support.ts';
import { type TwoProcesses, twoProcesses } from './two-processes.ts';

type Kind = 'ours' | 'naive';
let redis: Redis;
let storage: Storage;
let processes: TwoProcesses;

beforeAll(async () => {
  const digestKey = randomBytes(32);
  redis = await openRedis({ at: socketOfRedis, commandMilliseconds: 10_000 });
  storage = openStorage(redis, digestKey);
  processes = await twoProcesses(socketOfRedis, digestKey);
});
afterAll(() => {
  processes.stop();
  redis.disconnect();
});

const adapterOf = (kind: Kind, model: string) =>
  kind === 'ours' ? storage.adapterFor(model) : new NaiveAdapter(model, redis);
const newId = () => randomBytes(16).toString('base64url');

/** In how many rounds the thing was not won exactly once. */
async function roundsNotWonOnce(kind: Kind, model: string, act: 'redeem' | 'prove'): Promise<number> {
  let wrong = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const id = newId();
    if (act === 'redeem')
      await adapterOf(kind, model).upsert(id, { accountId: 'lina', grantId: newId() }, 600);
    const results = await processes.race({ kind, act, model, id }, 20);
    if (results.filter((result) => result === 'won').length !== 1) wrong++;
  }
  return wrong;
}

describe.each(['AuthorizationCode', 'PushedAuthorizationRequest'])('20 at once use one %s', (model) => {
  it('one of them wins, in two processes', async () => {
    expect(await roundsNotWonOnce('ours', model, 'redeem')).toBe(0);
  });
  it('the naive adapter lets several win', async () => {
    expect(await roundsNotWonOnce('naive', model, 'redeem')).toBeGreaterThan(0);
  });
});

describe('20 at once show one proof', () => {
  it('one of them is the first, in two processes', async () => {
    expect(await roundsNotWonOnce('ours', 'ReplayDetection', 'prove')).toBe(0);
  });
  it('the engine’s own find-then-save takes several for the first', async () => {
    expect(await roundsNotWonOnce('naive', 'ReplayDetection', 'prove')).toBeGreaterThan(0);
  });
});

describe('10 relying parties are authorized at once in one session', () => {
  async function lostAuthorizations(kind: Kind): Promise<number> {
    let lost = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const id = newId();
      const adapter = adapterOf(kind, 'Session');
      await adapter.upsert(id, { uid: newId(), accountId: 'lina', loginTs: 1 }, 600);
      await processes.race({ kind, act: 'authorize', model: 'Session', id }, 10);
      const session = await adapter.find(id);
      lost += 10 - Object.keys(session?.authorizations ?? {}).length;
    }
    return lost;
  }
  it('none is lost', async () => {
    expect(await lostAuthorizations('ours')).toBe(0);
  });
  it('whole records lose most of them', async () => {
    expect(await lostAuthorizations('naive')).toBeGreaterThan(0);
  });
});

it('five tabs of one relying party settle on one grant', async () => {
  for (let round = 0; round < ROUNDS; round++) {
    const uid = newId();
    await storage.adapterFor('Session').upsert(newId(), { uid, accountId: 'lina' }, 600);
    const grants = await processes.race({ kind: 'ours', act: 'settle', model: 'Session', id: uid }, 5);
    expect(new Set(grants).size).toBe(1);
  }
});
