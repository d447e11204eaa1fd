import { expect } from '@jest/globals';
import { createActivationTasks } from '../../src/activation/activation.ts';
import { HALF_TASK } from '../../src/activation/halves/task-names.ts';
import { openContacts } from '../../src/directory/contacts.ts';
import { sealersOf } from '../../src/directory/fields.ts';
import { openGuardianships } from '../../src/directory/guardianships.ts';
import { LOCALES_FOLDER, loadWords } from '../../src/http/translate.ts';
import { createLedger } from '../../src/ledger/ledger.ts';
import { anAdult } from './people.ts';
import { DAY, UAI, type World } from './world.ts';

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
  hasParent: boolean;
  tries: number;
  hash: string | undefined;
  hasFactor: boolean;
}

export interface Letter {
  state: 'printed' | 'void' | 'used';
  epoch: number;
  printer: 'operator' | 'clerk';
  /** Real requests of this letter, by ceremony. */
  asked: Record<Way, number>;
}

export type Way = 'guardian-vouch' | 'split-letter' | 'desk';

/** A screen that waits for its second proof. */
export interface Waiting {
  way: Way;
  id: string;
  shown: string;
  /** Undefined: it waits for nobody. */
  pupil: Pupil | undefined;
  letter: Letter | undefined;
  until: number;
  tries: number;
  isEnded: boolean;
  half: { code: string; until: number } | undefined;
}

/** One browser, and the ceremony it is in. */
export interface Tab {
  token: string | undefined;
  pupil: Pupil | undefined;
  letter: Letter | undefined;
  epoch: number;
  step: 'proved' | 'claimed' | 'factor-enrolled' | 'ended';
  until: number;
  waiting?: Waiting;
}

/** Those who can give a second proof, the same for every sequence. */
export interface Grownups {
  parent: number;
  stranger: number;
  /** Prints letters in the console, and is a parent of every child and head of the school besides. */
  clerk: number;
  head: number;
  teacher: number;
  /** Runs the work that was queued; answers the half that was sent, if one was. */
  send(request: string): Promise<string | undefined>;
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
  grownups: Grownups;
  check(): Promise<void>;
}

let classes = 0;

/** Two pupils of a class of their own, each with a letter, and three browsers. No window is open yet. */
export async function startModel(world: World, grownups: Grownups): Promise<Model> {
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
      letter: newLetter(0, 'operator'),
      hasParent: true,
      tries: 0,
      hash: undefined,
      hasFactor: false,
    }),
  );
  await reach(world, grownups, persons);
  const { id, word } = await world.open(className);
  const window = { id, word, until: world.now().getTime() + 20 * 60_000 };
  const tabs = Array.from({ length: 3 }, emptyTab);
  const check = () => checkPeople(world, people);
  return { world, className, people, tabs, window, oldCodes: [], passwords: 0, grownups, check };
}

export function newLetter(epoch: number, printer: Letter['printer']): Letter {
  return {
    ...{ state: 'printed', epoch, printer },
    asked: { 'guardian-vouch': 0, 'split-letter': 0, desk: 0 },
  };
}

/** A mobile that has stood in the feed for a month, and two parents, one of whom prints letters. */
async function reach(world: World, { parent, clerk }: Grownups, children: readonly number[]): Promise<void> {
  const { stores, keyRing, digests, now } = world;
  const at = new Date(now().getTime() - 30 * DAY);
  await stores.db.transaction().execute(async (tx) => {
    const sealers = [...(await sealersOf(tx, keyRing, children)).values()];
    const held = sealers.map((sealer) => ({
      sealer,
      uai: UAI,
      kind: 'phone' as const,
      value: '+33612345678',
    }));
    await openContacts(tx, held, { digests, at });
    const each = { rank: 1, relation: null };
    const rows = children.flatMap((child) => [
      { guardian: parent, child, ...each },
      { guardian: clerk, child, ...each },
    ]);
    await openGuardianships(tx, rows, at);
  });
}

export async function findGrownups(world: World): Promise<Grownups> {
  const { db, secrets } = world.stores;
  const { settings, now } = world;
  const sent: string[] = [];
  const post = {
    sendSms: async ({ text }: { text: string }) => void sent.push(text),
    sendMail: async ({ text }: { text: string }) => void sent.push(text),
  };
  const ledger = createLedger({ db, ledgerKey: secrets.ledgerKey, now, log: { warn() {} } });
  const words = loadWords({ folder: LOCALES_FOLDER, strict: true, onMissing: () => {} });
  const config = { ...settings, mode: 'test' as const, issuer: 'https://id.example' };
  const tasks = createActivationTasks({ ...world, db, ledger, post, words, config });
  return {
    parent: await anAdult(world, { profile: 'guardian' }),
    stranger: await anAdult(world, { profile: 'guardian' }),
    clerk: await anAdult(world, { job: 'DIR' }),
    head: await anAdult(world, { job: 'DIR' }),
    teacher: await anAdult(world, { profile: 'teacher' }),
    async send(request) {
      sent.length = 0;
      await tasks[HALF_TASK]?.({ request }, { attempt: 1, isLast: false });
      return /\b[0-9A-HJKMNP-TV-Z]{4} [0-9A-HJKMNP-TV-Z]{4}\b/.exec(sent[0] ?? '')?.[0];
    },
  };
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
