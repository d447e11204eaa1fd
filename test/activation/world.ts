import { openDormantAccounts } from '../../src/accounts/open-dormant-account.ts';
import { formatActivationCode } from '../../src/activation/activation-code.ts';
import type { InSameHands } from '../../src/activation/hands.ts';
import type { PrintedLetter } from '../../src/activation/letters/printed-letter.ts';
import type { Actor } from '../../src/audit/actor.ts';
import { ensureClasses, saveEstablishments } from '../../src/directory/establishments.ts';
import { openMemberships } from '../../src/directory/memberships.ts';
import { createPersons, getPersonIds } from '../../src/directory/persons.ts';
import type { Profile } from '../../src/storage/schema.ts';
import { type TestStores, testStores } from '../support/stores.ts';
import { type ActivationParts, openActivation } from './parts.ts';

export const UAI = '0750001A';
export const BY: Actor = { kind: 'operator', name: 'test', osUser: 'root', host: 'here' };
const YEAR = 2026;

/** A school with dormant pupils, on a clock that tests may move. */
export interface World extends ActivationParts {
  inSameHands?: InSameHands;
  stores: TestStores;
  now: () => Date;
  wait(milliseconds: number): void;
  people(asked: {
    count?: number;
    className?: string;
    profile?: Profile;
    names?: string[];
  }): Promise<number[]>;
  idOf(person: number): Promise<string>;
  /** Prints for the school and gives each person's code, as it stands on the paper. */
  print(className?: string, by?: Actor): Promise<Map<number, string>>;
  letters(className?: string, by?: Actor): Promise<PrintedLetter[]>;
  /** Answers the word. */
  open(className?: string, pupils?: readonly string[]): Promise<{ id: string; word: string }>;
  /** Code and word of one new pupil. */
  pupilWithProofs(): Promise<{ person: number; code: string; word: string; window: string }>;
  events(person: number): Promise<{ name: string; details: Record<string, unknown> }[]>;
  close(): Promise<void>;
}

export async function activationWorld(
  given: Pick<Parameters<typeof openActivation>[0], 'mode' | 'adjust' | 'hash' | 'inSameHands'> & {
    stores?: TestStores;
  } = {},
): Promise<World> {
  const stores = given.stores ?? (await testStores());
  const { db } = stores;
  let ahead = 0;
  const now = () => new Date(Date.now() + ahead);
  const parts = await openActivation({ ...stores, now, ...given });
  const { activation, keyRing, digests } = parts;
  await db
    .transaction()
    .execute((tx) =>
      saveEstablishments(tx, [{ uai: UAI, name: 'Collège des Œillets', academie: 'Paris', kind: 'college' }]),
    );
  const people: World['people'] = ({ count = 1, className = '6B', profile = 'pupil', names = [] }) =>
    db.transaction().execute(async (tx) => {
      const at = now();
      const fields = Array.from({ length: count }, (_, index) => ({
        fields: {
          given_name: names[index] ?? `Lina${index}`,
          family_name: `Martin${String(index).padStart(4, '0')}`,
        },
      }));
      const persons = await createPersons(tx, fields, { keyRing, digests, at });
      await openDormantAccounts(tx, persons, at);
      const [school] = await ensureClasses(tx, [{ uai: UAI, schoolYear: YEAR, code: className }]);
      const classId = profile === 'guardian' ? null : (school?.id ?? null);
      const memberships = persons.map((person) => ({
        person,
        uai: UAI,
        schoolYear: YEAR,
        classId,
        profile,
        function: null,
      }));
      await openMemberships(tx, memberships, at);
      return persons;
    });
  const letters: World['letters'] = async (className, by = BY) => {
    const printing = await activation.printLetters({ uai: UAI, className, by });
    if (printing.outcome !== 'printing') throw new Error(printing.outcome);
    const drawn: PrintedLetter[] = [];
    for await (const letter of printing.letters) drawn.push(letter);
    return drawn;
  };
  const print: World['print'] = async (className, by) =>
    new Map((await letters(className, by)).map(({ person, code }) => [person, formatActivationCode(code)]));
  const open: World['open'] = async (className = '6B', pupils) => {
    const opened = await activation.openWindow({ uai: UAI, className, minutes: 20, by: BY, pupils });
    if (opened.outcome !== 'opened') throw new Error(opened.outcome);
    return opened;
  };
  return {
    ...parts,
    ...(given.inSameHands && { inSameHands: given.inSameHands }),
    stores,
    now,
    wait: (milliseconds) => {
      ahead += milliseconds;
    },
    people,
    idOf: async (person) => (await getPersonIds(db, person)).id,
    letters,
    print,
    open,
    async pupilWithProofs() {
      const className = `C${Math.random().toString(36).slice(2, 8)}`;
      const [person = 0] = await people({ className });
      const code = (await print(className)).get(person) ?? '';
      const { word, id } = await open(className);
      return { person, code, word, window: id };
    },
    events: async (person) =>
      (await db
        .selectFrom('audit_events')
        .select(['name', 'details'])
        .where('subject', '=', person)
        .orderBy('id')
        .execute()) as { name: string; details: Record<string, unknown> }[],
    async close() {
      await parts.close();
      if (!given.stores) await stores.close();
    },
  };
}

export const MINUTE = 60_000;
export const DAY = 86_400_000;
