import { join } from '../sessions/people.ts';
import type { Place, Somebody } from './contracts-oracle.ts';
import type { TestDoor } from './door-harness.ts';
import { aPerson, guards } from './people.ts';

export const [PARIS, LYON] = ['0750001A', '0690002B'];

/** One of each profile, some with two places at once, and the last one made up. */
export async function castOf(test: TestDoor): Promise<Somebody[]> {
  const lina = await somebody(test, 'Lina', [{ profile: 'pupil', uai: PARIS, code: '6A' }]);
  const tom = await somebody(test, 'Tom', [{ profile: 'pupil', uai: LYON, code: '3C' }]);
  const made = await somebody(test, 'Essai', [{ profile: 'pupil', uai: LYON, code: '5B' }]);
  const real = [
    lina,
    await somebody(test, 'Ada', [{ profile: 'guardian', uai: LYON }], { children: [lina], knows: tom }),
    await somebody(test, 'Paul', [{ profile: 'teacher', uai: PARIS, code: '6A' }]),
    await somebody(test, 'Jean', [{ profile: 'staff', uai: LYON }]),
    await somebody(test, 'Rosa', [
      { profile: 'teacher', uai: PARIS, code: '6A' },
      { profile: 'teacher', uai: LYON, code: '3C' },
    ]),
    await somebody(
      test,
      'Nour',
      [
        { profile: 'guardian', uai: PARIS },
        { profile: 'teacher', uai: LYON, code: '3C' },
      ],
      { children: [lina, tom] },
    ),
  ];
  const places: Place[] = [
    { profile: 'guardian', uai: PARIS },
    { profile: 'staff', uai: LYON },
  ];
  const persona = await somebody(test, 'Camille', places, { children: [made], knows: tom });
  for (const [position, { number }] of [persona, made].entries())
    await test.stores.db.insertInto('personas').values({ person: number, position }).execute();
  return [...real, { ...persona, isPersona: true }];
}

async function somebody(
  test: TestDoor,
  givenName: string,
  places: readonly Place[],
  { children = [], knows }: { children?: Somebody[]; knows?: Somebody } = {},
): Promise<Somebody> {
  const [first, ...others] = places;
  const person = await aPerson(test, { givenName, ...first });
  const { db } = test.stores;
  for (const place of others) await join(db, { person: person.number, ...place });
  for (const child of children) await guards(db, person, child);
  // A mere contact, who answers for nobody.
  if (knows) await guards(db, person, knows, 0);
  return { ...person, givenName, places, children, isPersona: false };
}
