import type { KeyRing } from '../../crypto/key-ring.ts';
import {
  classesOf,
  type Establishment,
  findEstablishment,
  type SchoolClass,
} from '../../directory/establishments.ts';
import { guardiansOfChildren } from '../../directory/guardianships.ts';
import { classMembers, personsOfScope } from '../../directory/memberships.ts';
import { type NamedPerson, openSorted } from '../../directory/open-establishment.ts';
import type { Db } from '../../storage/postgres.ts';
import type { Profile } from '../../storage/schema.ts';
import { PROFILES_OF, type Whose } from './whose.ts';

/** Pupils and their guardians lie by class, the staff in a pile of the school. */
export type WhichPile =
  | { uai: string; whose: 'pupils' | 'guardians'; className: string }
  | { uai: string; whose: 'staff' };

export type NoPile = { outcome: 'unknown-school' } | { outcome: 'unknown-class' };

interface Found {
  outcome: 'found';
  pile: {
    establishment: Establishment;
    schoolClass: SchoolClass | undefined;
    whose: Whose;
    profiles: readonly Profile[];
  };
  /** Each once, in no order. Who has an account already is among them, and decoys: what they get is bait (bait.ts). */
  persons: number[];
}

export async function findPile(
  db: Db,
  { which, profiles, at }: { which: WhichPile; profiles: readonly Profile[]; at: Date },
): Promise<Found | NoPile> {
  const establishment = await findEstablishment(db, which.uai);
  if (!establishment) return { outcome: 'unknown-school' };
  const { whose } = which;
  const claimable = PROFILES_OF[whose].filter((profile) => profiles.includes(profile));
  const pile = { establishment, whose, profiles: claimable };
  if (which.whose === 'staff') {
    const persons = await staffOf(db, which.uai, claimable);
    return { outcome: 'found', pile: { ...pile, schoolClass: undefined }, persons };
  }
  const schoolClass = (await classesOf(db, which.uai)).find(({ code }) => code === which.className);
  if (!schoolClass) return { outcome: 'unknown-class' };
  const pupils = claimable.length > 0 ? await pupilsOf(db, schoolClass.id, at) : [];
  const persons = whose === 'pupils' ? pupils : await guardiansOf(db, pupils, at);
  return { outcome: 'found', pile: { ...pile, schoolClass }, persons };
}

async function staffOf(db: Db, uai: string, profiles: readonly Profile[]): Promise<number[]> {
  const found = await Promise.all(profiles.map((profile) => personsOfScope(db, { uai, profile })));
  return [...new Set(found.flat())];
}

/** Who teaches the class belongs to it too, and has no letter in its pile. */
async function pupilsOf(db: Db, classId: number, at: Date): Promise<number[]> {
  const members = await classMembers(db, { classId, profile: 'pupil', at });
  return [...new Set(members.map(({ person }) => person))];
}

async function guardiansOf(db: Db, pupils: readonly number[], at: Date): Promise<number[]> {
  const guardianships = await guardiansOfChildren(db, pupils, at);
  return [...new Set(guardianships.map(({ guardian }) => guardian))];
}

/** The guardians of the pupils of a class, as they stand in the directory now. */
export async function guardiansOfClass(db: Db, classId: number, at: Date): Promise<number[]> {
  return guardiansOf(db, await pupilsOf(db, classId, at), at);
}

/** By name; guardians as the children lie through whom they are in it, whoever is responsible first in front. */
export async function openPile(
  db: Db,
  keyRing: KeyRing,
  given: { whose: Whose; classId: number | undefined; persons: readonly number[]; at: Date },
): Promise<NamedPerson[]> {
  const { whose, classId, persons, at } = given;
  const people = await openSorted(db, keyRing, persons);
  if (whose !== 'guardians' || classId === undefined) return people;
  const children = await openSorted(db, keyRing, await pupilsOf(db, classId, at));
  const places = new Map(children.map(({ person }, index) => [person, index]));
  const guardianships = await guardiansOfChildren(db, [...places.keys()], at);
  const placeOf = ({ person }: NamedPerson): number =>
    Math.min(
      ...guardianships
        .filter(({ guardian }) => guardian === person)
        .map(({ child, rank }) => 3 * (places.get(child) ?? 0) + rank),
    );
  return people
    .map((one) => ({ one, place: placeOf(one) }))
    .sort((a, b) => a.place - b.place)
    .map(({ one }) => one);
}
