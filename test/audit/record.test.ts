import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Actor } from '../../src/audit/actor.ts';
import { auditEvents } from '../../src/audit/events.ts';
import { record, recordAll } from '../../src/audit/record.ts';
import { AT, aPerson } from '../sessions/people.ts';
import { type TestStores, testStores } from '../support/stores.ts';

let stores: TestStores;
beforeAll(async () => {
  stores = await testStores();
});
afterAll(() => stores.close());

const BY: Actor = { kind: 'operator', name: 'Chief', osUser: 'ops', host: 'control' };
const lines = () => stores.db.selectFrom('audit_events').selectAll().orderBy('id').execute();

describe('the audit', () => {
  it('keeps who, what, to whom, why and when', async () => {
    const { number } = await aPerson(stores.db);
    const event = {
      name: 'account.locked',
      subject: number,
      details: { lock: 'a', count: 2 },
      reason: 'lost',
    } as const;
    await record(stores.db, BY, event, AT);
    expect(await lines()).toMatchObject([{ at: AT, actor: BY, ...event }]);
  });

  it('falls with the act it is of', async () => {
    const before = (await lines()).length;
    const act = stores.db.transaction().execute(async (tx) => {
      await recordAll(tx, BY, [{ name: 'session.ended' }, { name: 'session.ended' }], AT);
      throw new Error('the act failed');
    });
    await expect(act).rejects.toThrow('the act failed');
    await recordAll(stores.db, BY, [], AT);
    expect(await lines()).toHaveLength(before);
  });

  it('has its events in alphabetical order, named noun.verb, each with a sentence', () => {
    const names = Object.keys(auditEvents);
    expect(names).toEqual([...names].sort());
    for (const [name, sentence] of Object.entries(auditEvents)) {
      expect(name).toMatch(/^[a-z-]+\.[a-z-]+$/);
      expect(sentence.length).toBeGreaterThan(10);
    }
  });
});
