// Another process on the same database: does what its parent says, and answers what came of it.
import { sql } from 'kysely';
import type pg from 'pg';
import { type Db, openPostgres } from '../../src/storage/postgres.ts';
import { openActivation } from './parts.ts';

export type Task = Claiming | Trying;
export interface Claiming {
  kind: 'claim' | 'claim-naively';
  token: string;
  password: string;
  person: number;
  letter: string;
}
interface Trying {
  kind: 'begin' | 'begin-naively';
  code: string;
  word: string;
  person: number;
  window: string;
}
export type Message = Task & { id: number };
export interface Answer {
  id: number;
  outcome: string;
}

const { connection, secrets, ahead } = JSON.parse(process.argv[2] ?? '{}') as {
  connection: pg.ClientConfig;
  secrets: Record<string, string>;
  ahead: number;
};
const keys = Object.fromEntries(
  Object.entries(secrets).map(([name, text]) => [name, Buffer.from(text, 'base64')]),
);
const { db, pool } = openPostgres({
  connection,
  poolSize: 10,
  waiting: 500,
  connectMilliseconds: 5000,
  statementMilliseconds: 10_000,
  lockMilliseconds: 5000,
});
const { activation } = await openActivation({
  db,
  pool,
  secrets: keys as never,
  now: () => new Date(Date.now() + ahead),
  hash: async (password) => `hash of ${password}`,
});

process.on('message', (message: Message) => {
  void perform(message).then((outcome) => process.send?.({ id: message.id, outcome } satisfies Answer));
});
process.on('disconnect', () => process.exit(0));
process.send?.({ id: 0, outcome: 'ready' } satisfies Answer);

async function perform(task: Task): Promise<string> {
  try {
    switch (task.kind) {
      case 'claim':
        return (await activation.claim(task.token, task.password)).outcome;
      case 'begin':
        return (await activation.begin(activation.classWindow, { code: task.code, proof: task.word }))
          .outcome;
      default:
        return 'token' in task ? await claimNaively(db, task) : await tryNaively(db, task);
    }
  } catch (error) {
    return error instanceof Error ? error.name : 'unknown';
  }
}

/** The control: looks, then acts. */
async function claimNaively(on: Db, { letter, person, password }: Claiming) {
  const found = await on.selectFrom('letters').select('state').where('id', '=', letter).executeTakeFirst();
  if (found?.state !== 'printed') return 'ended';
  await sql`update accounts set claimed_at = coalesce(claimed_at, now()) where person = ${person}`.execute(
    on,
  );
  await sql`
    insert into passwords (person, hash, epoch, generation, set_at) values (${person}, ${password}, 0, 1, now())
    on conflict (person) do update set hash = excluded.hash`.execute(on);
  await on.updateTable('letters').set({ state: 'used' }).where('id', '=', letter).execute();
  return 'claimed';
}

/** The control: compares, then counts. */
async function tryNaively(on: Db, { person, window }: Trying) {
  const found = await sql<{ tries: number }>`
    select wrong_words as tries from activation_window_pupils where window_id = ${window} and person = ${person}`.execute(
    on,
  );
  if ((found.rows[0]?.tries ?? 0) >= 5) return 'refused';
  await sql`update activation_window_pupils set wrong_words = wrong_words + 1
    where window_id = ${window} and person = ${person}`.execute(on);
  return 'compared';
}
