import { join } from 'node:path';
import { classesOf, findEstablishments } from '../src/directory/establishments.ts';
import { ACTIVE, DORMANT, OFFICERS, type Part } from './cast.ts';
import { liveCode } from './seed/letters.ts';
import { personsOf, type Stage } from './seed/stage.ts';
import { writeWhole } from './state.ts';
import { type AccountNow, accountsNow, findInvited } from './store.ts';
import { learnUsernames } from './usernames.ts';

export interface RunningApplication {
  name: string;
  url: string;
  client_id: string;
}

export interface Persona {
  name: string;
  profile: Part['profile'];
  state: AccountNow['state'];
  username?: string;
  password?: string;
  totpSecret?: string;
  activation?: { code: string; proof: string };
}

/** `demo.json` in the data folder: who can be played, and how. */
export interface Facts {
  issuer: string;
  applications: readonly RunningApplication[];
  establishments: { uai: string; name: string; classes: string[] }[];
  personas: Persona[];
}

export async function gatherFacts(stage: Stage, applications: readonly RunningApplication[]): Promise<Facts> {
  const { parts } = stage;
  return {
    issuer: parts.config.issuer,
    applications,
    establishments: await schools(stage),
    personas: await personas(stage),
  };
}

const WATCH_MS = 1000;

/** Written now and whenever something of it changed: somebody activated, letters were printed again. */
export async function keepFacts(
  stage: Stage,
  applications: readonly RunningApplication[],
): Promise<{ facts: Facts; stop(): void }> {
  const path = join(stage.parts.config.dataDir, 'demo.json');
  const facts = await gatherFacts(stage, applications);
  let written = JSON.stringify(facts);
  await writeWhole(path, facts);
  let isBusy = false;
  const look = async (): Promise<void> => {
    const next = await gatherFacts(stage, applications);
    const text = JSON.stringify(next);
    if (text === written) return;
    await writeWhole(path, next);
    written = text;
  };
  const timer = setInterval(() => {
    if (isBusy) return;
    isBusy = true;
    // PostgreSQL may be away for a moment: the next look tells.
    look()
      .catch(() => {})
      .finally(() => {
        isBusy = false;
      });
  }, WATCH_MS);
  return { facts, stop: () => clearInterval(timer) };
}

async function schools({ parts }: Stage): Promise<Facts['establishments']> {
  const found = await findEstablishments(parts.db, SCHOOLS);
  return Promise.all(
    found.map(async ({ uai, name }) => ({
      uai,
      name,
      classes: (await classesOf(parts.db, uai)).map(({ code }) => code),
    })),
  );
}

const SCHOOLS = ['0990101Q', '0990202Q'];

async function personas(stage: Stage): Promise<Persona[]> {
  const { parts } = stage;
  const { cast, persons } = await everybody(stage);
  const found = await accountsNow(parts.db, persons, parts.now());
  const accounts = persons.map((person) => found.get(person));
  await learnUsernames(stage, cast, accounts);
  return cast.map((part, index) => {
    const account = accounts[index];
    if (!account) throw new Error(`${part.key} has no account`);
    return account.state === 'active' ? active(stage, part, account) : notActive(stage, part, account);
  });
}

/** The officers stand there where the demo could appoint some. */
async function everybody(stage: Stage): Promise<{ cast: Part[]; persons: number[] }> {
  const { db, digests } = stage.parts;
  const cast: Part[] = [...DORMANT, ...ACTIVE];
  const persons = await personsOf(stage, cast);
  for (const officer of OFFICERS) {
    const person = await findInvited(db, digests.of('mail', officer.mail));
    if (person === undefined) continue;
    cast.push(officer);
    persons.push(person);
  }
  return { cast, persons };
}

function active({ file }: Stage, { key, name, profile }: Part, account: AccountNow): Persona {
  const own = file.state.credentials[key];
  const username = own?.username ?? file.state.usernames[key];
  return {
    name,
    profile,
    state: account.state,
    ...(username && { username }),
    // Who has chosen another since has told nobody.
    ...(own && account.isFirstPassword && { password: own.password }),
    ...(own && account.isFirstTotp && { totpSecret: own.totpSecret }),
  };
}

function notActive(stage: Stage, part: Part, account: AccountNow): Persona {
  const { name, profile } = part;
  const code = account.state === 'dormant' ? liveCode(stage, part, account) : undefined;
  const activation = code && { activation: { code, proof: stage.file.state.word } };
  return { name, profile, state: account.state, ...activation };
}
