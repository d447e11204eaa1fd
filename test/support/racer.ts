// One of two processes that race: opens PostgreSQL by itself and does what it is told, many times at once.
import { type Db, openPostgres } from '../../src/storage/postgres.ts';

export type Act = (db: Db, given: never) => Promise<boolean>;

export interface Task {
  act: string;
  /** Plain values: they travel between processes. */
  given: Record<string, string | number>;
  times: number;
}

const [host = '', database = '', acts = ''] = process.argv.slice(2);
const { db } = openPostgres({
  connection: { host, database, user: 'preau_app' },
  poolSize: 10,
  waiting: 500,
  connectMilliseconds: 5000,
  statementMilliseconds: 10_000,
  lockMilliseconds: 5000,
});
const known = (await import(acts)) as Record<string, (db: Db, given: Task['given']) => Promise<boolean>>;

process.on('message', ({ act, given, times }: Task) => {
  const perform = known[act];
  if (!perform) throw new Error(`${acts} has no act ${act}`);
  const attempts = Array.from({ length: times }, () => perform(db, given));
  Promise.all(attempts).then(
    (won) => process.send?.({ won: won.filter(Boolean).length }),
    (error) => process.send?.({ failed: String(error) }),
  );
});
process.on('disconnect', () => process.exit());
process.send?.('ready');
