import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import { type Config, loadConfig } from '../../src/config.ts';
import { superviseChild } from '../../src/storage/embedded/child.ts';
import { lockDataFolder, openDataFolder } from '../../src/storage/embedded/data-folder.ts';
import { AlreadyRunning, migrateStores, openStores, type Stores } from '../../src/storage/stores.ts';
import { Unavailable } from '../../src/storage/unavailable.ts';

// Long enough that sockets must go elsewhere than into the folder.
const dataDir = join(mkdtempSync(join(tmpdir(), 'preau-embedded-')), 'a'.repeat(100));
let config: Config;
let stores: Stores;

beforeAll(async () => {
  config = loadConfig({ PREAU_PROFILE: 'test', PREAU_DATA_DIR: dataDir });
  stores = await openStores(config, 'server');
}, 60_000);
afterAll(async () => {
  await stores.close();
  rmSync(dataDir, { recursive: true, force: true });
});

describe('the servers of the data folder', () => {
  it('refuses a second server on the same folder, and lets a command join', async () => {
    await expect(openStores(config, 'server')).rejects.toThrow(AlreadyRunning);
    const joined = await openStores(config, 'command');
    expect(await joined.redis.ping()).toBe('PONG');
    await joined.close();
    expect(await stores.redis.ping()).toBe('PONG');
  });

  it('takes no folder from a process that is too busy to answer, but from one that died', async () => {
    const folder = openDataFolder(mkdtempSync(join(tmpdir(), 'preau-lock-')));
    const busy = createServer(() => {}).listen(folder.sockets.lock);
    await once(busy, 'listening');
    expect(await lockDataFolder(folder, 'server')).toEqual({ outcome: 'held', by: 'server' });
    // A killed process leaves its socket behind.
    const died = `require('net').createServer().listen(process.argv[1], () => process.kill(process.pid, 'SIGKILL'))`;
    rmSync(folder.sockets.lock);
    await once(spawn(process.execPath, ['-e', died, folder.sockets.lock]), 'exit');
    expect(existsSync(folder.sockets.lock)).toBe(true);
    const taken = await lockDataFolder(folder, 'server');
    expect(taken.outcome).toBe('taken');
    if (taken.outcome === 'taken') await taken.release();
    busy.close();
    rmSync(folder.path, { recursive: true });
  });

  it('starts a killed PostgreSQL again, says Unavailable meanwhile and loses no acknowledged row', async () => {
    await stores.db.insertInto('publishers').values({ id: 'kept', name: 'kept' }).execute();
    killServer('postgres');
    await expect(untilRefused(() => sql`select 1`.execute(stores.db))).rejects.toThrow(Unavailable);
    await untilAnswers(() => sql`select 1`.execute(stores.db));
    const rows = await stores.db.selectFrom('publishers').select('id').where('id', '=', 'kept').execute();
    expect(rows).toEqual([{ id: 'kept' }]);
  }, 60_000);

  it('starts one again as soon as the machine has room for it', async () => {
    const said: string[] = [];
    const server = { name: 'Sleep', command: '/bin/sleep', args: ['1000'], stopSignal: 'SIGTERM' } as const;
    const child = await superviseChild({
      ...{ ...server, args: [...server.args] },
      isReady: async () => {},
      log: (message) => void said.push(message),
    });
    const { pid: first = 0 } = child;
    const { PATH } = process.env;
    // No process can be started with so long an environment, nor where memory is short.
    process.env.PATH = 'x'.repeat(1_000_000);
    try {
      process.kill(first, 'SIGKILL');
      await untilAnswers(async () => expect(said).toContainEqual(expect.stringContaining('(E2BIG)')));
    } finally {
      process.env.PATH = PATH;
    }
    await untilAnswers(async () => expect([0, first, undefined]).not.toContain(child.pid));
    expect(process.kill(child.pid ?? 0, 0)).toBe(true);
    await child.stop();
  }, 60_000);

  it('starts a killed Redis again with its data', async () => {
    await stores.redis.set('kept', 'yes');
    await pause(1100);
    killServer('redis-server');
    await untilAnswers(() => stores.redis.ping());
    expect(await stores.redis.get('kept')).toBe('yes');
  }, 60_000);

  it('writes the memory of a server that crashes to no file', () => {
    for (const pid of [...serversOf('postgres'), ...serversOf('redis-server')]) {
      expect(readFileSync(`/proc/${pid}/limits`, 'utf8')).toMatch(/^Max core file size +0 +0 /m);
    }
  });

  it('opens and migrates nothing that production opened, under no weaker profile', async () => {
    const mark = (isProduction: boolean) =>
      sql`update instance set production = ${isProduction}`.execute(stores.db);
    await mark(true);
    await expect(openStores(config, 'command')).rejects.toThrow('the database is one of production');
    await expect(migrateStores(config)).rejects.toThrow('the database is one of production');
    await mark(false);
    const opened = await openStores(config, 'command');
    await opened.close();
  });

  it('leaves no server behind, and has the data at the next start, also of a copy that left out what is empty', async () => {
    await stores.close();
    expect(serversOf('postgres')).toEqual([]);
    expect(serversOf('redis-server')).toEqual([]);
    const beside = readdirSync(join(dataDir, 'postgres')).filter((name) => name !== 'cluster');
    for (const name of beside) rmSync(join(dataDir, 'postgres', name), { recursive: true });
    stores = await openStores(config, 'server');
    const rows = await stores.db.selectFrom('publishers').select('id').where('id', '=', 'kept').execute();
    expect(rows).toEqual([{ id: 'kept' }]);
  }, 60_000);
});

function killServer(name: string): void {
  for (const pid of serversOf(name)) process.kill(pid, 'SIGKILL');
}

// The children name their folder on the command line (redis-server shows its socket instead).
function serversOf(name: string): number[] {
  const listing = execFileSync('ps', ['-eo', 'pid=,args='], { encoding: 'utf8', maxBuffer: 1e7 });
  const socket = socketPath();
  return listing
    .split('\n')
    .filter((line) => line.includes(name) && (line.includes(dataDir) || line.includes(socket)))
    .map((line) => Number.parseInt(line, 10));
}

function socketPath(): string {
  return (stores.redis.options.path ?? '').replace('/redis/redis.sock', '');
}

// A signal takes its time: a question asked at once may still be answered.
async function untilRefused(ask: () => Promise<unknown>): Promise<void> {
  const deadline = Date.now() + 5000;
  while (Date.now() < deadline) await ask();
}

async function untilAnswers(ask: () => Promise<unknown>): Promise<void> {
  for (let tries = 0; ; tries++) {
    try {
      await ask();
      return;
    } catch (error) {
      if (tries > 200) throw error;
      await pause(100);
    }
  }
}
