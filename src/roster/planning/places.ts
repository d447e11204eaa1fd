import type { Profile } from '../../storage/schema.ts';
import type { Place } from '../changes.ts';
import type { PupilEntry, StaffEntry } from '../entry.ts';

type YearOf = (uai: string) => number;

/** Of which a pupil's, a guardian's and a staff member's record speaks. */
export const PROFILES = {
  pupil: ['pupil'],
  guardian: ['guardian'],
  staff: ['teacher', 'staff'],
} as const satisfies Record<string, readonly Profile[]>;
export type Family = keyof typeof PROFILES;

export function familyOf(profile: Profile): Family {
  return profile === 'teacher' ? 'staff' : profile;
}

/** Professeur principal: the class a teacher is the main one of. */
const MAIN_TEACHER = 'PP';

export function placesOfPupil({ enrolments }: PupilEntry, yearOf: YearOf): Place[] {
  return enrolments.flatMap(({ uai, classes }) =>
    (classes.length > 0 ? classes : [null]).map((classCode) => ({
      uai,
      schoolYear: yearOf(uai),
      classCode,
      profile: 'pupil' as const,
      function: null,
    })),
  );
}

/** One for each function, one for each class. */
export function placesOfStaff({ posts }: StaffEntry, yearOf: YearOf): Place[] {
  return posts.flatMap(({ uai, profile, functions, classes, mainClasses }) => {
    const at = { uai, schoolYear: yearOf(uai), profile };
    const held: Place[] = functions.map((code) => ({ ...at, classCode: null, function: code }));
    const taught: Place[] = classes.map((classCode) => ({
      ...at,
      classCode,
      function: mainClasses.includes(classCode) ? MAIN_TEACHER : null,
    }));
    const places = [...held, ...taught];
    return places.length > 0 ? places : [{ ...at, classCode: null, function: null }];
  });
}

/** Guardians belong where the children are for whom they answer by law. */
export function placesOfGuardian(uais: Iterable<string>, yearOf: YearOf): Place[] {
  return [...new Set(uais)].map((uai) => ({
    uai,
    schoolYear: yearOf(uai),
    classCode: null,
    profile: 'guardian' as const,
    function: null,
  }));
}
