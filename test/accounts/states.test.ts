import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { activateAccount } from '../../src/accounts/activate-account.ts';
import { closeAccount } from '../../src/accounts/close-account.ts';
import { openDormantAccount, openDormantAccounts } from '../../src/accounts/open-dormant-account.ts';
import { setPassword } from '../../src/accounts/set-password.ts';
import { makeRecoveryCodes } from '../../src/second-factors/recovery-codes.ts';
import { ROUNDS } from '../support/amount.ts';
import { type TestStores, testStores } from '../support/stores.ts';
import { type Accounts, accountsOn, MORNING } from './builders.ts';

const roster = { kind: 'system', name: 'roster' } as const;

let stores: TestStores;
let accounts: Accounts;
beforeAll(async () => {
  stores = await testStores();
  accounts = await accountsOn(stores);
});
afterAll(() => stores.close());

describe('a dormant account', () => {
  it('is one row and one state, and opening it again changes nothing', async () => {
    const person = await accounts.dormant();
    const again = await accounts.transaction((tx) => openDormantAccount(tx, person, MORNING));
    expect(again).toEqual({ outcome: 'open-already' });
    expect(await states(person)).toEqual(['dormant*']);
    expect(await accounts.epoch(person)).toBe(0);
  });

  it('becomes active once, with its username and its audit line', async () => {
    const person = await accounts.dormant();
    const first = await accounts.transaction((tx) => activateAccount(tx, accounts.claim(person)));
    const second = await accounts.transaction((tx) => activateAccount(tx, accounts.claim(person)));
    expect([first.outcome, second.outcome]).toEqual(['activated', 'not-dormant']);
    expect(await states(person)).toEqual(['dormant', 'active*']);
    expect(await accounts.events(person)).toEqual(['account.activated']);
  });

  it('refuses a ceremony of an older epoch', async () => {
    const person = await accounts.dormant();
    const claim = { ...accounts.claim(person), epoch: 1 };
    const result = await accounts.transaction((tx) => activateAccount(tx, claim));
    expect(result).toEqual({ outcome: 'not-dormant' });
  });

  it('refuses a username somebody has, and the transaction goes on', async () => {
    const [first, second] = [await accounts.dormant(), await accounts.dormant()];
    await accounts.transaction((tx) => activateAccount(tx, accounts.claim(first, 'emma.prune12')));
    const result = await accounts.transaction(async (tx) => {
      const taken = await activateAccount(tx, accounts.claim(second, 'Emma.Prune12'));
      const other = await activateAccount(tx, accounts.claim(second, 'emma.prune13'));
      return [taken.outcome, other.outcome];
    });
    expect(result).toEqual(['username-taken', 'activated']);
  });

  it(`is claimed by one of ten at once, and one username by one of ten, ${ROUNDS} rounds`, async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const person = await accounts.dormant();
      const claims = await atOnce(10, () => activateAccount_(person, `a.${round}`, 'own'));
      expect(claims.filter((outcome) => outcome === 'activated')).toHaveLength(1);
      const rivals = await Promise.all(Array.from({ length: 10 }, () => accounts.dormant()));
      const names = await Promise.all(rivals.map((rival) => activateAccount_(rival, `b.${round}`, 'shared')));
      expect(names.sort()).toEqual(['activated', ...Array(9).fill('username-taken')]);
    }
  });

  it(`is closed or claimed, never left between the two, ${ROUNDS} rounds`, async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const person = await accounts.dormant();
      await Promise.all([
        accounts.transaction((tx) => activateAccount(tx, accounts.claim(person))),
        accounts.transaction((tx) => closeAccount(tx, roster, { person, reason: 'left', at: MORNING })),
      ]);
      expect((await states(person)).at(-1)).toBe('closed*');
      expect(await credentials(person)).toBe(0);
    }
  });
});

describe('closing', () => {
  it('takes every credential, raises the epoch and keeps the past', async () => {
    const person = await accounts.active();
    await accounts.transaction((tx) =>
      makeRecoveryCodes(tx, roster, {
        digests: accounts.digests,
        person,
        epoch: 0,
        generation: 1,
        at: MORNING,
      }),
    );
    expect(await credentials(person)).toBe(11);
    const close = () =>
      accounts.transaction((tx) => closeAccount(tx, roster, { person, reason: 'left', at: MORNING }));
    expect(await close()).toEqual({ outcome: 'closed' });
    expect(await close()).toEqual({ outcome: 'not-open' });
    expect(await credentials(person)).toBe(0);
    expect(await accounts.epoch(person)).toBe(1);
    expect(await states(person)).toEqual(['dormant', 'active', 'closed*']);
    expect((await accounts.events(person)).at(-1)).toBe('account.closed');
  });

  it('leaves somebody who comes back dormant, under a new epoch', async () => {
    const person = await accounts.active();
    await accounts.transaction((tx) => closeAccount(tx, roster, { person, reason: 'left', at: MORNING }));
    const opened = await accounts.transaction((tx) => openDormantAccounts(tx, [person], MORNING));
    expect(opened).toEqual([person]);
    expect((await states(person)).at(-1)).toBe('dormant*');
    const epoch = await accounts.epoch(person);
    expect(epoch).toBe(2);
    const late = { person, hash: 'x', epoch, generation: 1, at: MORNING };
    expect(await accounts.transaction((tx) => setPassword(tx, late))).toEqual({ outcome: 'epoch-moved' });
    const claim = { ...accounts.claim(person), epoch };
    expect((await accounts.transaction((tx) => activateAccount(tx, claim))).outcome).toBe('activated');
  });
});

async function activateAccount_(person: number, name: string, kind: 'own' | 'shared'): Promise<string> {
  const username = kind === 'own' ? `${name}.${Math.random()}` : name;
  const result = await accounts.transaction((tx) => activateAccount(tx, accounts.claim(person, username)));
  return result.outcome;
}

function atOnce<T>(count: number, act: () => Promise<T>): Promise<T[]> {
  return Promise.all(Array.from({ length: count }, act));
}

/** In order; the open one has a star. */
async function states(person: number): Promise<string[]> {
  const rows = await stores.db
    .selectFrom('account_states')
    .select(['state', 'until_at'])
    .where('person', '=', person)
    .orderBy('id')
    .execute();
  return rows.map(({ state, until_at }) => (until_at ? state : `${state}*`));
}

async function credentials(person: number): Promise<number> {
  const counts = await Promise.all(
    (['passwords', 'totp_factors', 'recovery_codes'] as const).map((table) =>
      stores.db.selectFrom(table).select('person').where('person', '=', person).execute(),
    ),
  );
  return counts.flat().length;
}
