import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createLedger, type Ledger } from '../../src/ledger/ledger.ts';
import { AT, aPerson } from '../sessions/people.ts';
import { type TestStores, testStores } from '../support/stores.ts';

let stores: TestStores;
let ledger: Ledger;
beforeAll(async () => {
  stores = await testStores();
  ledger = createLedger({
    db: stores.db,
    ledgerKey: stores.secrets.ledgerKey,
    now: () => AT,
    log: {
      warn: (details) => {
        throw new Error(JSON.stringify(details));
      },
    },
  });
  await ledger.start();
});
afterAll(async () => {
  ledger.stop();
  await stores.close();
});

const context = {
  recipient: 'relying-party',
  clientId: 'timetable',
  publisher: 'edt',
  address: '192.0.2.77',
} as const;

describe('the ledger', () => {
  it('writes a line per person with a trace number', async () => {
    const lina = await aPerson(stores.db);
    const rows = [{ person: lina.number, kind: 'id-token', fields: ['sub', 'name'] }] as const;
    const written = await ledger.append({ judgedAt: { version: 1 }, context, rows, at: AT });
    expect(written).toEqual({ outcome: 'written', batch: 1 });
    const found = await stores.db.selectFrom('disclosures').selectAll().execute();
    expect(found).toMatchObject([{ batch: 1, ordinal: 1, person: lina.number, kind: 1, fields: 3 }]);
  });

  it('writes nothing where the orders have moved', async () => {
    const lina = await aPerson(stores.db);
    const rows = [{ person: lina.number, kind: 'id-token', fields: ['sub'] }] as const;
    const id = randomBytes(32);
    const family = {
      step: 'begin',
      id,
      grantDigest: id,
      person: lina.number,
      clientId: 'timetable',
      untilAt: AT,
    } as const;
    expect(await ledger.append({ judgedAt: { version: 7 }, context, rows, family, at: AT })).toEqual({
      outcome: 'orders-moved',
      version: 1,
    });
    expect(await stores.db.selectFrom('refresh_families').selectAll().execute()).toEqual([]);
  });
});
