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
import { createPerson, findPersonsByRosterKeys, type RosterKey } from '../directory/persons.ts';
import { SeededRandom } from '../roster/generate/random.ts';
import type { Settings } from '../settings.ts';
import type { Db, Tx } from '../storage/postgres.ts';
import type { Profile } from '../storage/schema.ts';
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
      const isSmall = codes.length < FEWEST_CLASSES || (school?.pupils.length ?? 0) < FEWEST_PUPILS;
      if (!school || isSmall) return { outcome: 'too-small', uai };
      await endFormer(tx, by, { school, at });
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
async function makeClass(
  tx: Tx,
  from: Dependencies,
  { school, className, drawn, at }: Making,
): Promise<number> {
  const { uai, schoolYear } = school;
  const [made] = await ensureClasses(tx, [{ uai, schoolYear, code: className }]);
  if (!made) throw new Error('a class was not made');
  const persons: number[] = [];
  let guardians = 0;
  for (const pupil of drawn) {
    const child = await makePerson(tx, from, { drawn: pupil, at: pupil.fromAt });
    persons.push(child);
    await join(tx, { person: child, uai, schoolYear, classId: made.id, profile: 'pupil' }, pupil.fromAt);
    for (const adult of pupil.guardians) {
      const since = adult.memberFromAt ?? adult.fromAt;
      const guardian = await makePerson(tx, from, { drawn: adult, at: since });
      persons.push(guardian);
      guardians += 1;
      const { rank, relation, fromAt, memberFromAt } = adult;
      await openGuardianships(tx, [{ guardian, child, rank, relation }], fromAt);
      const place = { person: guardian, uai, schoolYear, classId: null, profile: 'guardian' } as const;
      if (memberFromAt) await join(tx, place, memberFromAt);
    }
  }
  await markDecoys(tx, { persons, uai, at });
  return guardians;
}

async function makePerson(
  tx: Tx,
  { keyRing, digests }: Dependencies,
  { drawn, at }: { drawn: DrawnPerson; at: Date },
): Promise<number> {
  const { fields, contacts } = drawn;
  const rosterKey = await freeKey(tx, digests, drawn.rosterKeys);
  const named = { fields, ...(rosterKey && { rosterKey }) };
  const person = await createPerson(tx, named, { keyRing, digests, at });
  const sealer = (await sealersOf(tx, keyRing, [person])).get(person);
  const theirs = sealer ? contacts.map((contact) => ({ ...contact, sealer })) : [];
  await openContacts(tx, theirs, { digests, at });
  await openDormantAccounts(tx, [person], at);
  return person;
}

/** The first that nobody has. */
async function freeKey(tx: Tx, digests: Digests, keys: readonly RosterKey[]): Promise<RosterKey | undefined> {
  const taken = await findPersonsByRosterKeys(tx, digests, keys);
  return keys.find((_, index) => taken[index] === undefined);
}

async function join(
  tx: Tx,
  place: { person: number; uai: string; schoolYear: number; classId: number | null; profile: Profile },
  at: Date,
): Promise<void> {
  await openMemberships(tx, [{ ...place, function: null }], at);
}
