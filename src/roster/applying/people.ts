import type { Sealer } from '../../crypto/sealed-fields.ts';
import {
  changeFields,
  type FieldName,
  openFieldsOf,
  type PersonFields,
  sealersOf,
} from '../../directory/fields.ts';
import { createPersons, findRosterPersons, type NewPerson } from '../../directory/persons.ts';
import type { Tx } from '../../storage/postgres.ts';
import type { PersonChange, PersonTrace } from '../changes.ts';
import type { Directory } from '../planning/known-people.ts';

/** One person of a batch: what is to be done, what seals for them, and what was done so far. */
export interface PersonOfBatch {
  change: PersonChange;
  /** Undefined: erased meanwhile; only rows without content can still change. */
  sealer: Sealer | undefined;
  trace: PersonTrace;
}

/** Creates those who are new, changes the fields of the others. */
export async function findOrCreate(
  tx: Tx,
  directory: Directory,
  changes: readonly PersonChange[],
  at: Date,
): Promise<PersonOfBatch[]> {
  const numbers = await findNumbers(tx, directory, changes);
  const newOnes = changes.filter((_, index) => numbers[index] === undefined);
  const created = await createPersons(tx, newOnes.map(newPersonOf), { ...directory, at });
  const persons = numbers.map((number) => number ?? created.shift() ?? 0);
  const sealers = await sealersOf(tx, directory.keyRing, persons);
  const people = changes.map((change, index) => {
    const person = persons[index] ?? 0;
    const trace = emptyTrace(person, numbers[index] === undefined);
    return { change, sealer: sealers.get(person), trace };
  });
  await changeKnownFields(tx, directory, people, at);
  return people;
}

async function findNumbers(
  tx: Tx,
  { digests }: Directory,
  changes: readonly PersonChange[],
): Promise<(number | undefined)[]> {
  const keys = changes.flatMap(({ person, rosterKey }) =>
    person === undefined && rosterKey ? [rosterKey] : [],
  );
  const found = await findRosterPersons(tx, digests, keys);
  return changes.map(({ person, rosterKey }) => person ?? (rosterKey ? found.shift() : undefined));
}

function newPersonOf({ fields, rosterKey }: PersonChange): NewPerson {
  const known = Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== null),
  ) as PersonFields;
  return { fields: known, ...(rosterKey ? { rosterKey } : {}) };
}

function emptyTrace(person: number, isNew: boolean): PersonTrace {
  const rows = () => ({ opened: [], closed: [] });
  return { person, isNew, before: {}, contacts: rows(), memberships: rows(), guardianships: rows() };
}

async function changeKnownFields(
  tx: Tx,
  { keyRing, digests }: Directory,
  people: readonly PersonOfBatch[],
  at: Date,
): Promise<void> {
  const changing = people.filter(
    ({ change, trace }) => !trace.isNew && Object.keys(change.fields).length > 0,
  );
  const former = await openFieldsOf(
    tx,
    keyRing,
    changing.map(({ trace }) => trace.person),
  );
  for (const { change, trace } of changing) {
    for (const field of Object.keys(change.fields) as FieldName[]) {
      trace.before[field] = former.get(trace.person)?.[field] ?? null;
    }
  }
  const sealable = changing.flatMap(({ change: { fields }, sealer }) => (sealer ? [{ sealer, fields }] : []));
  await changeFields(tx, sealable, { digests, at });
}
