import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import { openRosterKeys, selectGuardians } from '../../src/canaries/store.ts';
import { openContactsOf } from '../../src/directory/contacts.ts';
import { openFieldsOf, type PersonFields } from '../../src/directory/fields.ts';
import type { RosterWorld } from '../roster/world.ts';
import type { Example } from './classifier.ts';
import type { StaffView } from './staff-view.ts';

/**
 * Left out: where a key lies among the others, for no page shows one; and that a decoy class is the last of its level,
 * as one class of every level is.
 */
export const FEATURES = [
  ...['given name length', 'family name length', 'given name hyphen', 'family name hyphen'],
  ...[
    'given name frequency',
    'family name frequency',
    'birth date within the level',
    'birth month',
    'birth day',
  ],
  ...['key length', 'key digits', 'national number length', 'national number digits'],
  ...[
    'here since',
    'contacts',
    'guardians',
    'legal guardians',
    'guardians of the same name',
    'their contacts',
  ],
  ...[
    'class size',
    'class code length',
    'place in the class',
    'line length',
    'place in the list',
    'page length',
    'answer time',
  ],
] as const;

interface Pupil {
  person: number;
  id: string;
  isDecoy: boolean;
  classCode: string;
  since: number;
  fields: PersonFields;
  key: string;
  contacts: number;
  guardians: { rank: number; familyName: string | undefined; contacts: number }[];
}

/** What a roster and the pages of the console let somebody see of so many decoys and other pupils of a school. */
export async function examplesOf(
  world: RosterWorld,
  view: StaffView,
  { uai, each }: { uai: string; each: number },
): Promise<Example[]> {
  const everybody = await pupilsOf(world, uai);
  const some = (wanted: boolean) => everybody.filter(({ isDecoy }) => isDecoy === wanted).slice(0, each);
  const chosen = new Set([...some(true), ...some(false)]);
  const judged = everybody.filter((pupil) => chosen.has(pupil));
  const roster = rosterFeatures(everybody);
  const classes = [...new Set(everybody.map(({ classCode }) => classCode))];
  const seen = await view.look(
    uai,
    classes,
    judged.map(({ id }) => id),
  );
  return judged.map((pupil) => {
    const { line = 0, place = 0, length = 0, milliseconds = 0 } = seen.get(pupil.id) ?? {};
    const features = [...roster(pupil), line, place, length, milliseconds];
    if (features.length !== FEATURES.length) throw new Error('features and their names differ');
    return { school: uai, features, isDecoy: pupil.isDecoy };
  });
}

async function pupilsOf({ db, dependencies }: RosterWorld, uai: string): Promise<Pupil[]> {
  const { keyRing } = dependencies;
  const { rows } = await sql<{
    person: number;
    id: string;
    isDecoy: boolean;
    classCode: string;
    fromAt: Date;
  }>`
    select m.person, p.id, d.person is not null as "isDecoy", c.code as "classCode", m.from_at as "fromAt"
    from memberships m
    join persons p on p.number = m.person
    join classes c on c.id = m.class_id
    left join decoys d on d.person = m.person
    where m.uai = ${uai} and m.profile = 'pupil' and m.until_at is null`.execute(db);
  return db.transaction().execute(async (tx) => {
    const children = rows.map(({ person }) => person);
    const guardianships = await selectGuardians(tx, { uai, children });
    const all = [...children, ...guardianships.map(({ guardian }) => guardian)];
    const fields = await openFieldsOf(tx, keyRing, all);
    const keys = await openRosterKeys(tx, keyRing, children);
    const contacts = Map.groupBy(await openContactsOf(tx, keyRing, all), ({ person }) => person);
    const contactsOf = (person: number) => contacts.get(person)?.length ?? 0;
    const pupils = rows.map(({ person, fromAt, ...rest }) => ({
      ...{ ...rest, person, since: fromAt.getTime(), fields: fields.get(person) ?? {} },
      ...{ key: keys.get(person)?.key ?? '', contacts: contactsOf(person) },
      guardians: guardianships
        .filter(({ child }) => child === person)
        .map(({ guardian, rank }) => ({
          ...{ rank, familyName: fields.get(guardian)?.family_name, contacts: contactsOf(guardian) },
        })),
    }));
    return pupils.toSorted((one, other) => lot(one) - lot(other));
  });
}

/** The same ones whatever numbers the database gave them. */
function lot({ key, fields }: Pupil): number {
  const text = `${key} ${fields.given_name} ${fields.family_name}`;
  return createHash('sha256').update(text).digest().readUInt32BE();
}

function rosterFeatures(everybody: readonly Pupil[]): (pupil: Pupil) => number[] {
  const counted = (of: (pupil: Pupil) => string) => Map.groupBy(everybody, of);
  const given = counted(({ fields }) => fields.given_name ?? '');
  const family = counted(({ fields }) => fields.family_name ?? '');
  const classes = counted(({ classCode }) => classCode);
  const level = (pupil: Pupil) => classes.get(pupil.classCode) ?? [];
  const collator = new Intl.Collator('fr');
  return (pupil) => {
    const { fields, guardians, key } = pupil;
    const { given_name = '', family_name = '', birth_date = '', ine = '' } = fields;
    const born = (one: Pupil) => Date.parse(one.fields.birth_date ?? '') / 86_400_000;
    const others = level(pupil)
      .filter((one) => one !== pupil)
      .map(born);
    const before = level(pupil).filter(
      (one) => collator.compare(one.fields.family_name ?? '', family_name) < 0,
    );
    return [
      ...[
        given_name.length,
        family_name.length,
        Number(given_name.includes('-')),
        Number(family_name.includes('-')),
      ],
      ...[given.get(given_name)?.length ?? 0, family.get(family_name)?.length ?? 0],
      ...[born(pupil) - median(others), Number(birth_date.slice(5, 7)), Number(birth_date.slice(8))],
      ...[key.length, digitsIn(key)],
      ...[ine.length, digitsIn(ine), pupil.since % 1e9, pupil.contacts, guardians.length],
      guardians.filter(({ rank }) => rank > 0).length,
      guardians.filter(({ familyName }) => familyName === family_name).length,
      guardians.reduce((sum, { contacts }) => sum + contacts, 0),
      ...[level(pupil).length, pupil.classCode.length, before.length / level(pupil).length],
    ];
  };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

function digitsIn(text: string): number {
  return text.replace(/\D/g, '').length;
}
