import type { Change, PersonChange } from '../changes.ts';

/**
 * How many changes bear on who may give a second proof: guardians, contacts, and who belongs to the staff. Whoever can
 * print a school's letters must not also say, by a file, who vouches for them (design promise 1), nor what the school is
 * called and where it is told of what happened.
 */
export interface Bearing {
  opened: number;
  closed: number;
  /** Of the closed: guardianships, contacts and heads, without whom nobody would be told of a claim. */
  cut: number;
}

export const NO_BEARING: Bearing = { opened: 0, closed: 0, cut: 0 };

export function bearingOf(change: Change): Bearing {
  if (change.kind === 'establishment') return NO_BEARING;
  const { guardianships, contacts, memberships } = change;
  const staff = memberships.open.filter(({ profile }) => profile === 'teacher' || profile === 'staff');
  const opened = guardianships.open.length + contacts.open.length + staff.length;
  // Whose membership ends, the plan knows by number alone: a pupil's bears nothing, and a few too many are harmless.
  const cut = guardianships.close.length + contacts.close.length;
  return { opened, closed: cut + memberships.close.length, cut };
}

/** Of the memberships that a change closes: where a school has no address of its own, its heads are told for it. */
export function headsAmong(
  rows: readonly { id: number; function: string | null }[],
  { memberships }: PersonChange,
): number {
  return rows.filter((row) => row.function === 'DIR' && memberships.close.includes(row.id)).length;
}
