import { randomBytes } from 'node:crypto';
import { closeAccount } from '../accounts/close-account.ts';
import { openDormantAccounts } from '../accounts/open-dormant-account.ts';
import type { Actor } from '../audit/actor.ts';
import { record } from '../audit/record.ts';
import type { Digests } from '../crypto/digests.ts';
import type { KeyRing } from '../crypto/key-ring.ts';
import { openContacts } from '../directory/contacts.ts';
import { countDecoys, markDecoys } from '../directory/decoys.ts';
import { ensureClasses, findEstablishment } from '../directory/establishments.ts';
import { sealersOf } from '../directory/fields.ts';
import { openGuardianships } from '../directory/guardianships.ts';
import { openMemberships } from '../directory/memberships.ts';
import { createPersons, findPersonsByRosterKeys, type RosterKey } from '../directory/persons.ts';
import { SeededRandom } from '../roster/generate/random.ts';
import type { Settings } from '../settings.ts';
import type { Db, Tx } from '../storage/postgres.ts';
import { type FittingClass, fittingClass } from './class-code.ts';
import { type DrawnPerson, type DrawnPupil, drawPupils } from './draw.ts';
import { openSchool, type School } from './school.ts';
import { endFormerDecoys, holdSchool } from './store.ts';

export interface Dependencies {
  db: Db;
  keyRing: KeyRing;
  digests: Digests;
  settings: Settings['canaries'];
  now: () => Date;
  /** For tests: the same seed draws the same class. */
  seed?: () => string;
}

export type DecoysCreated =
  | { outcome: 'created'; uai: string; className: string; pupils: number; guardians: number }
  | { outcome: 'there-already'; uai: string }
  /** Too few pupils or classes to hide a class among. */
  | { outcome: 'too-small'; uai: string }
  | { outcome: 'unknown-school'; uai: string };

export type CreateDecoys = (
  by: Actor,
  given: { uai: string; reason?: string | undefined },
) => Promise<DecoysCreated>;

const FEWEST_CLASSES = 2;
const FEWEST_PUPILS = 20;

/** One class of pupils whom nobody is, among the others of a school; anew each school year. */
export function createCreateDecoys(from: Dependencies): CreateDecoys {
  const { db, keyRing, now, seed = () => randomBytes(16).toString('hex') } = from;
  return async (by, { uai, reason }) => {
    if (!(await findEstablishment(db, uai))) return { outcome: 'unknown-school', uai };
    return db.transaction().execute(async (tx) => {
      await holdSchool(tx, uai);
      const at = now();
      const school = await openSchool(tx, keyRing, uai);
      const codes = [...new Set(school?.pupils.map(({ classCode }) => classCode))];
      if (!school) return { outcome: 'too-small', uai };
      // Also where no new class can be hidden: among few pupils one of the year before would stand out.
      await endFormer(tx, by, { school, at });
      if (codes.length < FEWEST_CLASSES || school.pupils.length < FEWEST_PUPILS)
        return { outcome: 'too-small', uai };
      if ((await countDecoys(tx, uai)) > 0) return { outcome: 'there-already', uai };
      const random = new SeededRandom(seed());
      const fitting = fittingClass(codes, random);
      if (!fitting) return { outcome: 'too-small', uai };
      const drawn = drawClass(from, { school, fitting, random });
      const guardians = await makeClass(tx, from, { school, className: fitting.code, drawn, at });
      const figures = { uai, pupils: drawn.length, guardians };
      const event = { name: 'canaries.created', details: figures, ...(reason && { reason }) } as const;
      await record(tx, by, event, at);
      return { outcome: 'created', className: fitting.code, ...figures };
    });
  };
}

async function endFormer(tx: Tx, by: Actor, { school, at }: { school: School; at: Date }): Promise<void> {
  const { uai, schoolYear } = school;
  for (const person of await endFormerDecoys(tx, { uai, schoolYear, at })) {
    await closeAccount(tx, by, { person, reason: 'a school year ended', at });
  }
}

/** As many as a class of the level has, one more or less. */
function drawClass(
  { settings }: Dependencies,
  { school, fitting, random }: { school: School; fitting: FittingClass; random: SeededRandom },
): DrawnPupil[] {
  const level = school.pupils.filter(({ classCode }) => fitting.like.includes(classCode));
  const sizes = [...Map.groupBy(level, ({ classCode }) => classCode).values()].map(({ length }) => length);
  const count = Math.max(1, random.pick(sizes) + random.below(3) - 1);
  return drawPupils(school, { level, count, mailDomain: settings.mailDomain }, random);
}

interface Making {
  school: School;
  className: string;
  drawn: readonly DrawnPupil[];
  at: Date;
}

