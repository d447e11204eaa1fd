import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createDigests, type Digests } from '../../src/crypto/digests.ts';
import type { KeyRing } from '../../src/crypto/key-ring.ts';
import { closeContacts, openContacts, openContactsOf } from '../../src/directory/contacts.ts';
import { classesOf, ensureClasses, saveEstablishments } from '../../src/directory/establishments.ts';
import { changeFields, openFieldsOf, openPersonFields, sealersOf } from '../../src/directory/fields.ts';
import {
  childrenOf,
  closeGuardianships,
  guardiansOf,
  openGuardianships,
} from '../../src/directory/guardianships.ts';
import {
  classMembers,
  closeMemberships,
  membershipsOf,
  openMemberships,
  personsOfScope,
  withoutMembership,
} from '../../src/directory/memberships.ts';
import { openEstablishment } from '../../src/directory/open-establishment.ts';
import {
  createPerson,
  createPersons,
  findPersonByRosterKey,
  findPersonsByIne,
  findPersonsByRosterKeys,
  getPersonIds,
} from '../../src/directory/persons.ts';
import { loadKeyRing } from '../../src/storage/data-keys.ts';
import type { Tx } from '../../src/storage/postgres.ts';
import { type TestStores, testStores } from '../support/stores.ts';

const MONDAY = new Date('2026-09-14T08:00:00Z');
const TUESDAY = new Date('2026-09-15T08:00:00Z');
const WEDNESDAY = new Date('2026-09-16T08:00:00Z');
const UAI = '9000001A';

let stores: TestStores;
let keyRing: KeyRing;
let digests: Digests;
let classId: number;

beforeAll(async () => {
  stores = await testStores();
  keyRing = await loadKeyRing(stores.db, stores.secrets.wrappingKey);
  digests = createDigests(stores.secrets.digestKey);
  await inTx(async (tx) => {
    await saveEstablishments(tx, [{ uai: UAI, name: 'Collège', academie: '13', kind: 'college' }]);
    const [made] = await ensureClasses(tx, [{ uai: UAI, schoolYear: 2026, code: '6EA' }]);
    classId = made?.id ?? 0;
  });
});
afterAll(() => stores.close());

const inTx = <T>(act: (tx: Tx) => Promise<T>) => stores.db.transaction().execute(act);
const aPerson = (givenName: string, key?: string) =>
  inTx((tx) =>
    createPerson(
      tx,
      {
        fields: { given_name: givenName, family_name: 'Valnac' },
        ...(key ? { rosterKey: { academie: '13', source: 'aaf', key } } : {}),
      },
      { keyRing, digests, at: MONDAY },
    ),
  );
const membershipOf = (person: number) => ({
  person,
  uai: UAI,
  schoolYear: 2026,
  classId,
  profile: 'pupil' as const,
  function: null,
});

describe('persons', () => {
  it('are found by roster key within one académie and source only', async () => {
    const lina = await aPerson('Lina', 'K1');
    const key = { academie: '13', source: 'aaf', key: 'K1' };
    expect(await findPersonByRosterKey(stores.db, digests, key)).toBe(lina);
    expect(await findPersonByRosterKey(stores.db, digests, { ...key, academie: '14' })).toBeUndefined();
    expect(await findPersonByRosterKey(stores.db, digests, { ...key, source: 'csv' })).toBeUndefined();
  });

  it('are created many at once, each with their own fields, key and subject id', async () => {
    const people = Array.from({ length: 30 }, (_, index) => ({
      fields: { given_name: `Nom${index}` },
      rosterKey: { academie: '13', source: 'aaf', key: `many-${index}` },
    }));
    const numbers = await inTx((tx) => createPersons(tx, people, { keyRing, digests, at: MONDAY }));
    const found = await findPersonsByRosterKeys(
      stores.db,
      digests,
      people.map(({ rosterKey }) => rosterKey),
    );
    expect(found).toEqual(numbers);
    const opened = await openFieldsOf(stores.db, keyRing, numbers);
    expect(numbers.map((number) => opened.get(number)?.given_name)).toEqual(
      people.map(({ fields }) => fields.given_name),
    );
    const ids = await Promise.all(numbers.map((number) => getPersonIds(stores.db, number)));
    expect(new Set(ids.map(({ subjectId }) => subjectId)).size).toBe(30);
  });

  it('hold no name, mail or key in clear anywhere in the database', async () => {
    const person = await aPerson('Zyxwvuta', 'ZYXKEY');
    const [sealer] = (await sealersOf(stores.db, keyRing, [person])).values();
    if (!sealer) throw new Error('no sealer');
    await inTx((tx) =>
      openContacts(tx, [{ sealer, uai: UAI, kind: 'mail', value: 'zyxwvuta@familles.example' }], {
        digests,
        at: MONDAY,
      }),
    );
    for (const table of ['persons', 'person_keys', 'person_fields', 'roster_identities', 'contacts']) {
      const { rows } = await stores.pool.query(`select t::text as text from ${table} t`);
      const text = rows
        .map((row) => row.text + Buffer.from(row.text.replace(/[^0-9a-f]/g, ''), 'hex').toString('latin1'))
        .join();
      expect(text).not.toMatch(/zyxwvuta|ZYXKEY/i);
    }
  });

  it('have no fields once their key is dropped', async () => {
    const person = await aPerson('Erased');
    await stores.pool.query('update person_keys set wrapped = null, erased_at = now() where person = $1', [
      person,
    ]);
    expect(await openPersonFields(stores.db, keyRing, person)).toBeUndefined();
  });
});

