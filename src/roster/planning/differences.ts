import type { Contact, ContactKind } from '../../directory/contacts.ts';
import type { Establishment } from '../../directory/establishments.ts';
import type { FieldName, PersonFields } from '../../directory/fields.ts';
import type { Membership } from '../../directory/memberships.ts';
import type { PersonChange, Place } from '../changes.ts';
import type { GuardianEntry, PupilEntry, StaffEntry, Stated } from '../entry.ts';

export type PersonEntry = PupilEntry | GuardianEntry | StaffEntry;

export function statedFields(entry: PersonEntry): Partial<Record<FieldName, Stated<string>>> {
  return {
    given_name: entry.givenName,
    family_name: entry.familyName,
    birth_name: entry.birthName,
    ...(entry.type === 'pupil' ? { birth_date: entry.birthDate, ine: entry.ine } : {}),
  };
}

/** What the source does not speak of stays; what it says there is none of goes. */
export function differentFields(entry: PersonEntry, known: PersonFields): PersonChange['fields'] {
  const changed: PersonChange['fields'] = {};
  for (const [field, value] of Object.entries(statedFields(entry)) as [FieldName, Stated<string>][]) {
    if (value !== undefined && (known[field] ?? null) !== value) changed[field] = value;
  }
  return changed;
}

export function differentPlaces(
  wanted: readonly Place[],
  known: readonly Membership[],
): PersonChange['memberships'] {
  const wantedIds = new Set(wanted.map(placeId));
  const knownIds = new Set(known.map(placeId));
  return {
    open: wanted.filter((place) => !knownIds.has(placeId(place))),
    close: known.filter((membership) => !wantedIds.has(placeId(membership))).map(({ id }) => id),
  };
}

function placeId(place: Place): string {
  return JSON.stringify([place.uai, place.schoolYear, place.profile, place.classCode, place.function]);
}

/**
 * Replaced is what schools of this roster said, and what those said whom the person has left: no file of theirs would
 * ever take it back. What the person said, or another school of theirs, stays.
 */
export function differentContacts(
  stated: Partial<Record<ContactKind, Stated<string>>>,
  known: readonly Contact[],
  { places: [uai, ...more], stays }: { places: readonly string[]; stays: ReadonlySet<string> },
): PersonChange['contacts'] {
  const open: PersonChange['contacts']['open'] = [];
  const close: number[] = [];
  if (uai === undefined) return { open, close };
  const isReplaced = (by: string) => by === uai || more.includes(by) || !stays.has(by);
  for (const [kind, value] of Object.entries(stated) as [ContactKind, Stated<string>][]) {
    if (value === undefined) continue;
    const said = known.filter((contact) => contact.kind === kind && contact.uai !== null);
    const [same, ...copies] = said.filter((contact) => contact.value === value);
    const others = said.filter((contact) => contact.value !== value && isReplaced(contact.uai ?? ''));
    close.push(...[...others, ...copies].map(({ id }) => id));
    if (value !== null && !same) open.push({ uai, kind, value });
  }
  return { open, close };
}

export function isAsStated(known: Establishment, { name, academie, kind, mail }: Establishment): boolean {
  const isSame = known.name === name && known.academie === academie && known.kind === kind;
  return isSame && (mail === undefined || (known.mail ?? null) === mail);
}
