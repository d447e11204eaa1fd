import { record } from '../audit/record.ts';
import { openFieldsOf } from '../directory/fields.ts';
import type { AccountState } from '../storage/schema.ts';
import type { BudgetState } from './budget.ts';
import { type Finding, findByIdentifier, findByName, fullName, MOST_HITS } from './find.ts';
import { asLooker, type Looker, rightsToRead, rightToSearch } from './looker.ts';
import { type PlaceShown, placesShown } from './places.ts';
import { type Reached, reach } from './reach.ts';
import type { Read, Reading } from './reading.ts';
import { accountsOf } from './record-store.ts';
import { BASIC_FIELDS } from './sections.ts';
import { parseTypedName } from './typed-name.ts';

export interface Dependencies extends Finding {
  reading: Pick<Reading, 'read'>;
  now: () => Date;
}

export interface FoundPerson {
  id: string;
  name: string;
  state: AccountState;
  isLocked: boolean;
  places: readonly PlaceShown[];
}

export type Refused = Exclude<Read, { outcome: 'read' }>;

export type Searched =
  | { outcome: 'found'; people: readonly FoundPerson[]; isMore: boolean; budget: BudgetState }
  | { outcome: 'too-short' }
  | Refused;

/** By username, national number or roster key. Who is of another school is nobody; that it was tried stands in the audit. */
export async function searchByIdentifier(
  from: Dependencies,
  { looker, typed }: { looker: Looker; typed: string },
): Promise<Searched> {
  const { db, reading, now } = from;
  const at = now();
  const rights = rightsToRead(looker.rights);
  const [first] = rights;
  if (!first) return { outcome: 'not-allowed' };
  const candidates = await findByIdentifier(from, { typed, rights });
  const reached = await reach(db, { rights, act: 'read-people', persons: candidates, at });
  const right = reached[0]?.right ?? first;
  const hits = reached.filter((one) => one.right.id === right.id).slice(0, MOST_HITS);
  const read = await reading.read({
    ...asLooker(looker, right),
    ...{ persons: personsOf(hits), fields: BASIC_FIELDS, details: { search: 'identifier' } },
  });
  await noteOutside(from, { looker, candidates, reached });
  if (read.outcome !== 'read') return read;
  return { outcome: 'found', people: await open(from, hits, at), isMore: false, budget: read.budget };
}

async function noteOutside(
  { db, now }: Dependencies,
  given: { looker: Looker; candidates: readonly number[]; reached: readonly Reached[] },
): Promise<void> {
  const { looker, candidates, reached } = given;
  const outside = candidates.filter((subject) => reached.every(({ person }) => person !== subject));
  const by = { kind: 'person', person: looker.reader } as const;
  const details = { way: 'identifier', session: looker.session.toString('hex') };
  for (const subject of outside) await record(db, by, { name: 'reading.refused', subject, details }, now());
}

/** Within one school. The search is charged before a name is opened; hits are charged and written before they are shown. */
export async function searchByName(
  from: Dependencies,
  { looker, typed, uai }: { looker: Looker; typed: string; uai: string },
): Promise<Searched> {
  const words = parseTypedName(typed);
  if (!words) return { outcome: 'too-short' };
  const right = rightToSearch(looker.rights, uai);
  if (!right) return { outcome: 'not-allowed' };
  const ask = { ...asLooker(looker, right), fields: BASIC_FIELDS, details: { search: 'name', uai } };
  const begun = await from.reading.read({ ...ask, persons: [] });
  if (begun.outcome !== 'read') return begun;
  const at = from.now();
  const { persons, isMore } = await findByName(from, { right, words, at });
  if (persons.length === 0) return { outcome: 'found', people: [], isMore, budget: begun.budget };
  const read = await from.reading.read({ ...ask, persons, continuing: begun.charge });
  if (read.outcome !== 'read') return read;
  const hits = await reach(from.db, { rights: [right], act: 'read-people', persons, at });
  return { outcome: 'found', people: await open(from, hits, at), isMore, budget: read.budget };
}

function personsOf(reached: readonly Reached[]): number[] {
  return reached.map(({ person }) => person);
}

/** In the order found. Their lines are written. */
async function open(
  { db, keyRing }: Dependencies,
  hits: readonly Reached[],
  at: Date,
): Promise<FoundPerson[]> {
  const persons = personsOf(hits);
  const [accounts, fields, places] = await Promise.all([
    accountsOf(db, persons, at),
    openFieldsOf(db, keyRing, persons, ['given_name', 'family_name']),
    placesShown(db, hits),
  ]);
  return hits.flatMap(({ person }): FoundPerson[] => {
    const account = accounts.find((one) => one.person === person);
    const name = fields.get(person);
    if (!account || !name) return [];
    const { id, state, isLocked } = account;
    return [{ id, state, isLocked, name: fullName(name), places: places.get(person) ?? [] }];
  });
}
