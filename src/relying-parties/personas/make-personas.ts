import { record } from '../../audit/record.ts';
import type { Digests } from '../../crypto/digests.ts';
import type { KeyRing } from '../../crypto/key-ring.ts';
import { ensureClasses, type SchoolClass, saveEstablishments } from '../../directory/establishments.ts';
import { openGuardianships } from '../../directory/guardianships.ts';
import { openMemberships } from '../../directory/memberships.ts';
import { createPersons } from '../../directory/persons.ts';
import type { Db, Tx } from '../../storage/postgres.ts';
import { CAST, type PersonaPart, SCHOOLS } from './cast.ts';
import { insertPersonas, lockPersonas, selectPersonas } from './store.ts';

export interface Dependencies {
  readonly db: Db;
  readonly keyRing: KeyRing;
  readonly digests: Digests;
  readonly now: () => Date;
}

/** Makes those who are missing: none of them is ever claimed, so that no credential of theirs can exist. */
export async function makePersonas(from: Dependencies): Promise<void> {
  const { db, now } = from;
  if ((await selectPersonas(db)).length === CAST.length) return;
  await db.transaction().execute(async (tx) => {
    await lockPersonas(tx);
    if ((await selectPersonas(tx)).length > 0) return;
    const at = now();
    const persons = await createPersons(tx, CAST.map(namesOf), { ...from, at });
    await insertPersonas(tx, persons, at);
    await placeThem(tx, persons, at);
    const details = { persons };
    await record(tx, { kind: 'system', name: 'sandbox' }, { name: 'personas.made', details }, at);
  });
}

const namesOf = ({ givenName, familyName }: PersonaPart) => ({
  fields: { given_name: givenName, family_name: familyName },
});

async function placeThem(tx: Tx, persons: readonly number[], at: Date): Promise<void> {
  const schoolYear = at.getUTCMonth() >= 7 ? at.getUTCFullYear() : at.getUTCFullYear() - 1;
  await saveEstablishments(tx, SCHOOLS);
  const classes = await ensureClasses(tx, classNames(schoolYear));
  const places = CAST.flatMap(({ memberships }, position) =>
    memberships.map(({ uai, profile, classCode, function: code = null }) => ({
      ...{ person: numberAt(persons, position), uai, schoolYear, profile, function: code },
      classId: classIdOf(classes, uai, classCode),
    })),
  );
  await openMemberships(tx, places, at);
  const families = CAST.flatMap(({ children = [] }, position) =>
    children.map((child) => ({
      ...{ guardian: numberAt(persons, position), child: numberAt(persons, child) },
      ...{ rank: 1, relation: null },
    })),
  );
  await openGuardianships(tx, families, at);
}

function classNames(schoolYear: number) {
  const named = CAST.flatMap(({ memberships }) =>
    memberships.flatMap(({ uai, classCode }) => (classCode ? [`${uai} ${classCode}`] : [])),
  );
  return [...new Set(named)].map((name) => {
    const [uai = '', code = ''] = name.split(' ');
    return { uai, schoolYear, code };
  });
}

function classIdOf(classes: readonly SchoolClass[], uai: string, code: string | undefined): number | null {
  return classes.find((one) => one.uai === uai && one.code === code)?.id ?? null;
}

function numberAt(persons: readonly number[], position: number): number {
  const number = persons[position];
  if (number === undefined) throw new Error('a persona without a number');
  return number;
}
