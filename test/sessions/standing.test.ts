import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { standing } from '../../src/sessions/standing.ts';
import { startSession } from '../../src/sessions/start-session.ts';
import { type TestStores, testStores } from '../support/stores.ts';
import { AT, aPerson } from './people.ts';

let stores: TestStores;
beforeAll(async () => {
  stores = await testStores();
});
afterAll(() => stores.close());

const LIMITS = { kind: 'own-device', idleSeconds: 7200, absoluteSeconds: 43200 } as const;

async function aSession(person: number): Promise<Buffer> {
  const uidDigest = randomBytes(32);
  const judgedAt = { version: 1, generation: 1, epoch: 0 };
  const started = await startSession(stores.db, { uidDigest, person, limits: LIMITS, judgedAt, at: AT });
  expect(started).toEqual({ outcome: 'started' });
  return uidDigest;
}

describe('the standing of a request', () => {
  it('finds the person by id, by number and by session, with memberships', async () => {
    const lina = await aPerson(stores.db, { uai: '0750001A', class: '6A' });
    const uid = await aSession(lina.number);
    for (const asked of [{ personId: lina.id }, { person: lina.number }, { sessionUidDigest: uid }]) {
      const { person, session } = await standing(stores.db, { ...asked, at: AT });
      expect(person).toMatchObject({
        number: lina.number,
        id: lina.id,
        state: 'active',
        isLocked: false,
        memberships: [{ profile: 'pupil', establishment: '0750001A', academie: 'Paris', class: '6A' }],
      });
      if ('sessionUidDigest' in asked) expect(session).toMatchObject({ person: lina.number, generation: 1 });
      else expect(session).toBeUndefined();
    }
  });

  it('knows nobody by an id that is none', async () => {
    for (const personId of ["'; drop table persons", '', '00000000-0000-0000-0000-000000000000']) {
      const answer = await standing(stores.db, { personId, at: AT });
      expect(answer.person).toBeUndefined();
      expect(answer.clock).toMatchObject({ version: 1, generation: 1 });
    }
  });
});
