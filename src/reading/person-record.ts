import { record as recordEvent } from '../audit/record.ts';
import { openFieldsOf, sealersOf } from '../directory/fields.ts';
import { membershipsOfPersons } from '../directory/memberships.ts';
import { findPersonById } from '../directory/persons.ts';
import { type Field, fieldsOf } from '../ledger/fields.ts';
import { rightFor, type StaffAct } from '../rights/rights.ts';
import { countRecoveryCodes, findTotp } from '../second-factors/store.ts';
import type { AccountState } from '../storage/schema.ts';
import type { BudgetState } from './budget.ts';
import { fullName } from './find.ts';
import { asLooker, type Looker } from './looker.ts';
import { type PlaceShown, placesShown } from './places.ts';
import { type Reached, reach } from './reach.ts';
import {
  accountsOf,
  type GuardianShown,
  guardiansShown,
  type LetterShown,
  type LockShown,
  lettersOf,
  locksOf,
  type ReaderShown,
  readersOf,
  type SignInShown,
  signInsOf,
} from './record-store.ts';
import type { Dependencies, Refused } from './search.ts';
import { fieldsShown, GUARDIAN_FIELDS, READER_FIELDS, type Section, sectionsFor } from './sections.ts';

/** A person as one role sees them: a section that is not theirs is not there. */
export interface PersonRecord {
  person: number;
  id: string;
  name: string;
  places: readonly PlaceShown[];
  state: AccountState;
  since: Date;
  claimedBy: string | undefined;
  isLocked: boolean;
  username?: string | undefined;
  locks?: readonly LockShown[];
  letters?: readonly LetterShown[];
  factors?: { totp: boolean; recoveryCodes: number };
  signIns?: readonly SignInShown[];
  readers?: readonly ReaderOfRecord[];
  guardians?: readonly GuardianOfRecord[];
}

export interface ReaderOfRecord {
  at: Date;
  role: string | undefined;
  school: string | undefined;
  /** Of a colleague of the same school alone. */
  name: string | undefined;
  fields: readonly Field[];
}

export interface GuardianOfRecord {
  id: string;
  name: string;
  rank: number;
  state: AccountState;
}

export type Opened =
  | { outcome: 'opened'; record: PersonRecord; reached: Reached; budget: BudgetState }
  /** There is nobody of this id, or not for this looker: the same answer. */
  | { outcome: 'unknown' }
  | Refused;

const SHOWN_DAYS = 30;
const MOST_READERS = 20;

/** One record of the directory as the looker's role sees it: charge and lines first, then what is sealed. */
export async function openRecord(
  from: Dependencies,
  { looker, id }: { looker: Looker; id: string },
): Promise<Opened> {
  const at = from.now();
  const reached = await findWithin(from, { looker, id, act: 'read-people' });
  if (!reached) return { outcome: 'unknown' };
  const { person, right } = reached;
  const sections = sectionsFor(right.role);
  const others = await findOthers(from, { reached, sections, at });
  const read = await from.reading.read({
    ...asLooker(looker, right),
    ...{ persons: [person], fields: fieldsShown(sections), details: { page: 'person' } },
    alongside: [
      { persons: others.guardians.map(({ guardian }) => guardian), fields: GUARDIAN_FIELDS, costs: 'a-read' },
      { persons: others.colleagues, fields: READER_FIELDS, costs: 'nothing' },
    ],
  });
  if (read.outcome !== 'read') return read;
  const record = await open(from, { reached, sections, others, at });
  return record ? { outcome: 'opened', record, reached, budget: read.budget } : { outcome: 'unknown' };
}

