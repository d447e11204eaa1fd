import type { ContactKind } from '../directory/contacts.ts';
import type { FieldName, PersonFields } from '../directory/fields.ts';
import type { RosterKey } from '../directory/persons.ts';
import { familyName, givenName } from '../roster/generate/names.ts';
import type { SeededRandom } from '../roster/generate/random.ts';
import { NamePool } from './names.ts';
import type { Person, Pupil, School } from './school.ts';
import { fictionalPhone, keyLike, keysLike, mailLike } from './shapes.ts';

/** Somebody to be made: nothing in it was anybody's. */
export interface DrawnPerson {
  fields: PersonFields;
  /** Any that is still free; the first ones fit best. */
  rosterKeys: RosterKey[];
  contacts: { kind: ContactKind; value: string; uai: string | null }[];
}

export interface DrawnGuardian extends DrawnPerson {
  rank: number;
  relation: string | null;
  fromAt: Date;
  memberFromAt: Date | null;
}

export interface DrawnPupil extends DrawnPerson {
  fromAt: Date;
  guardians: DrawnGuardian[];
}

interface Pools {
  givenNames: NamePool;
  familyNames: NamePool;
  adults: { givenNames: NamePool; familyNames: NamePool };
  keys: readonly string[];
  ines: readonly string[];
}

/**
 * Each stands for one real pupil of the level: as many guardians of the same ranks, the same fields known, the same
 * contacts, there since the same day. All that is said of them is drawn anew from the school's own distributions.
 */
export function drawPupils(
  school: School,
  given: { level: readonly Pupil[]; count: number; mailDomain: string },
  random: SeededRandom,
): DrawnPupil[] {
  const pools = poolsOf(school, random);
  return Array.from({ length: given.count }, () => {
    const template = random.pick(given.level);
    const born = random.pick(given.level).fields.birth_date;
    const names = new Map([
      [template.fields.given_name ?? '', pools.givenNames.draw()],
      [template.fields.family_name ?? '', pools.familyNames.draw()],
    ]);
    const context = { pools, names, mailDomain: given.mailDomain };
    return {
      ...drawPerson(template, context, random),
      ...(born && template.fields.birth_date && { born }),
      fromAt: template.fromAt,
      guardians: template.guardians.map(({ rank, relation, fromAt, memberFromAt, ...adult }) => ({
        ...drawPerson(adult, { ...context, names: adultNames(adult, context) }, random),
        ...{ rank, relation, fromAt, memberFromAt },
      })),
    };
  }).map(({ born, ...pupil }) => (born ? withBirthDate(pupil, born, random) : pupil));
}

/** The year and month of one of them, and another day. */
function withBirthDate<P extends DrawnPerson>(pupil: P, like: string, random: SeededRandom): P {
  const [year = 0, month = 1] = like.split('-').map(Number);
  const days = new Date(Date.UTC(year, month, 0)).getUTCDate();
  const day = String(1 + random.below(days)).padStart(2, '0');
  return { ...pupil, fields: { ...pupil.fields, birth_date: `${like.slice(0, 8)}${day}` } };
}

interface DrawContext {
  pools: Pools;
  /** What each name of the real family is called here: who shares one there shares one here. */
  names: ReadonlyMap<string, string>;
  mailDomain: string;
}

function adultNames({ fields }: Person, { pools, names }: DrawContext): Map<string, string> {
  const all = new Map([['', ''], ...names]);
  all.set(fields.given_name ?? '', pools.adults.givenNames.draw());
  for (const name of [fields.family_name, fields.birth_name]) {
    if (name !== undefined && !all.has(name)) all.set(name, pools.adults.familyNames.draw());
  }
  return all;
}

function drawPerson(
  { fields, rosterKey, contacts }: Person,
  { pools, names, mailDomain }: DrawContext,
  random: SeededRandom,
): DrawnPerson {
  const keys = rosterKey ? keysLike(rosterKey.key, pools.keys, random) : [];
  const drawn: Partial<Record<FieldName, string>> = {};
  for (const name of ['given_name', 'family_name', 'birth_name'] as const) {
    const real = fields[name];
    if (real !== undefined) drawn[name] = names.get(real) ?? pools.familyNames.draw();
  }
  if (fields.birth_date) drawn.birth_date = fields.birth_date;
  if (fields.ine) drawn.ine = ineOf(fields.ine, { was: rosterKey?.key, is: keys[0] }, pools, random);
  return {
    fields: drawn,
    rosterKeys: rosterKey ? keys.map((key) => ({ ...rosterKey, key })) : [],
    contacts: contacts.map(({ kind, value, uai }) => ({
      ...{ kind, uai },
      value:
        kind === 'phone'
          ? fictionalPhone(value, random)
          : mailLike(
              value,
              { names, own: [drawn.given_name, drawn.family_name], domain: mailDomain },
              random,
            ),
    })),
  };
}

/** In some files an INE holds the key: then it does here too. */
function ineOf(
  ine: string,
  key: { was: string | undefined; is: string | undefined },
  { ines }: Pools,
  random: SeededRandom,
): string {
  if (key.was && key.is && ine.includes(key.was)) return ine.replace(key.was, key.is);
  return keyLike(ine, ines, random);
}

function poolsOf({ pupils, elsewhere }: School, random: SeededRandom): Pools {
  const adults = pupils.flatMap(({ guardians }) => guardians);
  const all = (people: readonly Person[], field: FieldName) =>
    people.flatMap(({ fields }) => fields[field] ?? []);
  const from = (names: readonly string[], otherwise: (random: SeededRandom) => string) => () =>
    names.length > 0 ? random.pick(names) : otherwise(random);
  const given = from(elsewhere.givenNames, givenName);
  const family = from(elsewhere.familyNames, familyName);
  const pool = (people: readonly Person[], field: FieldName, other: () => string) =>
    new NamePool(all(people, field), other, random);
  return {
    givenNames: pool(pupils, 'given_name', given),
    familyNames: pool(pupils, 'family_name', family),
    adults: {
      givenNames: pool(adults, 'given_name', given),
      familyNames: pool(adults, 'family_name', family),
    },
    keys: [...pupils, ...adults].flatMap(({ rosterKey }) => rosterKey?.key ?? []),
    ines: all(pupils, 'ine'),
  };
}
