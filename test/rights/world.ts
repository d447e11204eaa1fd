import { ensureClasses, saveEstablishments } from '../../src/directory/establishments.ts';
import { closeMemberships, type NewMembership, openMemberships } from '../../src/directory/memberships.ts';
import { type Right, rightsOf } from '../../src/rights/rights.ts';
import type { AccountState, Profile } from '../../src/storage/schema.ts';
import { aPerson } from '../sessions/people.ts';
import { type TestStores, testStores } from '../support/stores.ts';

export const SCHOOL = '0750001A';
export const OTHER_SCHOOL = '0750002B';
export const FAR_SCHOOL = '0690003C';
export const YEAR = 2026;
const START = new Date('2026-10-05T08:00:00Z');
const DAY = 86_400_000;

interface Post {
  uai?: string;
  profile?: Profile;
  classes?: string[];
  function?: string;
  state?: AccountState;
}

/** Three schools of two académies, on a clock that tests move. */
export interface RightsWorld {
  stores: TestStores;
  now(): Date;
  later(days: number): Date;
  /** Active, in the roster, in a line. */
  person(post?: Post): Promise<number>;
  head(uai?: string): Promise<number>;
  teacher(classes: string[], uai?: string): Promise<number>;
  clerk(uai?: string): Promise<number>;
  pupils(count: number, className: string, uai?: string): Promise<number[]>;
  /** As an import that no longer names them. */
  leave(person: number): Promise<void>;
  rightsOf(person: number): Promise<Right[]>;
  close(): Promise<void>;
}

export async function rightsWorld(): Promise<RightsWorld> {
  const stores = await testStores();
  const { db } = stores;
  let at = START;
  const now = (): Date => at;
  const transaction = db.transaction();
  await transaction.execute((tx) =>
    saveEstablishments(tx, [
      { uai: SCHOOL, name: 'Collège des Œillets', academie: 'Paris', kind: 'college' },
      { uai: OTHER_SCHOOL, name: 'Collège des Iris', academie: 'Paris', kind: 'college' },
      { uai: FAR_SCHOOL, name: 'Lycée des Pivoines', academie: 'Lyon', kind: 'lycee' },
    ]),
  );
  const join = (person: number, { uai = SCHOOL, profile = 'staff', classes = [], ...post }: Post) =>
    db.transaction().execute(async (tx) => {
      const known = await ensureClasses(
        tx,
        classes.map((code) => ({ uai, schoolYear: YEAR, code })),
      );
      const each = { person, uai, schoolYear: YEAR, profile, function: post.function ?? null };
      const memberships: NewMembership[] =
        known.length > 0 ? known.map(({ id }) => ({ ...each, classId: id })) : [{ ...each, classId: null }];
      await openMemberships(tx, memberships, at);
    });
  const person: RightsWorld['person'] = async (post = {}) => {
    const { number } = await aPerson(db, { state: post.state ?? 'active' });
    await join(number, post);
    return number;
  };
  return {
    stores,
    now,
    later(days) {
      at = new Date(at.getTime() + days * DAY);
      return at;
    },
    person,
    head: (uai = SCHOOL) => person({ uai, function: 'DIR' }),
    teacher: (classes, uai = SCHOOL) => person({ uai, profile: 'teacher', classes }),
    clerk: (uai = SCHOOL) => person({ uai, function: 'ADF' }),
    pupils: (count, className, uai = SCHOOL) =>
      Promise.all(
        Array.from({ length: count }, () =>
          person({ uai, profile: 'pupil', classes: [className], state: 'dormant' }),
        ),
      ),
    async leave(who) {
      await db.transaction().execute(async (tx) => {
        const open = await tx
          .selectFrom('memberships')
          .select('id')
          .where('person', '=', who)
          .where('until_at', 'is', null)
          .execute();
        await closeMemberships(
          tx,
          open.map(({ id }) => id),
          at,
        );
      });
    },
    rightsOf: (who) => rightsOf(db, who, at),
    close: () => stores.close(),
  };
}