/** Undefined, and a line in the audit, for whoever is not within the looker's rights. */
export async function findWithin(
  { db, now }: Pick<Dependencies, 'db' | 'now'>,
  { looker, id, act }: { looker: Looker; id: string; act: StaffAct },
): Promise<Reached | undefined> {
  const at = now();
  const found = UUID.test(id) ? await findPersonById(db, id) : undefined;
  const persons = found ? [found.number] : [];
  const [reached] = await reach(db, { rights: looker.rights, act, persons, at });
  if (reached) return reached;
  const by = { kind: 'person', person: looker.reader } as const;
  const details = { way: 'page', act, session: looker.session.toString('hex') };
  const subject = found ? { subject: found.number } : {};
  await recordEvent(db, by, { name: 'reading.refused', ...subject, details }, at);
  return undefined;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Who else will stand on the page, by number. */
interface Others {
  guardians: GuardianShown[];
  readers: ReaderShown[];
  /** Of the readers, those whose name is shown. */
  colleagues: number[];
}

async function findOthers(
  { db }: Pick<Dependencies, 'db'>,
  { reached, sections, at }: { reached: Reached; sections: readonly Section[]; at: Date },
): Promise<Others> {
  const { person, right } = reached;
  const since = new Date(at.getTime() - SHOWN_DAYS * 86_400_000);
  const guardians = sections.includes('guardians') ? await guardiansShown(db, person, at) : [];
  const readers = sections.includes('readers')
    ? await readersOf(db, { person, since, limit: MOST_READERS })
    : [];
  const theirs = await membershipsOfPersons(db, [...new Set(readers.map(({ reader }) => reader))], at);
  const isColleague = ({ uai, classCode }: { uai: string; classCode: string | null }) =>
    'uai' in right.scope &&
    rightFor([right], 'read-people', { uai, className: classCode ?? undefined }) !== undefined;
  const colleagues = [...new Set(theirs.filter(isColleague).map((membership) => membership.person))];
  return { guardians, readers, colleagues };
}

interface Opening {
  reached: Reached;
  sections: readonly Section[];
  others: Others;
  at: Date;
}

async function open(from: Dependencies, opening: Opening): Promise<PersonRecord | undefined> {
  const { db, keyRing } = from;
  const { reached, sections, others, at } = opening;
  const { person } = reached;
  const guardians = others.guardians.map(({ guardian }) => guardian);
  const named = [person, ...guardians, ...others.colleagues];
  const accounts = await accountsOf(db, [person, ...guardians], at);
  const account = accounts.find((one) => one.person === person);
  const names = await openFieldsOf(db, keyRing, named, ['given_name', 'family_name']);
  const name = names.get(person);
  if (!account || !name) return undefined;
  const nameOf = (number: number): string | undefined => {
    const fields = names.get(number);
    return fields && fullName(fields);
  };
  const { id, state, since, claimedBy, isLocked } = account;
  return {
    ...{ person, id, state, since, isLocked, name: fullName(name) },
    claimedBy: claimedBy ?? undefined,
    places: (await placesShown(db, [reached])).get(person) ?? [],
    ...(await ownSections(from, { person, sections, at, usernameSealed: account.usernameSealed })),
    ...(sections.includes('readers') && {
      readers: others.readers.map((one) => readerOf(one, others, nameOf)),
    }),
    ...(sections.includes('guardians') && {
      guardians: others.guardians.flatMap(({ guardian, rank }): GuardianOfRecord[] => {
        const theirs = accounts.find((one) => one.person === guardian);
        const named = nameOf(guardian);
        return theirs && named !== undefined
          ? [{ id: theirs.id, name: named, rank, state: theirs.state }]
          : [];
      }),
    }),
  };
}

function readerOf(
  { at, reader, role, school, fields }: ReaderShown,
  { colleagues }: Others,
  nameOf: (person: number) => string | undefined,
): ReaderOfRecord {
  return {
    at,
    role: role ?? undefined,
    school: school ?? undefined,
    name: colleagues.includes(reader) ? nameOf(reader) : undefined,
    fields: fieldsOf(fields),
  };
}

async function ownSections(
  { db, keyRing }: Dependencies,
  given: { person: number; sections: readonly Section[]; at: Date; usernameSealed: Buffer | null },
): Promise<Pick<PersonRecord, 'username' | 'locks' | 'letters' | 'factors' | 'signIns'>> {
  const { person, sections, at, usernameSealed } = given;
  const has = (section: Section): boolean => sections.includes(section);
  const since = new Date(at.getTime() - SHOWN_DAYS * 86_400_000);
  const sealer = usernameSealed && (await sealersOf(db, keyRing, [person])).get(person);
  const factors = async () => ({
    totp: (await findTotp(db, person)) !== undefined,
    recoveryCodes: await countRecoveryCodes(db, person),
  });
  return {
    ...(has('username') && {
      username: usernameSealed && sealer ? sealer.open('username', usernameSealed) : undefined,
    }),
    ...(has('locks') && { locks: await locksOf(db, person, at) }),
    ...(has('distributions') && { letters: await lettersOf(db, person, at) }),
    ...(has('second-factors') && { factors: await factors() }),
    ...(has('sign-ins') && { signIns: await signInsOf(db, person, since) }),
  };
}
