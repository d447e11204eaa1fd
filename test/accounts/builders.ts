import { randomBytes } from 'node:crypto';
import { activateAccount } from '../../src/accounts/activate-account.ts';
import { openDormantAccount } from '../../src/accounts/open-dormant-account.ts';
import { setPassword } from '../../src/accounts/set-password.ts';
import { normaliseUsername } from '../../src/accounts/username.ts';
import { createDigests, type Digests } from '../../src/crypto/digests.ts';
import type { KeyRing } from '../../src/crypto/key-ring.ts';
import { type Sealer, sealerOf } from '../../src/crypto/sealed-fields.ts';
import { sealersOf } from '../../src/directory/fields.ts';
import { createPerson } from '../../src/directory/persons.ts';
import { loadKeyRing } from '../../src/storage/data-keys.ts';
import type { Tx } from '../../src/storage/postgres.ts';
import type { TestStores } from '../support/stores.ts';

export const MORNING = new Date('2026-11-24T08:00:00Z');

/** Accounts were opened and claimed days before: nothing of them is held any more (accounts/recovery-hold.ts). */
export const LONG_BEFORE = new Date('2026-11-16T08:00:00Z');

/** Accounts in a line. Hashes are made up here: what verifies them is the hasher's own test. */
export interface Accounts {
  digests: Digests;
  keyRing: KeyRing;
  transaction<T>(act: (tx: Tx) => Promise<T>): Promise<T>;
  dormant(): Promise<number>;
  active(given?: { username?: string; hash?: string }): Promise<number>;
  sealer(person: number): Promise<Sealer>;
  claim(person: number, username?: string): Parameters<typeof activateAccount>[1];
  events(subject: number): Promise<string[]>;
  epoch(person: number): Promise<number>;
}

export async function accountsOn(stores: TestStores): Promise<Accounts> {
  const digests = createDigests(stores.secrets.digestKey);
  const keyRing = await loadKeyRing(stores.db, stores.secrets.wrappingKey);
  const transaction = <T>(act: (tx: Tx) => Promise<T>): Promise<T> => stores.db.transaction().execute(act);
  const claim: Accounts['claim'] = (person, username = `lina.${randomBytes(4).toString('hex')}`) => ({
    person,
    epoch: 0,
    claimedBy: 'letter+class-window',
    username: {
      sealed: sealerOf(person, Buffer.alloc(32, 1)).seal('username', username),
      digest: digests.of('username', normaliseUsername(username)),
    },
    at: LONG_BEFORE,
  });
  const dormant = (): Promise<number> =>
    transaction(async (tx) => {
      const person = await createPerson(
        tx,
        { fields: { given_name: 'Lina' } },
        { keyRing, digests, at: LONG_BEFORE },
      );
      await openDormantAccount(tx, person, LONG_BEFORE);
      return person;
    });
  return {
    digests,
    keyRing,
    transaction,
    dormant,
    claim,
    async active({ username, hash = 'a hash' } = {}) {
      const person = await dormant();
      await transaction(async (tx) => {
        await activateAccount(tx, claim(person, username));
        await setPassword(tx, { person, hash, epoch: 0, generation: 1, at: MORNING });
      });
      return person;
    },
    async sealer(person) {
      const sealer = (await sealersOf(stores.db, keyRing, [person])).get(person);
      if (!sealer) throw new Error('a person without a key');
      return sealer;
    },
    async events(subject) {
      const rows = await stores.db
        .selectFrom('audit_events')
        .select('name')
        .where('subject', '=', subject)
        .orderBy('id')
        .execute();
      return rows.map(({ name }) => name);
    },
    async epoch(person) {
      const row = await stores.db
        .selectFrom('accounts')
        .select('epoch')
        .where('person', '=', person)
        .executeTakeFirstOrThrow();
      return row.epoch;
    },
  };
}