/** Answers how many guardians were made with them. */
async function makeClass(tx: Tx, from: Dependencies, making: Making): Promise<number> {
  const { school, className, drawn, at } = making;
  const { uai, schoolYear } = school;
  const [made] = await ensureClasses(tx, [{ uai, schoolYear, code: className }]);
  if (!made) throw new Error('a class was not made');
  const guardians = drawn.flatMap((pupil) => pupil.guardians);
  const persons = await makePersons(tx, from, [
    ...drawn.map((pupil) => ({ drawn: pupil, at: pupil.fromAt })),
    ...guardians.map((guardian) => ({ drawn: guardian, at: guardian.memberFromAt ?? guardian.fromAt })),
  ]);
  await joinSchool(tx, { ...making, classId: made.id, persons });
  await tieFamilies(tx, { drawn, persons });
  await markDecoys(tx, { persons: [...persons.values()], uai, at });
  return guardians.length;
}

type Persons = ReadonlyMap<DrawnPerson, number>;

async function joinSchool(
  tx: Tx,
  { school, drawn, classId, persons }: Making & { classId: number; persons: Persons },
): Promise<void> {
  const place = { uai: school.uai, schoolYear: school.schoolYear, function: null };
  const pupils = drawn.map((pupil) => {
    const member = { ...place, person: numberOf(persons, pupil), profile: 'pupil' as const, classId };
    return { member, at: pupil.fromAt };
  });
  const guardians = drawn.flatMap((pupil) =>
    pupil.guardians.flatMap((guardian) => {
      const person = numberOf(persons, guardian);
      const member = { ...place, person, profile: 'guardian' as const, classId: null };
      return guardian.memberFromAt ? [{ member, at: guardian.memberFromAt }] : [];
    }),
  );
  await atEachMoment([...pupils, ...guardians], (some, at) => {
    const members = some.map(({ member }) => member);
    return openMemberships(tx, members, at);
  });
}

async function tieFamilies(
  tx: Tx,
  { drawn, persons }: { drawn: readonly DrawnPupil[]; persons: Persons },
): Promise<void> {
  const ties = drawn.flatMap((pupil) =>
    pupil.guardians.map((guardian) => {
      const { rank, relation, fromAt } = guardian;
      const who = { guardian: numberOf(persons, guardian), child: numberOf(persons, pupil) };
      return { tie: { ...who, rank, relation }, at: fromAt };
    }),
  );
  await atEachMoment(ties, (some, at) => {
    const all = some.map(({ tie }) => tie);
    return openGuardianships(tx, all, at);
  });
}

function numberOf(persons: Persons, drawn: DrawnPerson): number {
  const person = persons.get(drawn);
  if (person === undefined) throw new Error('a person was not made');
  return person;
}

interface ToMake {
  drawn: DrawnPerson;
  at: Date;
}

/** The number of each. */
async function makePersons(
  tx: Tx,
  { keyRing, digests }: Dependencies,
  people: readonly ToMake[],
): Promise<Map<DrawnPerson, number>> {
  const keys = await freeKeys(
    tx,
    digests,
    people.map(({ drawn }) => drawn.rosterKeys),
  );
  const named = people.map((one, index) => ({ ...one, rosterKey: keys[index] }));
  const numbers = new Map<DrawnPerson, number>();
  await atEachMoment(named, async (some, at) => {
    const wanted = some.map(({ drawn: { fields }, rosterKey }) => ({
      fields,
      ...(rosterKey && { rosterKey }),
    }));
    const persons = await createPersons(tx, wanted, { keyRing, digests, at });
    const sealers = await sealersOf(tx, keyRing, persons);
    const contacts = some.flatMap(({ drawn }, index) => {
      const person = persons[index];
      const sealer = person === undefined ? undefined : sealers.get(person);
      if (person === undefined || !sealer) throw new Error('a person was not made');
      numbers.set(drawn, person);
      return drawn.contacts.map((contact) => ({ ...contact, sealer }));
    });
    await openContacts(tx, contacts, { digests, at });
    await openDormantAccounts(tx, persons, at);
  });
  return numbers;
}

/** For each the first of its keys that nobody has, nor another of these. */
async function freeKeys(
  tx: Tx,
  digests: Digests,
  wanted: readonly (readonly RosterKey[])[],
): Promise<(RosterKey | undefined)[]> {
  const all = wanted.flat();
  const found = await findPersonsByRosterKeys(tx, digests, all);
  const nameOf = ({ academie, source, key }: RosterKey) => JSON.stringify([academie, source, key]);
  const taken = new Set(all.filter((_, index) => found[index] !== undefined).map(nameOf));
  return wanted.map((keys) => {
    const free = keys.find((key) => !taken.has(nameOf(key)));
    if (free) taken.add(nameOf(free));
    return free;
  });
}

/** Those of one moment together: a table's rows are written with the moment they are true from. */
async function atEachMoment<One extends { at: Date }>(
  all: readonly One[],
  act: (some: readonly One[], at: Date) => Promise<unknown>,
): Promise<void> {
  for (const some of Map.groupBy(all, ({ at }) => at.getTime()).values()) {
    const [first] = some;
    if (first) await act(some, first.at);
  }
}