describe('a national number', () => {
  it('finds who bears it today, opening nothing', async () => {
    const person = await aPerson('Tom');
    const sealer = (await sealersOf(stores.db, keyRing, [person])).get(person);
    if (!sealer) throw new Error('no sealer');
    const become = (ine: string | null, at: Date) =>
      inTx((tx) => changeFields(tx, [{ sealer, fields: { ine } }], { digests, at }));
    await become('1234567890A', MONDAY);
    expect(await findPersonsByIne(stores.db, digests, '1234567890A')).toEqual([person]);
    await become('1234567890B', TUESDAY);
    expect(await findPersonsByIne(stores.db, digests, '1234567890A')).toEqual([]);
    expect(await findPersonsByIne(stores.db, digests, '1234567890B')).toEqual([person]);
  });

  it('opens no field that nobody asked for', async () => {
    const person = await aPerson('Tom');
    const opened = await openFieldsOf(stores.db, keyRing, [person], ['family_name']);
    expect(Object.keys(opened.get(person) ?? {})).not.toContain('given_name');
  });
});

describe('dated rows', () => {
  it('keep what a field was when it changes, and end it when it goes', async () => {
    const person = await aPerson('Tom');
    const sealer = (await sealersOf(stores.db, keyRing, [person])).get(person);
    if (!sealer) throw new Error('no sealer');
    await inTx((tx) =>
      changeFields(tx, [{ sealer, fields: { given_name: 'Thomas', family_name: null } }], {
        digests,
        at: TUESDAY,
      }),
    );
    expect(await openPersonFields(stores.db, keyRing, person)).toEqual({ given_name: 'Thomas' });
    const { rows } = await stores.pool.query(
      'select field, until_at from person_fields where person = $1 order by 1, 2',
      [person],
    );
    expect(rows).toEqual([
      { field: 'family_name', until_at: TUESDAY },
      { field: 'given_name', until_at: TUESDAY },
      { field: 'given_name', until_at: null },
    ]);
  });

  it('answer what a person was at any time', async () => {
    const person = await aPerson('Maël');
    const [opened] = await inTx((tx) => openMemberships(tx, [membershipOf(person)], MONDAY));
    const id = opened?.id ?? 0;
    expect(opened).toEqual({ id, person });
    expect(await inTx((tx) => openMemberships(tx, [membershipOf(person)], TUESDAY))).toEqual([]);
    expect(await inTx((tx) => closeMemberships(tx, [id], TUESDAY))).toEqual([{ id, person }]);
    expect(await inTx((tx) => closeMemberships(tx, [id], WEDNESDAY))).toEqual([]);
    expect(await membershipsOf(stores.db, person, MONDAY)).toMatchObject([
      { uai: UAI, classCode: '6EA', profile: 'pupil' },
    ]);
    expect(await membershipsOf(stores.db, person, TUESDAY)).toEqual([]);
    expect(await withoutMembership(stores.db, [person])).toEqual([person]);
  });

  it('give a guardian only the children they answer for by law, then and not later', async () => {
    const [mother, aunt, child] = [await aPerson('Éva'), await aPerson('Fanny'), await aPerson('Noé')];
    const [legal] = await inTx((tx) =>
      openGuardianships(
        tx,
        [
          { guardian: mother, child, rank: 1, relation: 'mother' },
          { guardian: aunt, child, rank: 0, relation: 'family' },
        ],
        MONDAY,
      ),
    );
    expect(await childrenOf(stores.db, mother, TUESDAY)).toMatchObject([{ child, rank: 1 }]);
    expect(await childrenOf(stores.db, aunt, TUESDAY)).toEqual([]);
    await inTx((tx) => closeGuardianships(tx, [legal?.id ?? 0], TUESDAY));
    expect(await childrenOf(stores.db, mother, WEDNESDAY)).toEqual([]);
    expect(await guardiansOf(stores.db, child, MONDAY)).toHaveLength(1);
  });

  it('keep contacts apart by who stated them, unconfirmed', async () => {
    const person = await aPerson('Hugo');
    const sealer = (await sealersOf(stores.db, keyRing, [person])).get(person);
    if (!sealer) throw new Error('no sealer');
    const contact = { sealer, kind: 'mail' as const, value: 'hugo@familles.example' };
    const ids = await inTx((tx) =>
      openContacts(
        tx,
        [
          { ...contact, uai: UAI },
          { ...contact, uai: null },
        ],
        { digests, at: MONDAY },
      ),
    );
    expect(await openContactsOf(stores.db, keyRing, [person])).toMatchObject([
      { uai: UAI, value: 'hugo@familles.example', confirmedAt: null },
      { uai: null },
    ]);
    await inTx((tx) => closeContacts(tx, [ids[0]?.id ?? 0], TUESDAY));
    expect(await openContactsOf(stores.db, keyRing, [person])).toMatchObject([{ uai: null }]);
  });
});

describe('an establishment', () => {
  it('is opened in memory, sorted as people are listed', async () => {
    const names = ['Émile', 'Zoé', 'Adèle'];
    const persons = await Promise.all(names.map((name) => aPerson(name)));
    await inTx(async (tx) => {
      await openMemberships(
        tx,
        persons.map((person) => membershipOf(person)),
        MONDAY,
      );
    });
    const scope = { uai: UAI, classId, profile: 'pupil' as const };
    const entries = await openEstablishment(stores.db, keyRing, { scope, at: TUESDAY });
    expect(entries.map(({ givenName }) => givenName)).toEqual(['Adèle', 'Émile', 'Zoé']);
    expect(entries[0]).toMatchObject({ classes: ['6EA'], profiles: ['pupil'] });
    expect((await classMembers(stores.db, { classId, profile: 'pupil', at: TUESDAY })).length).toBe(3);
    expect(await personsOfScope(stores.db, { academie: '13', profile: 'teacher' })).toEqual([]);
    expect((await classesOf(stores.db, UAI)).map(({ code }) => code)).toEqual(['6EA']);
  });
});
