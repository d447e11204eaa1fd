import type { Establishment } from '../../directory/establishments.ts';
import { findEstablishments } from '../../directory/establishments.ts';
import type { RosterKey } from '../../directory/persons.ts';
import { type ChangeNumbers, noChange, numbersOf } from '../changes.ts';
import type { EstablishmentEntry, RefusedPerson, RosterEntry } from '../entry.ts';
import { type Problem, problem } from '../problem.ts';
import { schoolYearOf } from '../school-year.ts';
import { isElsewhere, type RosterWithin } from '../within.ts';
import type { BatchWriter } from './batch-writer.ts';
import { headsAmong } from './bearing.ts';
import { Leavers, type PlanCounts } from './closures.ts';
import { planDepartures } from './departures.ts';
import { isAsStated, type PersonEntry } from './differences.ts';
import { planFormerGuardians } from './former-guardians.ts';
import { type Directory, findKnownPeople, type KnownPerson } from './known-people.ts';
import { changeOfPerson } from './person-change.ts';
import { PersonSet } from './person-set.ts';
import type { Family } from './places.ts';
import { idOf, LegalChildren } from './relations.ts';

type Item = RosterEntry | RefusedPerson;
type Stage = 'establishment' | Family;

/** What the roster said so far, and what every later difference is measured against. */
export interface Reading {
  schools: Map<string, Establishment>;
  yearOf: (uai: string) => number;
  legalChildren: LegalChildren;
  seen: Record<Family, PersonSet>;
  /** Pupils whose records say who their guardians are, all of them. */
  speaking: PersonSet;
  /** Of whom the files speak at all: without a staff file nobody of the staff is missing. */
  spokenOf: Set<Family>;
  /** Their record was refused: nothing of theirs is closed. */
  refused: PersonSet;
  leavers: Leavers;
  counts: PlanCounts;
}

/** Entries in the order of readRoster → batches of changes. Holds one batch of people and one bit per known person. */
export class Planner {
  readonly reading: Reading;
  readonly problems: Problem[] = [];
  readonly #directory: Directory;
  readonly #writer: BatchWriter;
  readonly #batchSize: number;
  readonly #within: RosterWithin | undefined;
  readonly #years = new Map<string, number>();
  readonly #createdFromCsv = new Set<string>();
  #stage: Stage = 'establishment';
  readonly #refusedGuardians: { key: RosterKey; known: KnownPerson }[] = [];
  #waiting: Item[] = [];

  constructor(
    directory: Directory,
    writer: BatchWriter,
    { batchSize, within }: { batchSize: number; within?: RosterWithin | undefined },
  ) {
    this.#directory = directory;
    this.#writer = writer;
    this.#batchSize = batchSize;
    this.#within = within;
    const thisYear = schoolYearOf(directory.now().toISOString());
    this.reading = {
      schools: new Map(),
      yearOf: (uai) => this.#years.get(uai) ?? thisYear,
      legalChildren: new LegalChildren(),
      seen: { pupil: new PersonSet(), guardian: new PersonSet(), staff: new PersonSet() },
      speaking: new PersonSet(),
      spokenOf: new Set(),
      refused: new PersonSet(),
      leavers: new Leavers(),
      counts: { created: 0, changed: 0, left: 0, closed: 0, refused: 0, establishments: 0 },
    };
  }

  async take(item: Item): Promise<void> {
    const stage = item.type === 'refused' ? this.#stage : item.type;
    if (stage !== this.#stage) {
      await this.#planWaiting();
      await this.#writer.flush();
      this.#stage = stage;
    }
    if (stage !== 'establishment') this.reading.spokenOf.add(stage);
    this.#waiting.push(item);
    if (this.#waiting.length >= this.#batchSize) await this.#planWaiting();
  }

  /** Everybody who was there and is not in the files leaves. */
  async finish(): Promise<void> {
    await this.#planWaiting();
    await this.#planRefusedGuardians();
    await this.#writer.flush();
    await planFormerGuardians(this.#directory, this.reading, this.#writer);
    await planDepartures(this.#directory, this.reading, this.#writer);
    await this.#writer.flush();
  }

  async #planWaiting(): Promise<void> {
    const items = this.#waiting;
    this.#waiting = [];
    await this.#planEstablishments(items.filter((item) => item.type === 'establishment'));
    const people = items.filter((item) => item.type !== 'establishment');
    const known = await findKnownPeople(this.#directory, people);
    for (const [index, person] of people.entries()) await this.#planOne(person, known[index]);
  }

  async #planEstablishments(entries: readonly EstablishmentEntry[]): Promise<void> {
    const known = await findEstablishments(
      this.#directory.db,
      entries.map(({ uai }) => uai),
    );
    for (const { uai, name, academie, kind, mail, classes, schoolYear } of entries) {
      const establishment = { uai, name, academie, kind, ...(mail !== undefined && { mail }) };
      this.reading.schools.set(uai, establishment);
      if (schoolYear !== undefined) this.#years.set(uai, schoolYear);
      const former = known.find((one) => one.uai === uai);
      const isSame = former !== undefined && isAsStated(former, establishment);
      if (!isSame) this.reading.counts.establishments += 1;
      // Its name stands in every message, and at its address the school is told of claims and alarms.
      if (former && !isSame) this.#writer.bearing.opened += 1;
      await this.#writer.add({
        kind: 'establishment',
        establishment,
        schoolYear: this.reading.yearOf(uai),
        classes,
      });
    }
  }

