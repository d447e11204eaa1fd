import type { Db, Tx } from '../storage/postgres.ts';
import { type Appended, appendDisclosures, type Release } from './append.ts';
import { createContextRows } from './context.ts';
import { ensureDays } from './days.ts';

export interface Ledger {
  append(release: Release, db?: Db | Tx): Promise<Appended>;
  /** Makes the days ahead now and each hour. */
  start(): Promise<void>;
  stop(): void;
}

export interface LedgerDependencies {
  db: Db;
  ledgerKey: Buffer;
  now: () => Date;
  log: { warn(details: object, message: string): void };
}

const HOUR = 3_600_000;

export function createLedger({ db, ledgerKey, now, log }: LedgerDependencies): Ledger {
  const rowOf = createContextRows(ledgerKey);
  let timer: NodeJS.Timeout | undefined;
  const makeDays = () =>
    // Without its day a line goes to the default partition: later to sort, never lost.
    ensureDays(db, now()).catch((error) => log.warn({ err: error }, 'ledger: no days made'));
  return {
    append: (release, within = db) => appendDisclosures(within, release, rowOf),
    async start() {
      await makeDays();
      timer = setInterval(() => void makeDays(), HOUR);
      timer.unref();
    },
    stop: () => clearInterval(timer),
  };
}
