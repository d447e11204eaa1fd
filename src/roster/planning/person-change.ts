import type { Guardianship } from '../../directory/guardianships.ts';
import { membershipsOfPersons } from '../../directory/memberships.ts';
import { isEmpty, noChange, type PersonChange, type Place } from '../changes.ts';
import {
  differentContacts,
  differentFields,
  differentPlaces,
  type PersonEntry,
  statedFields,
} from './differences.ts';
import type { Directory, KnownPerson } from './known-people.ts';
import { familyOf, placesOfGuardian, placesOfPupil, placesOfStaff } from './places.ts';
import type { Reading } from './planner.ts';
import { differentGuardianships } from './relations.ts';

interface Found {
  entry: PersonEntry;
  known: KnownPerson | undefined;
  /** Made by an earlier line of the same plan: has a name already. */
  wasCreated: boolean;
}

/** Undefined: everything is as the file says. */
export async function changeOfPerson(
  directory: Directory,
  reading: Reading,
  found: Found,
): Promise<PersonChange | undefined> {
  const { entry, known, wasCreated } = found;
  const { academie, source, key } = entry;
  const places = placesOf(entry, reading);
  const change = noChange(known?.person, { academie, source, key });
  change.memberships = differentPlaces(places, membershipsInReach(entry, known, reading));
  if (known?.fields) change.fields = differentFields(entry, known.fields);
  else if (!wasCreated) change.fields = withoutUnknown(entry);
  if (entry.type === 'guardian') await addGuardianships(directory, reading, { entry, known, change });
  if (entry.type !== 'pupil') {
    const stated = { mail: entry.mail, ...(entry.type === 'guardian' ? { phone: entry.phone } : {}) };
    change.contacts = differentContacts(stated, known?.contacts ?? [], schoolsAfter(change, places, known));
  }
  reading.leavers.stay(places);
  if (known) noteLeaving(known, places, reading, change);
  return known && isEmpty(change) ? undefined : change;
}

function placesOf(entry: PersonEntry, { yearOf, legalChildren }: Reading): Place[] {
  if (entry.type === 'pupil') return placesOfPupil(entry, yearOf);
  if (entry.type === 'staff') return placesOfStaff(entry, yearOf);
  return placesOfGuardian(
    legalChildren.of(entry).flatMap(({ uais }) => uais),
    yearOf,
  );
}

/** Of the establishments in the files, and of the profile the record speaks of. */
function membershipsInReach(entry: PersonEntry, known: KnownPerson | undefined, { schools }: Reading) {
  return (known?.memberships ?? []).filter(
    ({ uai, profile }) => schools.has(uai) && familyOf(profile) === entry.type,
  );
}

/** The person's, of the record, and with those of other records and other deliveries. */
function schoolsAfter(
  { memberships }: PersonChange,
  places: readonly Place[],
  known: KnownPerson | undefined,
) {
  const left = new Set(memberships.close);
  const kept = (known?.memberships ?? []).filter(({ id }) => !left.has(id));
  return {
    places: [...new Set(places.map(({ uai }) => uai))],
    stays: new Set([...places, ...kept].map(({ uai }) => uai)),
  };
}

function withoutUnknown(entry: PersonEntry): PersonChange['fields'] {
  return Object.fromEntries(
    Object.entries(statedFields(entry)).filter(([, value]) => value),
  ) as PersonChange['fields'];
}

async function addGuardianships(
  directory: Directory,
  reading: Reading,
  { entry, known, change }: { entry: PersonEntry; known: KnownPerson | undefined; change: PersonChange },
): Promise<void> {
  const rows = known?.guardianships ?? [];
  const leaving = await leavingChildren(directory, reading, rows);
  const isToClose = ({ child }: Guardianship) => reading.seen.pupil.has(child) || leaving.has(child);
  change.guardianships = differentGuardianships(reading.legalChildren.of(entry), rows, isToClose);
  // Where the child's own record was refused, the guardian stays too.
  if (rows.some(({ child }) => reading.refused.has(child))) change.memberships.close = [];
}

/** Children who are in no file and have no school but those of the files. */
export async function leavingChildren(
  { db, now }: Directory,
  reading: Reading,
  guardianships: readonly Guardianship[],
): Promise<Set<number>> {
  const absent = [...new Set(guardianships.map(({ child }) => child))].filter(
    (child) => !reading.seen.pupil.has(child) && !reading.refused.has(child),
  );
  const elsewhere = (await membershipsOfPersons(db, absent, now()))
    .filter(({ profile, uai }) => profile === 'pupil' && !reading.schools.has(uai))
    .map(({ person }) => person);
  return new Set(absent.filter((child) => !elsewhere.includes(child)));
}

function noteLeaving(
  known: KnownPerson,
  places: readonly Place[],
  reading: Reading,
  change: PersonChange,
): void {
  const closing = new Set(change.memberships.close);
  const left = known.memberships.filter(({ id }) => closing.has(id));
  reading.leavers.leave(known.person, left, places);
}
