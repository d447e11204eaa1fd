import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { createActivation } from '../../src/activation/activation.ts';
import { loadConfig } from '../../src/config.ts';
import { saveEstablishments } from '../../src/directory/establishments.ts';
import { sealersOf } from '../../src/directory/fields.ts';
import { openParts, type Parts } from '../../src/parts.ts';
import { UAI } from '../login/people.ts';
import { KILLS } from '../support/amount.ts';
import { commandLine, dataFolder, processesNaming, type Server, startServer } from '../support/processes.ts';
import { Visitor } from '../support/visitor.ts';
import { giveProofs, pupilsWithProofs, type WithProofs } from './people.ts';

const ISSUER = 'http://localhost:3999';
const PUPILS = 6;
/** Hashing takes its time: within it most of them are claimed, one after the other. */
const LONGEST_WAIT = 500;

const folder = mkdtempSync(join(tmpdir(), 'preau-kill-'));
const environment = { ...dataFolder(folder), PREAU_ISSUER: ISSUER, PREAU_TRUSTED_PROXIES: '127.0.0.1 ::1' };
let server: Server;

beforeAll(async () => {
  server = await startServer(environment);
  const college = { uai: UAI, name: 'Collège', academie: 'Paris', kind: 'college' };
  await asCommand(({ db }) => db.transaction().execute((tx) => saveEstablishments(tx, [college])));
}, 60_000);
afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Joins the running instance, as the command line does. */
async function asCommand<T>(act: (parts: Parts) => Promise<T>): Promise<T> {
  const parts = await openParts(loadConfig(environment), 'command');
  try {
    return await act(parts);
  } finally {
    await parts.close();
  }
}

let visits = 0;
/** Each from elsewhere: many rounds of wrong passwords from one address would stop them all. */
function visit(): Visitor {
  visits += 1;
  return new Visitor(ISSUER, server.url).at(`10.${visits >> 16}.${(visits >> 8) & 255}.${visits & 255}`);
}

interface Claimer extends WithProofs {
  visitor: Visitor;
  password: string;
  /** Préau said that the account is theirs. */
  isAcknowledged: boolean;
}

/** Who has given both proofs and is about to choose a password. */
async function readyToClaim(): Promise<Claimer[]> {
  const pupils = await asCommand((parts) => {
    const school = { parts, activation: createActivation(parts), now: parts.now };
    return pupilsWithProofs(school, PUPILS);
  });
  return Promise.all(
    pupils.map(async (proofs) => {
      const visitor = visit();
      expect((await giveProofs(visitor, proofs)).url).toBe('/activate/password');
      return { ...proofs, visitor, password: `phrase de ${proofs.person} et rien`, isAcknowledged: false };
    }),
  );
}

async function claim(claimer: Claimer): Promise<void> {
  const { visitor, password } = claimer;
  try {
    const answer = await visitor.post('/activate/password', { csrf: visitor.csrf, password });
    claimer.isAcknowledged = answer.headers.get('location') === '/activate/second-factor';
  } catch {
    // The connection broke: nobody knows.
  }
}

type SignedIn = 'in' | 'refused' | 'no answer';

async function signIn(username: string, password: string): Promise<SignedIn> {
  try {
    const visitor = visit();
    await visitor.open('/account');
    await visitor.submit({ username, password });
    const { status, url } = await visitor.open('/account');
    if (status >= 500) return 'no answer';
    return status === 200 && url === '/account' ? 'in' : 'refused';
  } catch {
    return 'no answer';
  }
}

const VICTIMS = ['the process', 'PostgreSQL', 'Redis'] as const;

async function kill(victim: (typeof VICTIMS)[number]): Promise<void> {
  const pid = victim === 'the process' ? server.child.pid : serverNamed(victim);
  if (!pid) throw new Error(`${victim} does not run`);
  process.kill(pid, 'SIGKILL');
  if (victim !== 'the process') return untilReady();
  await server.ended;
  server = await startServer(environment);
}

function serverNamed(victim: 'PostgreSQL' | 'Redis'): number | undefined {
  const program = victim === 'PostgreSQL' ? /\/postgres -D / : /redis-server/;
  return processesNaming(folder).find((pid) => program.test(commandLine(pid)));
}

async function untilReady(): Promise<void> {
  const deadline = Date.now() + 20_000;
  // The supervisor notices in its own time: not ready first, ready again then.
  await pause(150);
  while (Date.now() < deadline) {
    const ready = await fetch(`${server.url}/health/ready`).catch(() => undefined);
    if (ready?.status === 200) return;
    await pause(50);
  }
  throw new Error('it did not come back');
}

/** Undefined: still dormant. */
function usernameOf(person: number): Promise<string | undefined> {
  return asCommand(async ({ db, keyRing }) => {
    const account = await db
      .selectFrom('accounts')
      .select('username_sealed')
      .where('person', '=', person)
      .executeTakeFirstOrThrow();
    const sealer = (await sealersOf(db, keyRing, [person])).get(person);
    return account.username_sealed ? sealer?.open('username', account.username_sealed) : undefined;
  });
}

/** Either theirs, with the password they chose, or untouched: the letter still opens it. */
async function expectWhole(claimer: Claimer): Promise<string | undefined> {
  const { person, password, isAcknowledged } = claimer;
  const username = await usernameOf(person);
  if (username === undefined) {
    expect({ person, isAcknowledged }).toEqual({ person, isAcknowledged: false });
    expect((await giveProofs(visit(), claimer)).url).toBe('/activate/password');
    return undefined;
  }
  expect(await signIn(username, password)).toBe('in');
  expect(await signIn(username, `${password} not`)).toBe('refused');
  return username;
}

it('a kill of any of the three loses no acknowledged activation and lets nobody in', async () => {
  let known: { username: string; password: string } | undefined;
  for (let round = 0; round < Math.max(KILLS, VICTIMS.length); round += 1) {
    const victim = VICTIMS[round % VICTIMS.length] ?? 'Redis';
    const claimers = await readyToClaim();
    const claiming = claimers.map(claim);
    const strangers = [
      signIn(known?.username ?? 'nobody', 'not the password'),
      signIn('lina.nobody', 'nobody at all'),
    ];
    const holder = known && signIn(known.username, known.password);
    await pause(Math.random() * LONGEST_WAIT);
    await kill(victim);
    await Promise.all([...claiming, holder]);
    for (const outcome of await Promise.all(strangers)) expect(outcome).not.toBe('in');
    for (const claimer of claimers) {
      const username = await expectWhole(claimer);
      if (username) known = { username, password: claimer.password };
    }
  }
}, 600_000);

it('no process is left behind, however it ended', async () => {
  await server.stop('SIGKILL');
  await untilNoneIsLeft();
  server = await startServer(environment);
  await server.stop();
  expect(processesNaming(folder)).toEqual([]);
}, 60_000);

/** Its servers end with it by themselves. */
async function untilNoneIsLeft(): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (processesNaming(folder).length > 0 && Date.now() < deadline) await pause(50);
  expect(processesNaming(folder).map(commandLine)).toEqual([]);
}
