import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { raiseEpoch } from '../../src/accounts/epoch.ts';
import { findAccountByTypedName } from '../../src/accounts/find-account.ts';
import { liftLock, lockAccount } from '../../src/accounts/locks.ts';
import { setPassword } from '../../src/accounts/set-password.ts';
import { countLocks, replaceHash, selectPassword } from '../../src/accounts/store.ts';
import { openContacts } from '../../src/directory/contacts.ts';
import { type TestStores, testStores } from '../support/stores.ts';
import { type Accounts, accountsOn, MORNING } from './builders.ts';

const officer = { kind: 'operator', name: 'officer', osUser: 'preau', host: 'test' } as const;

let stores: TestStores;
let accounts: Accounts;
beforeAll(async () => {
  stores = await testStores();
  accounts = await accountsOn(stores);
});
afterAll(() => stores.close());

describe('locks', () => {
  it('hold one beside the other: lifting one returns to what the rest say', async () => {
    const person = await accounts.active();
    const first = await lock(person, 'seen in a leak');
    const second = await lock(person, 'asked by the holder');
    expect(await lift(first)).toEqual({ outcome: 'lifted', stillLocked: true });
    expect(await lift(first)).toEqual({ outcome: 'not-locked' });
    expect(await lift(second)).toEqual({ outcome: 'lifted', stillLocked: false });
    const events = await accounts.events(person);
    expect(events.filter((name) => name.startsWith('account.lock'))).toEqual([
      'account.locked',
      'account.locked',
      'account.lock-lifted',
      'account.lock-lifted',
    ]);
  });

  it('end what was let in before, and keep the password for the end of the lock', async () => {
    const person = await accounts.active();
    await lock(person, 'a doubt');
    expect(await accounts.epoch(person)).toBe(1);
    expect(await selectPassword(stores.db, person)).toMatchObject({ epoch: 1 });
  });

  it('end by themselves where they were given an end', async () => {
    const person = await accounts.active();
    const until = new Date(MORNING.getTime() + 3_600_000);
    await accounts.transaction((tx) =>
      lockAccount(tx, officer, { person, reason: 'an hour', at: MORNING, until }),
    );
    expect(await countLocks(stores.db, person, MORNING)).toBe(1);
    expect(await countLocks(stores.db, person, until)).toBe(0);
  });

  it('are refused where there is no account', async () => {
    const nobody = await accounts.transaction((tx) =>
      lockAccount(tx, officer, { person: 2_000_000, reason: 'x', at: MORNING }),
    );
    expect(nobody).toEqual({ outcome: 'no-account' });
  });
});

describe('an epoch', () => {
  it('raised by a reset takes the credentials with it, and a later lock does not revive them', async () => {
    const person = await accounts.active();
    await accounts.transaction((tx) => raiseEpoch(tx, person, 'void'));
    await accounts.transaction((tx) => raiseEpoch(tx, person, 'kept'));
    expect(await selectPassword(stores.db, person)).toMatchObject({ epoch: 0 });
    expect(await accounts.epoch(person)).toBe(2);
  });

  it('that moved meanwhile refuses a password made under it', async () => {
    const person = await accounts.active();
    const change = { person, hash: 'new', epoch: 0, generation: 1, at: MORNING };
    await accounts.transaction((tx) => raiseEpoch(tx, person, 'kept'));
    expect(await accounts.transaction((tx) => setPassword(tx, change))).toEqual({ outcome: 'epoch-moved' });
  });
});

describe('a hash at another cost', () => {
  it('is replaced only if the password is still the same', async () => {
    const person = await accounts.active({ hash: 'old' });
    await replaceHash(stores.db, { person, from: 'other', to: 'wrong' });
    await replaceHash(stores.db, { person, from: 'old', to: 'new' });
    expect(await selectPassword(stores.db, person)).toMatchObject({ hash: 'new', epoch: 0 });
  });
});

describe('the name as typed', () => {
  it('finds by username, whatever the capitals, accents and spaces', async () => {
    const person = await accounts.active({ username: 'noe.tulipe31' });
    for (const typed of ['noe.tulipe31', ' Noé.Tulipe31 ', 'NOE.TULIPE 31']) {
      expect(await find(typed)).toMatchObject({ person, state: 'active', epoch: 0 });
    }
    expect(await find('noe.tulipe32')).toBeUndefined();
  });

  it('finds by a mail address only where it is confirmed and held by one account', async () => {
    const [alone, one, other] = [await accounts.active(), await accounts.active(), await accounts.active()];
    await mail(alone, 'alone@example.fr', 'confirmed');
    await mail(one, 'family@example.fr', 'confirmed');
    await mail(other, 'family@example.fr', 'unconfirmed');
    const unconfirmed = await accounts.active();
    await mail(unconfirmed, 'new@example.fr', 'unconfirmed');
    expect(await find(' Alone@Example.FR')).toMatchObject({ person: alone });
    expect(await find('family@example.fr')).toBeUndefined();
    expect(await find('new@example.fr')).toBeUndefined();
  });

  it('finds a dormant account, which has no password to give', async () => {
    const person = await accounts.dormant();
    await mail(person, 'dormant@example.fr', 'confirmed');
    expect(await find('dormant@example.fr')).toMatchObject({ person, state: 'dormant', password: undefined });
  });
});

async function lock(person: number, reason: string): Promise<string> {
  const result = await accounts.transaction((tx) =>
    lockAccount(tx, officer, { person, reason, at: MORNING }),
  );
  if (result.outcome !== 'locked') throw new Error('not locked');
  return result.lock;
}

function lift(id: string): ReturnType<typeof liftLock> {
  return accounts.transaction((tx) => liftLock(tx, officer, { lock: id, reason: 'settled', at: MORNING }));
}

function find(typed: string): ReturnType<typeof findAccountByTypedName> {
  return findAccountByTypedName(stores.db, accounts.digests, typed);
}

async function mail(person: number, value: string, state: 'confirmed' | 'unconfirmed'): Promise<void> {
  const sealer = await accounts.sealer(person);
  await accounts.transaction(async (tx) => {
    const [contact] = await openContacts(tx, [{ sealer, uai: null, kind: 'mail', value }], {
      digests: accounts.digests,
      at: MORNING,
    });
    if (state === 'unconfirmed' || !contact) return;
    await tx.updateTable('contacts').set({ confirmed_at: MORNING }).where('id', '=', contact.id).execute();
  });
}
