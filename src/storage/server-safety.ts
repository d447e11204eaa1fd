import type pg from 'pg';
import { ConfigurationError, type Mode } from '../config.ts';
import { askRedis, type Redis } from './redis.ts';

interface ServerFacts {
  fsync: string;
  commit: string;
  version: number;
  isOwner: boolean;
  isDemo: boolean;
  hasPeople: boolean;
}

/** A ledger that PostgreSQL acknowledged and the disk forgot is no ledger. Names all that is wrong at once. */
export async function refuseUnsafeServer(pool: pg.Pool, mode: Mode): Promise<void> {
  const problems = problemsOf(await askFacts(pool), mode);
  if (problems.length > 0) throw new ConfigurationError(problems);
}

/**
 * What may be seen once is remembered until it cannot be shown any more (design R4). A Redis that makes room by itself
 * forgets it sooner, and nothing tells: unlike one that was lost, it moves no `redis_epoch`.
 */
export async function refuseForgetfulRedis(redis: Redis, mode: Mode): Promise<void> {
  const policy = /^maxmemory_policy:(.*)$/m.exec(await askRedis(() => redis.info('memory')))?.[1]?.trim();
  if (mode === 'production' && policy !== undefined && policy !== 'noeviction')
    throw new ConfigurationError([`Redis runs with maxmemory-policy ${policy}; it must be noeviction`]);
}

/**
 * What production once opened is opened by no weaker profile, which a variable forgotten in a shell would be: it would
 * migrate by itself, seal under secrets of its own and take one operator for several. Asked before anything is done.
 */
export async function refuseOfProduction(pool: pg.Pool, mode: Mode): Promise<void> {
  if (mode !== 'production' && (await isOfProduction(pool)))
    throw new ConfigurationError([`the database is one of production, and PREAU_PROFILE is ${mode}`]);
}

async function isOfProduction(pool: pg.Pool): Promise<boolean> {
  const schema = await pool.query<{ isThere: boolean }>(
    `select to_regclass('preau.instance') is not null as "isThere"`,
  );
  if (!schema.rows[0]?.isThere) return false;
  // As JSON, for a schema from before the column.
  const { rows } = await pool.query<{ production: string | null }>(
    `select to_jsonb(i) ->> 'production' as production from preau.instance i`,
  );
  return rows[0]?.production === 'true';
}

export async function markProduction(pool: pg.Pool): Promise<void> {
  await pool.query('update preau.instance set production = true where not production');
}

function problemsOf(facts: ServerFacts, mode: Mode): string[] {
  const found: [boolean, string][] = [
    // A test's data are nobody's, and its disk is shared.
    [facts.fsync !== 'on' && mode !== 'test', 'PostgreSQL runs with fsync = off'],
    [facts.commit === 'off', 'PostgreSQL runs with synchronous_commit = off'],
    [facts.version < 150_000, 'PostgreSQL is older than 15'],
    [
      mode === 'production' && facts.isOwner,
      'DATABASE_URL connects as the owner or a superuser; use preau_app',
    ],
    [mode === 'production' && facts.isDemo, 'the database holds demo data: people with known passwords'],
    [
      mode === 'conformance' && facts.hasPeople && !facts.isDemo,
      'people live in the database; the conformance profile, where anybody registers, needs one without',
    ],
  ];
  return found.filter(([isWrong]) => isWrong).map(([, problem]) => problem);
}

async function askFacts(pool: pg.Pool): Promise<ServerFacts> {
  const { rows } = await pool.query<ServerFacts>(`
    select current_setting('fsync') as fsync,
           current_setting('synchronous_commit') as commit,
           current_setting('server_version_num')::int as version,
           login.rolsuper or pg_has_role(session_user, 'preau_owner', 'member') as "isOwner",
           (select demo from preau.instance) as "isDemo",
           exists (select from preau.persons) as "hasPeople"
      from pg_roles login where login.rolname = session_user`);
  const facts = rows[0];
  if (!facts) throw new Error('PostgreSQL did not say how it is set');
  return facts;
}
