import { setTimeout as pause } from 'node:timers/promises';
import type { Settings } from '../settings.ts';
import type { Db, Tx } from '../storage/postgres.ts';
import { findManyCodes, findManyLetters, findManySchools } from './findings/addresses.ts';
import { findClaimsBurst, findClaimsElsewhere } from './findings/claims.ts';
import { findBaitUsed, findVoidCodes } from './findings/codes.ts';
import { findDecoysListed, findDecoysSeen } from './findings/decoys.ts';
import { before, type Find, type Finding } from './findings/finding.ts';
import { findGuessedWindows } from './findings/windows.ts';
import { raise, tell } from './raise.ts';
import type { AlarmRule } from './rules.ts';
import { holdOutlastedPause, notePause } from './store.ts';

export interface Dependencies {
  db: Db;
  settings: Settings['alarms'];
  now: () => Date;
  log: { warn(details: object, message: string): void };
  pauseClaims: PauseClaims;
}

/** An order over the dormant of one school, in the alarm's transaction. Answers its id. */
export type PauseClaims = (
  tx: Tx,
  given: { uai: string; alarm: string; rule: AlarmRule; until: Date; at: Date },
) => Promise<string>;

export interface Watch {
  /** Looks once; answers the alarms it raised. */
  look(): Promise<string[]>;
  start(): void;
  stop(): Promise<void>;
}

const RULES: readonly Find[] = [
  findClaimsBurst,
  findClaimsElsewhere,
  findManySchools,
  findManyCodes,
  findManyLetters,
  findVoidCodes,
  findBaitUsed,
  findGuessedWindows,
  findDecoysSeen,
  findDecoysListed,
];

/** A transaction may commit some seconds after the time its rows bear, on a clock that differs. */
const OVERLAP_MINUTES = 2;

/**
 * Every few seconds, in every process: what happened since the last look, or in the last hours after a start. The same
 * facts seen twice, or by two processes, are one alarm.
 */
export function createWatch(from: Dependencies): Watch {
  const { settings, now, log } = from;
  const lookedAt = new Map<Find, Date>();
  const stopping = new AbortController();
  const look = async (): Promise<string[]> => {
    const raised: string[] = [];
    for (const find of RULES) {
      if (stopping.signal.aborted) break;
      const at = now();
      try {
        raised.push(...(await lookBy(from, find, { since: sinceOf(settings, lookedAt.get(find), at), at })));
        lookedAt.set(find, at);
      } catch (error) {
        // The others look all the same; this one begins again where it had looked to.
        log.warn({ err: error, rule: find.name }, 'alarms: not looked');
      }
    }
    return raised;
  };
  let running: Promise<void> | undefined;
  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      await look();
      const waiting = pause(settings.everySeconds * 1000, undefined, { signal: stopping.signal, ref: false });
      await waiting.catch(() => {});
    }
  };
  return {
    look,
    start: () => {
      running ??= run();
    },
    stop: async () => {
      stopping.abort();
      await running;
    },
  };
}

function sinceOf({ lookBackHours }: Settings['alarms'], lookedAt: Date | undefined, at: Date): Date {
  return lookedAt ? before(lookedAt, { minutes: OVERLAP_MINUTES }) : before(at, { hours: lookBackHours });
}

async function lookBy(from: Dependencies, find: Find, given: { since: Date; at: Date }): Promise<string[]> {
  const { db, settings } = from;
  const raised: string[] = [];
  for (const finding of await find(db, { ...given, figures: settings.figures })) {
    const id = await db.transaction().execute((tx) => raiseAndPause(tx, from, { finding, at: given.at }));
    if (id !== undefined) raised.push(id);
  }
  return raised;
}

/**
 * The pause comes into force with the alarm, and says which one it is. Whoever waits for its end gains nothing: where it
 * goes on and nobody has closed the alarm, claims are paused again.
 */
async function raiseAndPause(
  tx: Tx,
  { settings, pauseClaims }: Dependencies,
  { finding, at }: { finding: Finding; at: Date },
): Promise<string | undefined> {
  const { rule, uai } = finding;
  const raised = await raise(tx, { ...finding, at });
  const pauses: Readonly<Record<string, number>> = settings.pauseMinutes;
  const minutes = pauses[rule] ?? 0;
  if (uai === undefined || minutes === 0) return raised;
  const alarm = raised ?? (await holdOutlastedPause(tx, finding));
  if (alarm === undefined) return undefined;
  const until = new Date(at.getTime() + minutes * 60_000);
  const order = await pauseClaims(tx, { uai, alarm, rule, until, at });
  await notePause(tx, { alarm, order });
  if (raised === undefined) await tell(tx, alarm);
  return raised;
}
