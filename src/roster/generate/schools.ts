import { placeName } from './names.ts';
import type { SeededRandom } from './random.ts';

export interface School {
  academie: string;
  /** ENTStructureJointure */
  key: string;
  uai: string;
  type: 'COLLEGE' | 'LYCEE';
  name: string;
  town: string;
  classes: { code: string; level: number }[];
}

const LEVELS = {
  COLLEGE: [
    { label: '6E', age: 11 },
    { label: '5E', age: 12 },
    { label: '4E', age: 13 },
    { label: '3E', age: 14 },
  ],
  LYCEE: [
    { label: '2DE', age: 15 },
    { label: '1RE', age: 16 },
    { label: 'TLE', age: 17 },
  ],
} as const;

const PUPILS_PER_CLASS = 26;

export function makeSchools(
  given: { schools: number; pupils: number; academies: readonly string[] },
  random: SeededRandom,
): School[] {
  const perSchool = Math.ceil(given.pupils / given.schools);
  return Array.from({ length: given.schools }, (_, index) => {
    const type = random.chance(0.35) ? 'LYCEE' : 'COLLEGE';
    const academie = given.academies[index % given.academies.length] ?? '1';
    return {
      academie,
      key: String(1000 + index),
      uai: inventedUai(index),
      type,
      name: placeName(random),
      town: placeName(random),
      classes: makeClasses(type, perSchool),
    };
  });
}

function makeClasses(type: School['type'], pupils: number): School['classes'] {
  const levels = LEVELS[type];
  const perLevel = Math.max(1, Math.round(pupils / levels.length / PUPILS_PER_CLASS));
  return levels.flatMap(({ label, age }) =>
    Array.from({ length: perLevel }, (_, index) => ({ code: `${label}${letters(index)}`, level: age })),
  );
}

function letters(index: number): string {
  const last = String.fromCharCode(65 + (index % 26));
  return index < 26 ? last : letters(Math.floor(index / 26) - 1) + last;
}

const CHECK_LETTERS = 'ABCDEFGHJKLMNPRSTUVWXYZ';

/** Right in form, with a check letter no real school can have: seven digits modulo 23 give another one. */
function inventedUai(index: number): string {
  const digits = 9_000_001 + index;
  return `${digits}${CHECK_LETTERS[(digits + 1) % 23]}`;
}
