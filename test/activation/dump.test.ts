import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  digestActivationCode,
  formatActivationCode,
  parseActivationCode,
} from '../../src/activation/activation-code.ts';
import { proofDigest } from '../../src/activation/requests/shown.ts';
import { createPrintBait } from '../../src/canaries/print-bait.ts';
import { markDecoys } from '../../src/directory/decoys.ts';
import { aHead, enter, nextCode } from '../console/staff.ts';
import { textOfPages } from '../messages/pdf-text.ts';
import { type StartedServers, startServers } from '../support/servers.ts';
import { type TestStores, testStores } from '../support/stores.ts';
import { type World as Whole, wholeWorld } from '../support/world.ts';
import { commandLine } from './command-line.ts';
import { findGrownups, startModel } from './model.ts';
import { ask, withLetter } from './people.ts';
import { codesIn, dataFolder, filesIn, readingsOf, tablesOf, textOf, walFile, wordsIn } from './places.ts';
import { choosePassword, giveProofs, type Site, startSite } from './site.ts';
import { activationWorld, BY, UAI, type World } from './world.ts';

const PASSWORD = 'sept-chevaux-bleus-1789';

/** Nobody else's: all that they write is looked through. */
let servers: StartedServers;
let stores: TestStores;
let world: World;
let whole: Whole;
let site: Site;
let database: string;
let walBefore: string;
const secrets: string[] = [];
/** What screens showed and messages held; two digits are too few to be looked for. */
const passing: string[] = [];

/** Where everything of this process that is temporary goes, and the paper: what `letters print --out` was asked for. */
const folder = mkdtempSync(join(tmpdir(), 'preau-dump-'));
const temporary = join(folder, 'temporary');
const paper = join(folder, 'paper.pdf');
const { TMPDIR } = process.env;

beforeAll(async () => {
  servers = await startServers();
  mkdirSync(temporary);
  process.env.TMPDIR = temporary;
  walBefore = await walFile(servers);
  stores = await testStores(servers);
  world = await activationWorld({
    stores,
    adjust: ({ activation }) => {
      activation.ceremonies.everywhere.pupil = ['class-window', 'guardian-vouch', 'split-letter', 'desk'];
    },
  });
  whole = await wholeWorld({ stores });
  site = await startSite(world);
  const { rows } = await stores.pool.query<{ name: string }>('select current_database() as name');
  database = rows[0]?.name ?? '';
  await live();
}, 60_000);
afterAll(async () => {
  await site.stop();
  await whole.close();
  await world.close();
  await stores.close();
  await servers.stop();
  if (TMPDIR === undefined) delete process.env.TMPDIR;
  else process.env.TMPDIR = TMPDIR;
  rmSync(folder, { recursive: true });
});

/** One in the name of a decoy: the bait's code opens nothing, and lies nowhere either. */
async function printBaitLetter(): Promise<string> {
  const { stores, keyRing, digests, settings, now } = world;
  const persons = await world.people({ className: '6C' });
  await stores.db.transaction().execute((tx) => markDecoys(tx, { persons, uai: UAI, at: now() }));
  const printBait = createPrintBait({ ...stores, keyRing, digests, settings: settings.activation, now });
  const printed = await printBait(BY, { uai: UAI });
  if (printed.outcome !== 'printed') throw new Error(printed.outcome);
  return formatActivationCode(printed.letter.code);
}

/** Letters printed, void, used, half-way; windows open; wrong words and codes typed. */
async function live(): Promise<void> {
  await world.people({ count: 5, className: '6B' });
  for (let n = 0; n < 2; n += 1) secrets.push(...(await world.print('6B')).values());
  secrets.push(await printBaitLetter());
  for (let n = 0; n < 3; n += 1) {
    const pupil = await world.pupilWithProofs();
    secrets.push(pupil.code);
    const browser = site.browser();
    await browser.get(`/activate?code=${pupil.code}`);
    await giveProofs(browser, { code: pupil.code, word: 'faux' });
    await giveProofs(browser, pupil);
    if (n > 0) await choosePassword(browser, PASSWORD);
    const token = browser.cookies.get('preau_activation');
    if (token) secrets.push(token);
  }
  await wait();
  await printOnPaper();
}

/** As the command line prints, into the one file it was asked for, and as the console does, into a download. */
async function printOnPaper(): Promise<void> {
  await world.people({ count: 2, className: '5A' });
  await commandLine(world)('letters print', [], { school: UAI, class: '5A', out: paper });
  await world.people({ count: 2, className: '5B' });
  const head = await aHead(whole);
  const desk = await enter(whole, head);
  const path = `/console/schools/${UAI}/classes/5B/letters`;
  await desk.get(path);
  const { bytes } = await desk.post(path, { csrf: desk.csrf, otp: nextCode(whole, head) });
  const printed = [readFileSync(paper), bytes].flatMap((file) => textOfPages(file).slice(1));
  const codes = printed.map((page) => /(?:[0-9A-HJKMNP-TV-Z]{4}[ -]?){4}/.exec(page)?.[0] ?? '');
  expect(codes.filter((code) => parseActivationCode(code))).toHaveLength(4);
  secrets.push(...codes.map((code) => formatActivationCode(parseActivationCode(code) ?? ('' as never))));
}

