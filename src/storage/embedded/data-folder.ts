import { createHash } from 'node:crypto';
import { lstatSync, mkdirSync, realpathSync, rmSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export type Holder = 'server' | 'command';

export interface DataFolder {
  path: string;
  postgres: string;
  redis: string;
  /** Sockets live here: in the data folder, or in a short private one where its path is too long for a socket. */
  sockets: { postgres: string; redis: string; lock: string };
}

/** The folder, made if missing, readable by its owner alone. */
export function openDataFolder(path: string): DataFolder {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  const real = realpathSync(path);
  const run = socketFolder(real);
  return {
    path: real,
    postgres: join(real, 'postgres'),
    redis: join(real, 'redis'),
    sockets: { postgres: join(run, 'pg'), redis: join(run, 'redis'), lock: join(run, 'lock') },
  };
}

// A unix socket's path holds 107 bytes; the longest of ours adds 25.
function socketFolder(dataFolder: string): string {
  const inside = join(dataFolder, 'run');
  if (Buffer.byteLength(inside) <= 80) return makePrivate(inside);
  const name = createHash('sha256').update(dataFolder).digest('hex').slice(0, 12);
  return makePrivate(join(tmpdir(), `preau-${process.getuid?.() ?? 0}-${name}`));
}

function makePrivate(folder: string): string {
  mkdirSync(folder, { recursive: true, mode: 0o711 });
  const found = lstatSync(folder);
  if (!found.isDirectory() || found.uid !== (process.getuid?.() ?? found.uid)) {
    throw new Error(`${folder} belongs to somebody else`);
  }
  return folder;
}

export type LockOutcome =
  | { outcome: 'taken'; release: () => Promise<void> }
  | { outcome: 'held'; by: Holder };

/** One process at a time runs the folder's servers. A lock left by a dead process is found dead and taken over. */
export async function lockDataFolder(folder: DataFolder, as: Holder): Promise<LockOutcome> {
  for (let attempt = 0; attempt < 5; attempt++) {
    const server = await listen(folder.sockets.lock, as);
    if (server) return { outcome: 'taken', release: () => release(server) };
    const by = await askHolder(folder.sockets.lock);
    if (by) return { outcome: 'held', by };
    rmSync(folder.sockets.lock, { force: true });
  }
  throw new Error(`cannot lock ${folder.path}`);
}

export async function holderOf(folder: DataFolder): Promise<Holder | undefined> {
  return askHolder(folder.sockets.lock);
}

function listen(path: string, as: Holder): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer((connection) => {
      connection.on('error', () => {});
      connection.end(as);
    });
    server.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? resolve(undefined) : reject(error),
    );
    server.listen(path, () => {
      server.unref();
      resolve(server);
    });
  });
}

/** Whoever listens and says nothing is alive, and busy or stopped: its servers run. */
function askHolder(path: string): Promise<Holder | undefined> {
  return new Promise((resolve) => {
    let answer = '';
    const connection = connect(path);
    connection.setTimeout(2000, () => {
      if (!connection.connecting) answer ||= 'server';
      connection.destroy();
    });
    connection.on('data', (chunk) => {
      answer += chunk.toString();
    });
    connection.once('error', () => resolve(undefined));
    connection.once('close', () => resolve(answer === 'server' || answer === 'command' ? answer : undefined));
  });
}

function release(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}
