import type {
  EstablishmentEntry,
  PupilEntry,
  Relation,
  RosterEntry,
  RosterItem,
  StaffEntry,
  Stated,
} from '../entry.ts';
import { problem } from '../problem.ts';
import type { RecordReading } from '../record-reading.ts';
import { type Child, type RowEntries, readRow } from './row-entries.ts';

type Row = RowEntries & { person: NonNullable<RowEntries['person']> };

/** A person may stand on several lines (schools, profiles) under one key, if all tell the same names. */
export class CsvPeople {
  readonly #establishments = new Map<string, EstablishmentEntry>();
  readonly #rows = new Map<string, Row[]>();
  readonly #refusedWhole: RosterItem[] = [];

  add(reading: RecordReading): void {
    const { establishment, person } = readRow(reading);
    if (!person || reading.isCondemned) return void this.#refusedWhole.push(...reading.problems);
    if (establishment) this.#addEstablishment(establishment, reading);
    const id = `${person.academie} ${person.key}`;
    const rows = this.#rows.get(id) ?? [];
    const former = rows.find((row) => contradicts(row.person, person));
    if (former) {
      reading.problems.push(
        problem(reading.at, 'duplicate-key', 'nothing-applied', `line ${former.reading.at.line}`),
      );
    }
    this.#rows.set(id, [...rows, { reading, establishment, person }]);
  }

  *items(): Generator<RosterItem> {
    yield* this.#refusedWhole;
    yield* this.#establishments.values();
    const relations = this.#relations();
    for (const stage of ['pupil', 'guardian', 'staff'] as const) {
      for (const rows of this.#rows.values()) yield* personItems(rows, stage, relations);
    }
  }

  #addEstablishment(establishment: EstablishmentEntry, reading: RecordReading): void {
    const known = this.#establishments.get(establishment.uai);
    if (!known) return void this.#establishments.set(establishment.uai, { ...establishment });
    const isSame = known.name === establishment.name && known.academie === establishment.academie;
    if (!isSame) reading.note('contradiction', 'nothing-applied');
    known.classes = [...new Set([...known.classes, ...establishment.classes])];
  }

  /** Guardian lines name children; entries name guardians. */
  #relations(): ReadonlyMap<string, Relation[]> {
    const relations = new Map<string, Relation[]>();
    for (const { person, reading } of [...this.#rows.values()].flat()) {
      if (person.type !== 'guardian') continue;
      for (const child of person.children)
        this.#relate(`${person.academie} ${child.child}`, child, reading, relations);
    }
    return relations;
  }

  #relate(
    id: string,
    { child: _, ...relation }: Child,
    reading: RecordReading,
    into: Map<string, Relation[]>,
  ): void {
    const isPupil = this.#rows.get(id)?.some(({ person }) => person.type === 'pupil');
    if (isPupil) into.set(id, [...(into.get(id) ?? []), relation]);
    else reading.note('dangling-child', 'nothing-applied');
  }
}

/** Same key: another name or birth date is another human; the same school and profile again is a copy. */
function contradicts(a: Row['person'], b: Row['person']): boolean {
  if (a.familyName !== b.familyName || a.givenName !== b.givenName) return true;
  if (a.type !== b.type) return false;
  if (a.type === 'pupil' && b.type === 'pupil') {
    return a.birthDate !== b.birthDate || a.ine !== b.ine || a.enrolments[0]?.uai === b.enrolments[0]?.uai;
  }
  if (a.type === 'staff' && b.type === 'staff') {
    return a.posts[0]?.uai === b.posts[0]?.uai && a.posts[0]?.profile === b.posts[0]?.profile;
  }
  return true;
}

type Stage = 'pupil' | 'guardian' | 'staff';

function* personItems(
  rows: readonly Row[],
  stage: Stage,
  relations: ReadonlyMap<string, Relation[]>,
): Generator<RosterItem> {
  const [first] = rows;
  if (!first) return;
  const { academie, source, key } = first.person;
  if (rows.some(({ reading }) => reading.isRefused)) {
    if (stage !== 'pupil') return;
    yield* rows.flatMap(({ reading }) => reading.problems);
    return yield { type: 'refused', academie, source, key };
  }
  yield* rows.filter(({ person }) => person.type === stage).flatMap(({ reading }) => reading.problems);
  const entry = merged(rows, stage, relations.get(`${academie} ${key}`) ?? []);
  if (entry) yield entry;
}

function merged(rows: readonly Row[], stage: Stage, relations: Relation[]): RosterEntry | undefined {
  if (stage === 'pupil') return mergedPupil(rows, relations);
  if (stage === 'staff') return mergedStaff(rows);
  const guardian = rows.map(({ person }) => person).find((person) => person.type === 'guardian');
  if (!guardian) return undefined;
  const { children: _, ...entry } = guardian;
  return { ...entry, mail: mailOf(rows) };
}

function mergedPupil(rows: readonly Row[], relations: Relation[]): PupilEntry | undefined {
  const pupils = rows.flatMap(({ person }) => (person.type === 'pupil' ? [person] : []));
  const [first] = pupils;
  return first && { ...first, enrolments: pupils.flatMap(({ enrolments }) => enrolments), relations };
}

function mergedStaff(rows: readonly Row[]): StaffEntry | undefined {
  const staff = rows.flatMap(({ person }) => (person.type === 'staff' ? [person] : []));
  const [first] = staff;
  if (!first) return undefined;
  const isGuardianToo = rows.some(({ person }) => person.type === 'guardian');
  const mail = isGuardianToo ? undefined : mailOf(rows);
  return { ...first, mail, posts: staff.flatMap(({ posts }) => posts) };
}

/** One person has one mail, on whichever of their lines it stands; it is stated once. */
function mailOf(rows: readonly Row[]): Stated<string> {
  const stated = rows.flatMap(({ person }) => (person.type === 'pupil' ? [] : [person.mail]));
  return stated.find((mail) => mail) ?? stated[0];
}