  async #planOne(entry: PersonEntry | RefusedPerson, known: KnownPerson | undefined): Promise<void> {
    const { counts, refused } = this.reading;
    if (entry.type === 'refused') {
      counts.refused += 1;
      if (known) this.#leaveAlone(entry, known);
      return;
    }
    if (known && !known.fields) {
      this.problems.push(problem(entry.at, 'erased', 'record-refused'));
      counts.refused += 1;
      return refused.add(known.person);
    }
    if (known && this.#within && isElsewhere(this.#within, known)) {
      this.problems.push(problem(entry.at, 'elsewhere', 'record-refused'));
      counts.refused += 1;
      return this.#leaveAlone(entry, known);
    }
    await this.#planPerson(entry, known);
  }

  #isLegalGuardian(key: RosterKey, known: KnownPerson | undefined): boolean {
    if (this.reading.legalChildren.of(key).length > 0) return true;
    return known?.guardianships.some(({ child }) => this.reading.refused.has(child)) ?? false;
  }

  #leaveAlone(entry: PersonEntry | RefusedPerson, known: KnownPerson): void {
    this.reading.refused.add(known.person);
    const mayEnd = !('children' in entry) && known.guardianships.length > 0;
    if (mayEnd) this.#refusedGuardians.push({ key: entry, known });
  }

  /** Their own record could not be read, but what the children's records no longer say ends all the same. */
  async #planRefusedGuardians(): Promise<void> {
    for (const { key, known } of this.#refusedGuardians) {
      const children = this.reading.legalChildren.of(key).map(({ person }) => person);
      const ended = known.guardianships.filter(
        ({ child }) => this.reading.seen.pupil.has(child) && !children.includes(child),
      );
      if (ended.length === 0) continue;
      const change = noChange(known.person);
      change.guardianships.close = ended.map(({ id }) => id);
      await this.#writer.add(change);
    }
  }

  async #planPerson(entry: PersonEntry, known: KnownPerson | undefined): Promise<void> {
    if (entry.type === 'pupil') this.reading.legalChildren.add(entry, known?.person);
    // Nobody's legal guardian: no account, and whoever had one leaves with those who are missing.
    if (entry.type === 'guardian' && !this.#isLegalGuardian(entry, known)) return;
    if (known) this.reading.seen[entry.type].add(known.person);
    const wasCreated = this.#createdFromCsv.has(idOf(entry));
    const change = await changeOfPerson(this.#directory, this.reading, { entry, known, wasCreated });
    const isStranger = known !== undefined && !isOneOf(this.reading.schools, known);
    // To whom a school's file is all, nothing says that others know a pupil whom no school of theirs knows.
    if (known && entry.type === 'pupil' && !(isStranger && this.#within))
      this.reading.speaking.add(known.person);
    if (change && isStranger) change.asNew = await this.#numbersAsNew(entry);
    if (!change) this.reading.counts.left += 1;
    // To whom a school's file is all, somebody no school of theirs knows is new: nothing says that others know them.
    else if (known && !(isStranger && this.#within)) this.reading.counts.changed += 1;
    else if (!wasCreated) this.reading.counts.created += 1;
    // In a CSV one person may come again as guardian or teacher; in AAF every key is one record.
    if (!known && entry.source === 'csv') this.#createdFromCsv.add(idOf(entry));
    if (!change) return;
    this.#writer.bearing.cut += headsAmong(known?.memberships ?? [], change);
    await this.#writer.add(change);
  }

  async #numbersAsNew(entry: PersonEntry): Promise<ChangeNumbers> {
    const found = { entry, known: undefined, wasCreated: false };
    const change = await changeOfPerson(this.#directory, this.reading, found);
    return numbersOf(change ?? noChange(undefined));
  }
}

function isOneOf(schools: ReadonlyMap<string, Establishment>, { memberships }: KnownPerson): boolean {
  return memberships.some(({ uai }) => schools.has(uai));
}
