import type { KeyRing } from '../crypto/key-ring.ts';
import { openFieldsOf, type PersonFields } from '../directory/fields.ts';
import type { Db } from '../storage/postgres.ts';

/** Their lines are written. Nothing but the two fields is opened. */
export function openNames(
  db: Db,
  keyRing: KeyRing,
  persons: readonly number[],
): Promise<Map<number, PersonFields>> {
  return openFieldsOf(db, keyRing, persons, ['given_name', 'family_name']);
}

export interface Named {
  /** « Martin Zoé » sorts, « Zoé Martin » is read. */
  name: string;
  sortedBy: string;
}

export function nameOf(fields: PersonFields | undefined): Named {
  const { given_name: given = '', family_name: family = '' } = fields ?? {};
  return { name: `${given} ${family}`.trim(), sortedBy: `${family} ${given}`.trim() };
}

export function sortedByName<T extends Named>(people: readonly T[]): T[] {
  const collator = new Intl.Collator('fr');
  return [...people].sort((one, other) => collator.compare(one.sortedBy, other.sortedBy));
}
