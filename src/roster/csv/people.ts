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

/** A person may stand on several lines (schools, profiles, files) under one key, if all tell the same names. */
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
    const former = rows.find((row) => contradicts(row.person, person))?.reading.at;
    if (former) {
      const detail = `line ${former.line} of ${former.file}`;
      reading.problems.push(problem(reading.at, 'duplicate-key', 'nothing-applied', detail));
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
    if (!isPupil) return void reading.note('dangling-child', 'nothing-applied');
    const known = into.get(id) ?? [];
    const isOther = ({ guardian, rank }: Relation) =>
      guardian === relation.guardian && rank !== relation.rank;
    if (known.some(isOther)) return void reading.note('relation', 'record-refused');
    into.set(id, [...known, relation]);
  }
}

/**
 * Same key: another name or birth date is another human; the same school and profile again is a copy. A guardian may
 * stand in several files, once in each.
 */
function contradicts(a: Row['person'], b: Row['person']): boolean {
  if (a.familyName !== b.familyName || a.givenName !== b.givenName) return true;
  if (a.type !== b.type) return false;
  if (a.type === 'pupil' && b.type === 'pupil') {
    const isOther = differs(a.birthDate, b.birthDate) || differs(a.ine, b.ine);
    return isOther || a.enrolments[0]?.uai === b.enrolments[0]?.uai;
  }
  if (a.type === 'staff' && b.type === 'staff') {
    return a.posts[0]?.uai === b.posts[0]?.uai && a.posts[0]?.profile === b.posts[0]?.profile;
  }
  return a.at.file === b.at.file;
}

/** A file may lack a column that another has. */
function differs(one: Stated<string>, other: Stated<string>): boolean {
  return one !== undefined && other !== undefined && one !== other;
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
    const isUnread = rows.some(({ reading }) => reading.problems.some(({ reason }) => reason === 'relation'));
    return yield { type: 'refused', academie, source, key, ...(isUnread && { children: 'unread' as const }) };
  }
  yield* rows.filter(({ person }) => person.type === stage).flatMap(({ reading }) => reading.problems);
  const entry = merged(rows, stage, relations.get(`${academie} ${key}`) ?? []);
  if (entry) yield entry;
}

function merged(rows: readonly Row[], stage: Stage, relations: Relation[]): RosterEntry | undefined {
  if (stage === 'pupil') return mergedPupil(rows, relations);
  if (stage === 'staff') return mergedStaff(rows);
  const guardians = rows.flatMap(({ person }) => (person.type === 'guardian' ? [person] : []));
  const [first] = guardians;
  if (!first) return undefined;
  const { children: _, ...entry } = first;
  return {
    ...{ ...entry, birthName: stated(guardians, 'birthName') },
    ...{ mail: mailOf(rows), phone: stated(guardians, 'phone') },
  };
}

function mergedPupil(rows: readonly Row[], relations: Relation[]): PupilEntry | undefined {
  const pupils = rows.flatMap(({ person }) => (person.type === 'pupil' ? [person] : []));
  const [first] = pupils;
  if (!first) return undefined;
  const names = { birthName: stated(pupils, 'birthName'), birthDate: stated(pupils, 'birthDate') };
  const enrolments = pupils.flatMap((pupil) => pupil.enrolments);
  return { ...first, ...names, ine: stated(pupils, 'ine'), enrolments, relations };
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
  return stated(
    rows.flatMap(({ person }) => (person.type === 'pupil' ? [] : [person])),
    'mail',
  );
}

/** What one of the lines says; "none" only where one says so and no other says more. */
function stated<F extends string>(
  lines: readonly Partial<Record<F, Stated<string>>>[],
  field: F,
): Stated<string> {
  const values = lines.map((line) => line[field]);
  return values.find((value) => value) ?? values.find((value) => value === null);
}
