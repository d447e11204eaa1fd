import { openDormantAccounts } from '../../src/accounts/open-dormant-account.ts';
import { ensureClasses, saveEstablishments } from '../../src/directory/establishments.ts';
import { openMemberships } from '../../src/directory/memberships.ts';
import { createPersons } from '../../src/directory/persons.ts';
import { UAI } from '../login/people.ts';
import type { World } from '../support/world.ts';
import { YEAR } from './staff.ts';

export const OTHER_UAI = '0750002B';

/** A second school, of the same académie. */
export async function anotherSchool({ parts }: World): Promise<void> {
  const school = {
    uai: OTHER_UAI,
    name: 'Collège des Iris',
    academie: 'Paris',
    kind: 'college',
    decoy: false,
  };
  await parts.db.transaction().execute((tx) => saveEstablishments(tx, [school]));
}

const NAMES = ['Zoé', 'Noé', 'Inès', 'Tom', 'Jade', 'Malo', 'Lou', 'Adam', 'Rose', 'Yanis'];
let classes = 0;

export interface AClass {
  uai: string;
  className: string;
  classId: number;
  path: string;
  /** In the order of their numbers. */
  pupils: number[];
}

/** A class of its own, of dormant pupils with names. */
export async function aClass(world: World, { pupils = 3, uai = UAI } = {}): Promise<AClass> {
  classes += 1;
  const className = `6${String(classes).padStart(2, '0')}`;
  const { parts, now } = world;
  const at = now();
  return parts.db.transaction().execute(async (tx) => {
    const people = Array.from({ length: pupils }, (_, index) => ({
      fields: { given_name: NAMES[index % NAMES.length] ?? 'Lina', family_name: `Tulipe${classes}x${index}` },
    }));
    const persons = await createPersons(tx, people, { ...parts, at });
    await openDormantAccounts(tx, persons, at);
    const [found] = await ensureClasses(tx, [{ uai, schoolYear: YEAR, code: className }]);
    const classId = found?.id ?? 0;
    const membership = { uai, schoolYear: YEAR, classId, function: null, profile: 'pupil' as const };
    await openMemberships(
      tx,
      persons.map((person) => ({ ...membership, person })),
      at,
    );
    const path = `/console/schools/${uai}/classes/${className}`;
    return { uai, className, classId, path, pupils: persons };
  });
}

/** The ledger's lines about these persons, of one kind: who read them, under which right. */
export async function linesAbout(world: World, persons: readonly number[], kind: number) {
  return world.parts.db
    .selectFrom('disclosures as d')
    .innerJoin('disclosure_contexts as c', 'c.id', 'd.context')
    .select(['d.person', 'd.fields', 'c.reader', 'c.right_id', 'c.session_digest', 'c.details', 'c.address'])
    .where('d.person', 'in', [...persons])
    .where('d.kind', '=', kind)
    .execute();
}
