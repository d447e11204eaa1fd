import type { Digests } from '../../crypto/digests.ts';
import type { ChangedRow } from '../../directory/changed-row.ts';
import { closeContacts, openContacts } from '../../directory/contacts.ts';
import { ensureClasses } from '../../directory/establishments.ts';
import { closeGuardianships, openGuardianships } from '../../directory/guardianships.ts';
import { closeMemberships, openMemberships } from '../../directory/memberships.ts';
import { findRosterPersons } from '../../directory/persons.ts';
import type { Tx } from '../../storage/postgres.ts';
import type { PersonTrace, RowTrace } from '../changes.ts';
import type { PersonOfBatch } from './people.ts';

type Rows = 'contacts' | 'memberships' | 'guardianships';

/** The old ends before the new begins: a rank or a class that changes is two rows. */
export async function applyMemberships(
  tx: Tx,
  people: readonly PersonOfBatch[],
  { plan, at }: { plan: string; at: Date },
): Promise<void> {
  note(people, 'memberships', { closed: await closeMemberships(tx, toClose(people, 'memberships'), at) });
  const places = people.flatMap(({ change, trace }) =>
    change.memberships.open.map((place) => ({ person: trace.person, plan, ...place })),
  );
  const classes = await ensureClasses(
    tx,
    places.flatMap(({ uai, schoolYear, classCode }) =>
      classCode ? [{ uai, schoolYear, code: classCode }] : [],
    ),
  );
  const idOf = new Map(classes.map(({ id, uai, schoolYear, code }) => [`${uai} ${schoolYear} ${code}`, id]));
  const rows = places.map(({ classCode, ...place }) => ({
    ...place,
    classId: classCode ? (idOf.get(`${place.uai} ${place.schoolYear} ${classCode}`) ?? null) : null,
  }));
  note(people, 'memberships', { opened: await openMemberships(tx, rows, at) });
}

export async function applyGuardianships(
  tx: Tx,
  people: readonly PersonOfBatch[],
  given: { digests: Digests; plan: string; at: Date },
): Promise<void> {
  const closed = await closeGuardianships(tx, toClose(people, 'guardianships'), given.at);
  note(people, 'guardianships', { closed });
  const stated = people.flatMap(({ change, trace }) =>
    change.guardianships.open.map((guardianship) => ({ guardian: trace.person, ...guardianship })),
  );
  const children = await findRosterPersons(
    tx,
    given.digests,
    stated.map(({ child }) => child),
  );
  const rows = stated.flatMap(({ guardian, rank, relation }, index) => {
    const child = children[index];
    return child === undefined ? [] : [{ guardian, child, rank, relation, plan: given.plan }];
  });
  note(people, 'guardianships', { opened: await openGuardianships(tx, rows, given.at) });
}

export async function applyContacts(
  tx: Tx,
  people: readonly PersonOfBatch[],
  given: { digests: Digests; plan: string; at: Date },
): Promise<void> {
  note(people, 'contacts', { closed: await closeContacts(tx, toClose(people, 'contacts'), given.at) });
  const rows = people.flatMap(({ change, sealer }) =>
    sealer ? change.contacts.open.map((contact) => ({ sealer, ...contact })) : [],
  );
  note(people, 'contacts', { opened: await openContacts(tx, rows, given) });
}

function toClose(people: readonly PersonOfBatch[], rows: Rows): number[] {
  return people.flatMap(({ change }) => change[rows].close);
}

function note(
  people: readonly PersonOfBatch[],
  rows: Rows,
  changed: Partial<Record<keyof RowTrace, ChangedRow[]>>,
): void {
  const traces = new Map<number, PersonTrace>(people.map(({ trace }) => [trace.person, trace]));
  for (const { id, person } of changed.opened ?? []) traces.get(person)?.[rows].opened.push(id);
  for (const { id, person } of changed.closed ?? []) traces.get(person)?.[rows].closed.push(id);
}
