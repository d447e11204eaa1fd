import type { Profile } from '../../storage/schema.ts';

/** Schools and people nobody can meet: for integrators to sign in as. Their order is their name for good. */
export const SCHOOLS = [
  { uai: '0000001S', name: 'Collège d’essai', academie: 'Essai', kind: 'sandbox' },
  { uai: '0000002S', name: 'Lycée d’essai', academie: 'Essai', kind: 'sandbox' },
] as const;

type SchoolCode = (typeof SCHOOLS)[number]['uai'];

export interface PersonaPart {
  readonly givenName: string;
  readonly familyName: string;
  readonly memberships: readonly {
    uai: SchoolCode;
    profile: Profile;
    classCode?: string;
    function?: string;
  }[];
  /** Of the cast, by position: whom this one speaks for. */
  readonly children?: readonly number[];
}

const [COLLEGE, LYCEE] = ['0000001S', '0000002S'] as const;

export const CAST: readonly PersonaPart[] = [
  {
    givenName: 'Camille',
    familyName: 'Essai-Dubois',
    memberships: [{ uai: COLLEGE, profile: 'pupil', classCode: '6A' }],
  },
  {
    givenName: 'Sacha',
    familyName: 'Essai-Dubois',
    memberships: [{ uai: LYCEE, profile: 'pupil', classCode: '2B' }],
  },
  {
    givenName: 'Dominique',
    familyName: 'Essai-Dubois',
    memberships: [
      { uai: COLLEGE, profile: 'guardian' },
      { uai: LYCEE, profile: 'guardian' },
    ],
    children: [0, 1],
  },
  {
    givenName: 'Alix',
    familyName: 'Essai-Moreau',
    memberships: [
      { uai: COLLEGE, profile: 'teacher', classCode: '6A' },
      { uai: COLLEGE, profile: 'teacher', classCode: '5C' },
    ],
  },
  {
    givenName: 'Noor',
    familyName: 'Essai-Garnier',
    memberships: [{ uai: COLLEGE, profile: 'staff', function: 'ADF' }],
  },
  {
    givenName: 'Lou',
    familyName: 'Essai-Petit',
    memberships: [
      { uai: LYCEE, profile: 'teacher', classCode: '2B' },
      { uai: COLLEGE, profile: 'guardian' },
    ],
  },
];
