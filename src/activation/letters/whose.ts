import type { Profile } from '../../storage/schema.ts';

/** Whose letters a pile holds. */
export type Whose = 'pupils' | 'guardians' | 'staff';

/** As what they are in it. */
export const PROFILES_OF: Readonly<Record<Whose, readonly Profile[]>> = {
  pupils: ['pupil'],
  guardians: ['guardian'],
  staff: ['teacher', 'staff'],
};

export function whoseLetters(profile: Profile): Whose {
  if (profile === 'pupil') return 'pupils';
  return profile === 'guardian' ? 'guardians' : 'staff';
}
