import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type ActivationCode,
  digestActivationCode,
  formatActivationCode,
  parseActivationCode,
} from '../../src/activation/activation-code.ts';
import { createPrintBait } from '../../src/canaries/print-bait.ts';
import { markDecoys } from '../../src/directory/decoys.ts';
import { asSuperuser, socketOfPostgres } from '../support/stores.ts';
import { findGrownups, startModel } from './model.ts';
import { ask, withLetter } from './people.ts';
import { choosePassword, giveProofs, type Site, startSite } from './site.ts';
import { activationWorld, BY, UAI, type World } from './world.ts';

const PASSWORD = 'sept-chevaux-bleus-1789';

let world: World;
let site: Site;
let database: string;
const secrets: string[] = [];
/** What screens showed and messages held; two digits are too few to be looked for. */
const passing: string[] = [];

beforeAll(async () => {
  world = await activationWorld({
    adjust: ({ activation }) => {
      activation.ceremonies.everywhere.pupil = ['class-window', 'guardian-vouch', 'split-letter', 'desk'];
    },
  });
  site = await startSite(world);
  const { rows } = await world.stores.pool.query<{ name: string }>('select current_database() as name');
  database = rows[0]?.name ?? '';
  await live();
});
afterAll(async () => {
  await site.stop();
  await world.close();
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

async function dump(): Promise<string> {
  const tables = await asSuperuser(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables
     where schemaname not in ('pg_catalog', 'information_schema')`,
    database,
  );
  const texts: string[] = [];
  for (const { name } of tables.rows as { name: string }[]) {
    const { rows } = await asSuperuser(`select t::text as line from ${name} t`, database);
    texts.push(...(rows as { line: string }[]).map(({ line }) => line));
  }
  return texts.join('\n');
}

describe('a copy of the database', () => {
  it('holds no code: every string of sixteen characters in it opens nothing', async () => {
    const text = await dump();
    expect(text.length).toBeGreaterThan(10_000);
    const live = new Set((await liveDigests()).map((digest) => digest.toString('hex')));
    expect(live.size).toBeGreaterThan(5);
    const tried = new Set(readingsOf(text).flatMap(candidates));
    expect(tried.size).toBeGreaterThan(1000);
    const usable = [...tried].filter((code) =>
      live.has(digestActivationCode(world.digests, code).toString('hex')),
    );
    expect(usable).toEqual([]);
  });

  it('would be seen to hold one, were it there', () => {
    const [code = ''] = secrets;
    const bare = parseActivationCode(code) ?? '';
    for (const hidden of [
      code,
      bare.toLowerCase(),
      Buffer.from(bare).toString('hex'),
      Buffer.from(bare).toString('base64'),
    ]) {
      const tried = new Set<string>(readingsOf(`{"x":"${hidden}"}`).flatMap(candidates));
      expect(tried.has(bare)).toBe(true);
    }
  });

  it('holds no token, no half, no desk characters, no password and no word in clear, nor do Redis, the log and the write-ahead log', async () => {
    const codes = secrets.flatMap((secret) => [secret, secret.replaceAll('-', '')]);
    expect(passing.filter((text) => text.length < 6)).toEqual([]);
    const places = {
      database: await dump(),
      log: JSON.stringify(site.log),
      redis: await redisText(),
      wal: writeAheadLog(),
    };
    for (const [place, text] of Object.entries(places)) {
      const found = [...codes, ...passing, PASSWORD].filter((secret) => text.includes(secret));
      expect({ place, found }).toEqual({ place, found: [] });
    }
  });
});

async function liveDigests(): Promise<Buffer[]> {
  const { db } = world.stores;
  const letters = await db.selectFrom('letters').select('code_digest').execute();
  const baits = await db.selectFrom('bait_letters').select('code_digest').execute();
  const rows = [...letters, ...baits];
  return rows.map(({ code_digest }) => code_digest);
}

/** The text, and what its hexadecimal and base64 runs say. */
function readingsOf(text: string): string[] {
  const hex = text.match(/[0-9a-f]{32,}/g) ?? [];
  const base64 = text.match(/[A-Za-z0-9+/_-]{22,}={0,2}/g) ?? [];
  return [
    text,
    ...hex.map((run) => Buffer.from(run, 'hex').toString('latin1')),
    ...base64.map((run) => Buffer.from(run, 'base64').toString('latin1')),
  ];
}

/** Every sixteen characters in a row that somebody could type as a code, spaces and dashes left out. */
function candidates(text: string): ActivationCode[] {
  const runs = text.match(/[0-9A-Za-z](?:[ -]?[0-9A-Za-z]){15,}/g) ?? [];
  return runs.flatMap((run) => {
    const bare = run.replace(/[ -]/g, '');
    return Array.from(
      { length: bare.length - 15 },
      (_, at) => parseActivationCode(bare.slice(at, at + 16)) ?? [],
    ).flat();
  });
}

async function redisText(): Promise<string> {
  const { redis } = world.stores;
  const keys = await redis.keys('*');
  const values = await Promise.all(keys.map((key) => redis.dump(key).catch(() => '')));
  return [...keys, ...values].join('\n');
}

/** Of the whole test server: codes are random, so nobody else's can be mistaken for ours. */
function writeAheadLog(): string {
  const folder = join(dirname(socketOfPostgres), 'pg', 'cluster', 'pg_wal');
  const files = readdirSync(folder).filter((name) => /^[0-9A-F]{24}$/.test(name));
  expect(files.length).toBeGreaterThan(0);
  return files.map((name) => readFileSync(join(folder, name), 'latin1')).join('');
}