/** Screens that wait, a half that was sent, one that was typed, and the letter of one printed alone. */
async function wait(): Promise<void> {
  const grownups = await findGrownups(world);
  for (let n = 0; n < 2; n += 1) {
    const [pupil] = (await startModel(world, grownups)).people;
    if (!pupil) throw new Error('nobody');
    secrets.push(pupil.code);
    const screens = [
      await ask(world, 'desk', pupil.code),
      await ask(world, 'guardian-vouch', pupil.code),
      await ask(world, 'split-letter', pupil.code),
    ];
    secrets.push(...screens.map(({ token }) => token));
    const [desk, , split] = screens;
    const half = (await grownups.send(split?.id ?? '')) ?? '';
    passing.push(desk?.shown ?? '', half, half.replace(' ', ''));
    if (n > 0) await world.activation.typeHalf(split?.token, half);
  }
  const alone = await withLetter(world);
  const printed = await world.activation.reprintLetter({ uai: UAI, person: alone.person, by: BY });
  if (printed.outcome === 'printed') secrets.push(...printed.letters.map(({ code }) => code));
}

interface Copied {
  place: string;
  text: string;
}

/** Every place something of what happened could lie in, the paper left out by its name. */
async function everything(): Promise<Copied[]> {
  const data = await dataFolder(database, walBefore, servers);
  expect(data.filter((path) => /pg_wal.[0-9A-F]{24}$/.test(path)).length).toBeGreaterThan(0);
  const files = filesIn(folder).filter((path) => path !== paper);
  return [
    { place: 'database', text: await tablesOf(database, servers) },
    { place: 'redis', text: await redisText() },
    { place: 'log', text: JSON.stringify(site.log) },
    { place: 'names of files', text: files.join('\n') },
    ...[...data, ...files].map((path) => ({ place: path, text: textOf(path) })),
  ];
}

describe('a copy of everything', () => {
  let copied: Copied[];
  beforeAll(async () => {
    copied = await everything();
  }, 60_000);

  it('holds no code: every string of sixteen characters anywhere in it opens nothing', async () => {
    const live = new Set((await liveDigests()).map((digest) => digest.toString('hex')));
    expect(live.size).toBeGreaterThan(5);
    expect(copied[0]?.text.length).toBeGreaterThan(10_000);
    const tried = new Set(copied.flatMap(({ text }) => readingsOf(text).flatMap(codesIn)));
    expect(tried.size).toBeGreaterThan(1000);
    const usable = [...tried].filter((code) =>
      live.has(digestActivationCode(world.digests, code).toString('hex')),
    );
    expect(usable).toEqual([]);
  }, 60_000);

  it('holds no half and no characters of a desk: every string of their shape in it proves nothing', async () => {
    const requests = await stores.db
      .selectFrom('activation_requests')
      .select(['ceremony', 'token_digest', 'proof_digest'])
      .where('proof_digest', 'is not', null)
      .where('ceremony', '!=', 'guardian-vouch')
      .execute();
    expect(new Set(requests.map(({ ceremony }) => ceremony)).size).toBe(2);
    const provedBy = (words: readonly string[]) =>
      words.filter((word) =>
        requests.some(({ token_digest, proof_digest }) =>
          proof_digest?.equals(proofDigest(world.digests, token_digest, word)),
        ),
      );
    // The proof that the trial is one: what screens showed and messages held does prove.
    expect(provedBy(passing.map((word) => word.replace(' ', ''))).length).toBeGreaterThan(2);
    for (const { place, text } of copied) {
      const tried = [...wordsIn(text, '4 4'), ...wordsIn(text, '6')];
      expect({ place, found: provedBy(tried) }).toEqual({ place, found: [] });
    }
  }, 60_000);

  it('would be seen to hold one, were it there', () => {
    const [code = ''] = secrets;
    const bare = parseActivationCode(code) ?? '';
    for (const hidden of [
      code,
      bare.toLowerCase(),
      Buffer.from(bare).toString('hex'),
      Buffer.from(bare).toString('base64'),
    ]) {
      const tried = new Set<string>(readingsOf(`{"x":"${hidden}"}`).flatMap(codesIn));
      expect(tried.has(bare)).toBe(true);
    }
    expect(textOfPages(readFileSync(paper)).join().length).toBeGreaterThan(100);
  });

  it('holds no token, no half, no desk characters, no password and no word in clear', () => {
    const codes = secrets.flatMap((secret) => [secret, secret.replaceAll('-', '')]);
    expect(passing.filter((text) => text.length < 6)).toEqual([]);
    for (const { place, text } of copied) {
      // Six characters are too few for what is no text; as words they are tried above.
      const short = place.startsWith('/') ? [] : passing;
      const found = [...codes, ...short, PASSWORD].filter((secret) => text.includes(secret));
      expect({ place, found }).toEqual({ place, found: [] });
    }
  });

  it('holds nothing temporary at all, for nothing of a letter is ever a file but the paper', () => {
    expect(filesIn(folder)).toEqual([paper]);
  });
});

async function liveDigests(): Promise<Buffer[]> {
  const { db } = stores;
  const letters = await db.selectFrom('letters').select('code_digest').execute();
  const baits = await db.selectFrom('bait_letters').select('code_digest').execute();
  const rows = [...letters, ...baits];
  return rows.map(({ code_digest }) => code_digest);
}

async function redisText(): Promise<string> {
  const { redis } = stores;
  const keys = await redis.keys('*');
  const values = await Promise.all(keys.map((key) => redis.dump(key).catch(() => '')));
  return [...keys, ...values].join('\n');
}

describe('the processes that hold keys and codes in memory', () => {
  it.each(['bin/preau', 'bin/demo'])('write no core dump: %s', (name) => {
    expect(readFileSync(name, 'utf8')).toMatch(/^ulimit -c 0/m);
  });

  it('write none in a container either', () => {
    const compose = readFileSync('compose.yaml', 'utf8');
    const services = compose.match(/^ {4}(?:image|build):/gm) ?? [];
    expect(services.length).toBeGreaterThan(3);
    expect(compose.match(/^ {4}ulimits: \{ core: 0 \}/gm)).toHaveLength(services.length);
  });
});
