import { familyName, givenName, mailOf, mobileOf } from './names.ts';
import type { SeededRandom } from './random.ts';
import type { School } from './schools.ts';

export interface Child {
  school: School;
  classCode: string;
  givenName: string;
  familyName: string;
  /** yyyy-mm-dd */
  birthDate: string;
  relations: ChildRelation[];
}
export interface ChildRelation {
  adult: Adult;
  lien: number;
  rank: 0 | 1 | 2;
}
export interface Adult {
  givenName: string;
  familyName: string;
  birthName: string;
  mail: string;
  mobile: string;
}

/** Relations per pupil, counted in a file of 642 pupils: none, one, two, three, four. */
const RELATION_COUNTS = [20, 282, 246, 86, 8];
/** 289 second guardians among the 340 pupils with two relations or more. */
const SECOND_IS_LEGAL = 289 / 340;
const LIEN = { mother: 10, father: 20, self: 70 };
const OTHER_LIENS = [37, 38, 39, 41, 42, 43, 50, 90];

interface World {
  schools: readonly School[];
  /** yyyy-mm-dd of the export. */
  date: string;
}

/** Children who live together, at most `room` of them, with the adults they share. */
export function makeHousehold(world: World, room: number, random: SeededRandom): Child[] {
  const count = Math.min(room, 1 + random.weighted([60, 30, 10]));
  const home = random.pick(world.schools);
  const family = familyName(random);
  const adults = makeAdults(family, random);
  const children = Array.from({ length: count }, (_, index) => {
    const school = index === 0 ? home : siblingSchool(world, home, random);
    return makeChild({ school, family, adults, date: world.date }, random);
  });
  const [only] = children;
  if (only && count === 1) becomeOwnGuardian(only, world.date, random);
  return children;
}

/** Mostly the same school, often another of the same académie, now and then another académie. */
function siblingSchool({ schools }: World, home: School, random: SeededRandom): School {
  const dice = random.next();
  if (dice < 0.55) return home;
  const isNear = ({ academie }: School) => academie === home.academie;
  const candidates = schools.filter((school) => school !== home && isNear(school) === dice < 0.92);
  return candidates.length > 0 ? random.pick(candidates) : home;
}

function makeChild(
  given: { school: School; family: string; adults: ChildRelation[]; date: string },
  random: SeededRandom,
): Child {
  const { code, level } = random.pick(given.school.classes);
  const schoolYear = Number(given.date.slice(0, 4)) - (given.date.slice(5) < '08-01' ? 1 : 0);
  const age = level + (random.chance(0.12) ? 1 : 0);
  const day = new Date(Date.UTC(schoolYear - age, 0, 1 + random.below(365)));
  return {
    school: given.school,
    classCode: code,
    givenName: givenName(random),
    familyName: given.family,
    birthDate: day.toISOString().slice(0, 10),
    relations: given.adults,
  };
}

function makeAdults(family: string, random: SeededRandom): ChildRelation[] {
  const count = random.weighted(RELATION_COUNTS);
  const firstLien = random.chance(0.8) ? LIEN.mother : LIEN.father;
  const relations: ChildRelation[] = [];
  for (let index = 0; index < count; index += 1) {
    const lien =
      index === 0
        ? firstLien
        : index === 1
          ? LIEN.mother + LIEN.father - firstLien
          : random.pick(OTHER_LIENS);
    const isSecond = index === 1 && random.chance(SECOND_IS_LEGAL);
    const adult = makeAdult({ family, lien, partner: relations[0]?.adult }, random);
    relations.push({ adult, lien, rank: index === 0 ? 1 : isSecond ? 2 : 0 });
  }
  return relations;
}

/** A father has the family's name; a mother has it by marriage, beside her own, or has another. */
function makeAdult(
  given: { family: string; lien: number; partner: Adult | undefined },
  random: SeededRandom,
): Adult {
  const birthName = given.lien === LIEN.father ? given.family : familyName(random);
  const isMarried = given.lien === LIEN.mother && random.chance(0.5);
  const first = givenName(random);
  const name = isMarried ? given.family : birthName;
  const shares = given.partner !== undefined && random.chance(0.05);
  const own = mailOf(first, name, random.below(100_000), 'familles.example');
  return {
    givenName: first,
    familyName: name,
    birthName,
    mail: shares && random.chance(0.5) ? (given.partner?.mail ?? own) : random.chance(0.85) ? own : '',
    mobile: shares ? (given.partner?.mobile ?? '') : random.chance(0.9) ? mobileOf(random) : '',
  };
}

/** A pupil of age may be his own guardian (lien 70), with a record of his own among the guardians. */
function becomeOwnGuardian(child: Child, date: string, random: SeededRandom): void {
  const majority = `${Number(date.slice(0, 4)) - 18}${date.slice(4)}`;
  if (child.birthDate > majority || !random.chance(0.25)) return;
  const adult = {
    givenName: child.givenName,
    familyName: child.familyName,
    birthName: child.familyName,
    mail: '',
    mobile: mobileOf(random),
  };
  child.relations = [{ adult, lien: LIEN.self, rank: 1 }];
}
