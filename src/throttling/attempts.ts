import { type RawBuilder, sql } from 'kysely';
import type { Db, Tx } from '../storage/postgres.ts';
import { Unavailable } from '../storage/unavailable.ts';

/** How many failures one key may have. Nobody who can be named is locked by them: what pauses is what was typed. */
export interface AttemptLimits {
  /** This many at once; each further one only after a pause. */
  failuresBeforePause: number;
  pauseSeconds: number;
  longestPauseSeconds: number;
  /** In 24 hours. Undefined for a known device. */
  failuresPerDay: number | undefined;
}

export interface Attempt {
  /** A keyed digest: of what was typed, of a known device, of an account's second factor. */
  key: Buffer;
  limits: AttemptLimits;
  at: Date;
}

export type Reserved = { outcome: 'reserved' } | { outcome: 'paused'; until: Date };

const DAY_MILLISECONDS = 86_400_000;

/**
 * Counts this attempt as a failure before anything is verified, by one conditional statement: of any number at once,
 * exactly as many pass as the limit says. A success takes the count back (`clearAttempts`).
 */
export async function reserveAttempt(db: Db | Tx, { key, limits, at }: Attempt): Promise<Reserved> {
  const isOver = overAt(at);
  const perDay = limits.failuresPerDay ?? 2 ** 31 - 1;
  const failed = failures(isOver);
  const paused = pauses(isOver);
  const { rows } = await sql<{ reserved: boolean; until: Date | null }>`
    with reserved as (
      insert into attempt_counters as c (key, failures, paused_until, day_started_at, day_failures, updated_at)
      values (${key}, 1, ${pausedUntil(sql`1`, sql`0`, limits, at)}, ${at}::timestamptz, 1, ${at}::timestamptz)
      on conflict (key) do update set
        failures = ${failed},
        pauses = case when ${failed} >= ${limits.failuresBeforePause}::int then ${paused} + 1 else 0 end,
        paused_until = ${pausedUntil(failed, paused, limits, at)},
        day_started_at = case when ${isOver('day_started_at')} then ${at}::timestamptz else c.day_started_at end,
        day_failures = case when ${isOver('day_started_at')} then 1 else c.day_failures + 1 end,
        updated_at = ${at}::timestamptz
      where (c.paused_until is null or c.paused_until <= ${at} or ${isOver('updated_at')})
        and (c.day_failures < ${perDay}::int or ${isOver('day_started_at')})
      returning key
    )
    select exists (select from reserved) as reserved,
           case when c.day_failures >= ${perDay}::int
             then greatest(c.paused_until, c.day_started_at + interval '1 day') else c.paused_until end as until
    from (select) one left join attempt_counters c on c.key = ${key}`.execute(db);
  const answer = rows[0];
  if (answer?.reserved) return { outcome: 'reserved' };
  // Read before a concurrent attempt began the pause: the shortest one is true enough.
  return { outcome: 'paused', until: answer?.until ?? new Date(at.getTime() + limits.pauseSeconds * 1000) };
}

/**
 * What is down or too busy verified nothing: the attempt is none, and neither is the pause that it began. Not for what was
 * verified, whatever came after it.
 */
export async function unlessUnavailable<T>(
  db: Db,
  { key, limits }: Attempt,
  verify: () => Promise<T>,
): Promise<T> {
  try {
    return await verify();
  } catch (error) {
    if (error instanceof Unavailable) await giveBack(db, key, limits).catch(() => {});
    throw error;
  }
}

// While it is verified the pause that it began stands: nobody else was let pass since.
async function giveBack(db: Db, key: Buffer, { failuresBeforePause }: AttemptLimits): Promise<void> {
  const hasPaused = sql`failures >= ${failuresBeforePause}::int`;
  await sql`
    update attempt_counters set failures = greatest(failures - 1, 0), day_failures = greatest(day_failures - 1, 0),
      pauses = case when ${hasPaused} then greatest(pauses - 1, 0) else pauses end,
      paused_until = case when ${hasPaused} then null else paused_until end
    where key = ${key}`.execute(db);
}

/** A success: the failures before it no longer count. */
export async function clearAttempts(db: Db | Tx, keys: readonly Buffer[]): Promise<void> {
  await db.deleteFrom('attempt_counters').where('key', 'in', keys).execute();
}

/** Housekeeping: a counter without a failure for a day counts from none anyway; names typed by strangers have no end. */
export async function forgetAttempts(db: Db, at: Date): Promise<void> {
  await sql`delete from attempt_counters c where ${overAt(at)('updated_at')}`.execute(db);
}

type IsOver = (column: 'updated_at' | 'day_started_at') => RawBuilder<boolean>;

/**
 * A day ago or longer; or of a clock that was wrong: more than a day ahead is no difference between two clocks, and would
 * stop somebody for as long.
 */
function overAt(at: Date): IsOver {
  const [dayAgo, dayAhead] = [-1, 1].map((days) => new Date(at.getTime() + days * DAY_MILLISECONDS));
  return (column) => sql<boolean>`(c.${sql.ref(column)} <= ${dayAgo} or c.${sql.ref(column)} > ${dayAhead})`;
}

/** A day without a failure, and the counting begins anew; the pauses of the day before stay as long as it lasts. */
function failures(isOver: IsOver) {
  return sql<number>`(case when ${isOver('updated_at')} then 1 else c.failures + 1 end)`;
}

function pauses(isOver: IsOver) {
  return sql<number>`(case when ${isOver('updated_at')} then 0 else c.pauses end)`;
}

type Count = ReturnType<typeof sql<number>>;

/** The first pause, doubled by each one before it. */
function pausedUntil(
  failed: Count | ReturnType<typeof sql>,
  paused: Count | ReturnType<typeof sql>,
  limits: AttemptLimits,
  at: Date,
) {
  const { failuresBeforePause, pauseSeconds, longestPauseSeconds } = limits;
  return sql`(case when ${failed} >= ${failuresBeforePause}::int then ${at}::timestamptz + interval '1 second'
    * least(${longestPauseSeconds}::int, ${pauseSeconds}::int * power(2, least(${paused}, 20))) end)`;
}
