import type { Kind } from './apps/screen.ts';

/** Who can be played. Their rows in the roster bear these keys. */
export interface Part {
  key: string;
  name: string;
  profile: 'pupil' | 'guardian' | 'teacher' | 'staff';
  /** For whoever reads the terminal. */
  about: string;
}

export const ACADEMIE = '99';
export const SOURCE = 'csv';

/** Its window stays open while the demo runs. */
export const DEMO_CLASS = { uai: '0990101Q', className: '6A' };

export const DORMANT: readonly Part[] = [
  { key: 'E001', name: 'Lina Belhadi', profile: 'pupil', about: 'élève de 6A' },
  { key: 'E002', name: 'Noé Marchandel', profile: 'pupil', about: 'élève de 6A' },
  { key: 'E003', name: 'Inès Kervadec', profile: 'pupil', about: 'élève de 6A' },
  { key: 'E004', name: 'Tom Vasselin', profile: 'pupil', about: 'élève de 6A' },
  { key: 'E005', name: 'Jade Ouattarand', profile: 'pupil', about: 'élève de 6A' },
  { key: 'E006', name: 'Malo Peyrissac', profile: 'pupil', about: 'élève de 6A' },
];

export const ACTIVE: readonly Part[] = [
  { key: 'E015', name: 'Sami Belhadi', profile: 'pupil', about: 'élève de 2B' },
  {
    key: 'R001',
    name: 'Nora Belhadi',
    profile: 'guardian',
    about: 'mère de Lina (collège) et de Sami (lycée)',
  },
  { key: 'A001', name: 'Mathilde Aubrac', profile: 'teacher', about: 'enseigne en 6A et 5C' },
  { key: 'A006', name: 'Hélène Garance', profile: 'staff', about: 'dirige le collège' },
  { key: 'A007', name: 'Jean-Loup Portefaix', profile: 'staff', about: 'distribue les lettres du collège' },
];

export interface OfficerPart extends Part {
  profile: 'staff';
  /** In no roster: they are found again by the address of their invitation. */
  mail: string;
}

/** Above the schools: the first officer, and one of the schools' académie, whom she and the operator appoint. */
export const FIRST_OFFICER: OfficerPart = {
  key: 'N001',
  name: 'Solveig Maunier',
  profile: 'staff',
  mail: 'solveig.maunier@national.example',
  about: 'responsable nationale : nomme, à deux, les responsables',
};
export const ACADEMIE_OFFICER: OfficerPart = {
  key: 'N002',
  name: 'Baptiste Quéméneur',
  profile: 'staff',
  mail: 'baptiste.quemeneur@ac-exemple.example',
  about: 'responsable de l’académie : fichiers à appliquer, lectures, alertes',
};
export const OFFICERS = [FIRST_OFFICER, ACADEMIE_OFFICER];

/** Who gives the right to hand out letters, and who has it. */
export const HEAD = 'A006';
export const DISTRIBUTOR = 'A007';

export interface ApplicationPart {
  kind: Kind;
  name: string;
  publisher: string;
  idTokenAlg: 'RS256' | 'ES256';
}

/** Of two publishers, who know the same person under two names. */
export const APPLICATIONS: readonly [ApplicationPart, ApplicationPart] = [
  {
    kind: 'timetable',
    name: 'Emploi du temps',
    publisher: 'Emploi du temps SARL',
    idTokenAlg: 'ES256',
  },
  { kind: 'library', name: 'CDI en ligne', publisher: 'Les Rayons', idTokenAlg: 'RS256' },
];
