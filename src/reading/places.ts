import { findEstablishments } from '../directory/establishments.ts';
import type { Db } from '../storage/postgres.ts';
import type { Profile } from '../storage/schema.ts';
import type { Reached } from './reach.ts';

/** What somebody is, where: as a line on a page. */
export interface PlaceShown {
  profile: Profile;
  school: string;
  classes: readonly string[];
}

/** One line per school and profile, with its classes. */
export async function placesShown(
  db: Db,
  people: readonly Pick<Reached, 'person' | 'memberships'>[],
): Promise<Map<number, PlaceShown[]>> {
  const uais = people.flatMap(({ memberships }) => memberships.map(({ uai }) => uai));
  const schools = await findEstablishments(db, [...new Set(uais)]);
  const nameOf = (uai: string): string => schools.find((school) => school.uai === uai)?.name ?? uai;
  return new Map(
    people.map(({ person, memberships }) => {
      const byPlace = Map.groupBy(memberships, ({ uai, profile }) => `${uai} ${profile}`);
      const places = [...byPlace.values()].flatMap((some): PlaceShown[] => {
        const [first] = some;
        const classes = some.flatMap(({ classCode }) => (classCode === null ? [] : [classCode]));
        return first ? [{ profile: first.profile, school: nameOf(first.uai), classes }] : [];
      });
      return [person, places] as const;
    }),
  );
}
