import type { Change } from '../changes.ts';

/**
 * How many changes bear on who may give a second proof: guardians, contacts, and who belongs to the staff. Whoever can
 * print a school's letters must not also say, by a file, who vouches for them (design promise 1), nor what the school is
 * called and where it is told of what happened.
 */
export interface Bearing {
  opened: number;
  closed: number;
}

export function bearingOf(change: Change): Bearing {
  if (change.kind === 'establishment') return { opened: 0, closed: 0 };
  const { guardianships, contacts, memberships } = change;
  const staff = memberships.open.filter(({ profile }) => profile === 'teacher' || profile === 'staff');
  const opened = guardianships.open.length + contacts.open.length + staff.length;
  // Whose membership ends, the plan knows by number alone: a pupil's bears nothing, and a few too many are harmless.
  return { opened, closed: guardianships.close.length + contacts.close.length + memberships.close.length };
}
