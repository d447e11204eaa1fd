import { randomUUID } from 'node:crypto';
import { openDormantAccounts } from '../../src/accounts/open-dormant-account.ts';
import { markDecoys } from '../../src/directory/decoys.ts';
import { ensureClasses } from '../../src/directory/establishments.ts';
import { openMemberships } from '../../src/directory/memberships.ts';
import { createPersons } from '../../src/directory/persons.ts';
import { familyName, givenName } from '../../src/roster/generate/names.ts';
import { SeededRandom } from '../../src/roster/generate/random.ts';
import type { RosterWorld } from '../roster/world.ts';

/** What one would write first: names from the list, any birth date, a key of our own, from today on, on their own. */
export async function createNaiveDecoys({ db, dependencies }: RosterWorld, uai: string): Promise<void> {
  const { keyRing, digests, now } = dependencies;
  const random = new SeededRandom(`naive ${uai}`);
  await db.transaction().execute(async (tx) => {
    const at = now();
    const [made] = await ensureClasses(tx, [{ uai, schoolYear: 2026, code: '6EX' }]);
    const people = Array.from({ length: 25 }, () => ({
      fields: {
        given_name: givenName(random),
        family_name: familyName(random),
        birth_date: `${2009 + random.below(7)}-0${1 + random.below(9)}-1${random.below(10)}`,
      },
      rosterKey: { academie: '1', source: 'aaf', key: randomUUID() },
    }));
    const persons = await createPersons(tx, people, { keyRing, digests, at });
    await openDormantAccounts(tx, persons, at);
    const place = {
      uai,
      schoolYear: 2026,
      classId: made?.id ?? null,
      profile: 'pupil',
      function: null,
    } as const;
    await openMemberships(
      tx,
      persons.map((person) => ({ person, ...place })),
      at,
    );
    await markDecoys(tx, { persons, uai, at });
  });
}
