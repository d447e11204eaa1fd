import { expect } from '@jest/globals';
import type { World } from './world.ts';

/** What should be true of a pupil, kept beside what is. */
export interface Pupil {
  person: number;
  state: 'dormant' | 'active';
  locked: boolean;
  frozen: string | undefined;
  code: string;
  /** Raised by each lock: what was made before is dead. */
  epoch: number;
  letter: Letter;
  tries: number;
  hash: string | undefined;
  hasFactor: boolean;
}

export interface Letter {
  state: 'printed' | 'void' | 'used';
  epoch: number;
}

/** One browser, and the ceremony it is in. */
export interface Tab {
  token: string | undefined;
  pupil: Pupil | undefined;
  letter: Letter | undefined;
  epoch: number;
  step: 'proved' | 'claimed' | 'factor-enrolled' | 'ended';
  until: number;
}

export interface Model {
  world: World;
  className: string;
  people: Pupil[];
  tabs: Tab[];
  window: { id: string; word: string; until: number } | undefined;
  /** Codes that were void before: none of them opens anything again. */
  oldCodes: string[];
  passwords: number;
  check(): Promise<void>;
}

let classes = 0;

/** Two pupils of a class of their own, each with a letter, and three browsers. No window is open yet. */
export async function startModel(world: World): Promise<Model> {
  classes += 1;
  const className = `M${classes}`;
  const persons = await world.people({ count: 2, className });
  const codes = await world.print(className);
  const people = persons.map(
    (person): Pupil => ({
      person,
      state: 'dormant',
      locked: false,
      frozen: undefined,
      code: codes.get(person) ?? '',
      epoch: 0,
      letter: { state: 'printed', epoch: 0 },
      tries: 0,
      hash: undefined,
      hasFactor: false,
    }),
  );
  const { id, word } = await world.open(className);
  const window = { id, word, until: world.now().getTime() + 20 * 60_000 };
  const tabs = Array.from({ length: 3 }, emptyTab);
  const check = () => checkPeople(world, people);
  return { world, className, people, tabs, window, oldCodes: [], passwords: 0, check };
}

function emptyTab(): Tab {
  return { token: undefined, pupil: undefined, letter: undefined, epoch: 0, step: 'ended', until: 0 };
}

/** Every credential there is, is one the model gave; every account is in the state the model says. */
async function checkPeople(world: World, people: readonly Pupil[]): Promise<void> {
  for (const pupil of people) {
    const { db } = world.stores;
    const [state, password, factor, codes] = await Promise.all([
      db
        .selectFrom('account_states')
        .select('state')
        .where('person', '=', pupil.person)
        .where('until_at', 'is', null)
        .executeTakeFirst(),
      db.selectFrom('passwords').select('hash').where('person', '=', pupil.person).executeTakeFirst(),
      db.selectFrom('totp_factors').select('id').where('person', '=', pupil.person).executeTakeFirst(),
      db.selectFrom('recovery_codes').select('digest').where('person', '=', pupil.person).execute(),
    ]);
    expect({ state: state?.state, hash: password?.hash, hasFactor: factor !== undefined }).toEqual({
      state: pupil.state,
      hash: pupil.hash,
      hasFactor: pupil.hasFactor,
    });
    if (!pupil.hasFactor) expect(codes).toEqual([]);
  }
}
