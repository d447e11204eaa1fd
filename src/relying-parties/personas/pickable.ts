import type { KeyRing } from '../../crypto/key-ring.ts';
import { openFieldsOf } from '../../directory/fields.ts';
import { membershipsOfPersons } from '../../directory/memberships.ts';
import type { Db } from '../../storage/postgres.ts';
import type { Profile } from '../../storage/schema.ts';
import { selectPickable } from './store.ts';

export interface Pickable {
  readonly person: number;
  readonly id: string;
  readonly name: string;
  readonly profiles: readonly Profile[];
  readonly classes: readonly string[];
}

/** The made-up people. In the demo everybody is: those with an account can be picked there too. */
export async function listPickable(from: {
  db: Db;
  keyRing: KeyRing;
  now: () => Date;
  isDemo: boolean;
}): Promise<Pickable[]> {
  const rows = await selectPickable(from.db, from.isDemo ? 'demo' : 'personas');
  const persons = rows.map(({ person }) => person);
  const [names, memberships] = await Promise.all([
    openFieldsOf(from.db, from.keyRing, persons),
    membershipsOfPersons(from.db, persons, from.now()),
  ]);
  const held = Map.groupBy(memberships, ({ person }) => person);
  return rows.map(({ person, id }) => {
    const own = held.get(person) ?? [];
    const { given_name: given = '', family_name: family = '' } = names.get(person) ?? {};
    return {
      ...{ person, id, name: `${given} ${family}`.trim() },
      profiles: [...new Set(own.map(({ profile }) => profile))],
      classes: [...new Set(own.flatMap(({ classCode }) => classCode ?? []))],
    };
  });
}
