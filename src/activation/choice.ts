import type { StandingMembership } from '../sessions/standing.ts';
import type { Settings } from '../settings.ts';
import type { Profile } from '../storage/schema.ts';
import type { CeremonyName } from './ceremony.ts';

type Choice = Settings['activation']['ceremonies'];
type Place = Pick<StandingMembership, 'profile' | 'establishment' | 'academie'>;

/** Which ceremonies may claim an account, the one to name first in front. */
export type CeremoniesOf = (person: { memberships: readonly Place[] }) => CeremonyName[];

/**
 * Whoever is in no roster is an officer above the schools, and claims as other staff do.
 * As config/ says for the establishment, else for its académie, else everywhere. Whoever is several things is claimed
 * only by what is allowed for each of them: a teacher who is also a guardian never by less than a teacher.
 */
export function createCeremoniesOf(choice: Choice): CeremoniesOf {
  const ofPlace = ({ profile, establishment, academie }: Place): readonly CeremonyName[] =>
    choice.establishments[establishment]?.[profile] ??
    choice.academies[academie]?.[profile] ??
    choice.everywhere[profile];
  return ({ memberships }) => {
    if (memberships.length === 0) return [...choice.everywhere.staff];
    const [first, ...others] = memberships.map(ofPlace);
    return (first ?? []).filter((name) => others.every((allowed) => allowed.includes(name)));
  };
}

/** Whose accounts some ceremony can claim somewhere: they get letters. */
export function claimableProfiles(choice: Choice): Profile[] {
  const profiles = Object.keys(choice.everywhere) as Profile[];
  const places = [
    choice.everywhere,
    ...Object.values(choice.academies),
    ...Object.values(choice.establishments),
  ];
  return profiles.filter((profile) => places.some((place) => (place[profile] ?? []).length > 0));
}

/** Those offered to somebody whose profile is not known yet: all that are in use anywhere. */
export function ceremoniesInUse(choice: Choice): CeremonyName[] {
  const places = [
    choice.everywhere,
    ...Object.values(choice.academies),
    ...Object.values(choice.establishments),
  ];
  return [...new Set(places.flatMap((place) => Object.values(place).flatMap((names) => names ?? [])))];
}
