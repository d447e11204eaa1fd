import { type Db, isHeldUp, type Tx } from './postgres.ts';
import { Unavailable } from './unavailable.ts';

/** One statement for all that is given, an answer for each in the same order. */
export type AskAll<Given, Answer> = (db: Db | Tx, all: readonly Given[]) => Promise<readonly Answer[]>;

interface Waiting<Given, Answer> {
  readonly given: Given;
  resolve(answer: Answer): void;
  reject(error: unknown): void;
}

const MOST_AT_ONCE = 50;

interface Kind {
  /** A statement that locks no rows is held up by what holds up all of them: a table's lock. None is asked again alone. */
  readonly locks: 'rows' | 'none';
}

/**
 * What several requests ask in one turn of the event loop goes out as one statement: each waits for its own round trip,
 * and PostgreSQL and this process work once for all of them. Within a transaction each asks alone.
 */
export function gathered<Given, Answer>(askAll: AskAll<Given, Answer>, { locks }: Kind = { locks: 'rows' }) {
  const waiting = new WeakMap<Db, Waiting<Given, Answer>[]>();
  const send = (db: Db): void => {
    const all = waiting.get(db) ?? [];
    waiting.delete(db);
    for (let from = 0; from < all.length; from += MOST_AT_ONCE)
      void answer(db, all.slice(from, from + MOST_AT_ONCE), { askAll, locks });
  };
  return (db: Db | Tx, given: Given): Promise<Answer> => {
    if (db.isTransaction) return askAll(db, [given]).then(only);
    return new Promise((resolve, reject) => {
      const one = { given, resolve, reject };
      const others = waiting.get(db);
      if (others) return void others.push(one);
      waiting.set(db, [one]);
      setImmediate(send, db);
    });
  };
}

async function answer<Given, Answer>(
  db: Db,
  all: readonly Waiting<Given, Answer>[],
  how: Kind & { readonly askAll: AskAll<Given, Answer> },
): Promise<void> {
  try {
    const answers = await how.askAll(
      db,
      all.map(({ given }) => given),
    );
    if (answers.length !== all.length) throw new Error('a statement answered other than it was asked');
    all.forEach(({ resolve }, index) => {
      resolve(answers[index] as Answer);
    });
  } catch (error) {
    const isDown = error instanceof Unavailable && (how.locks === 'none' || !isHeldUp(error));
    if (all.length === 1 || isDown) for (const { reject } of all) reject(error);
    // What PostgreSQL has against one of them, or who holds its rows, is not the others' fault.
    else for (const one of all) void answer(db, [one], how);
  }
}

function only<Answer>(answers: readonly Answer[]): Answer {
  if (answers.length !== 1) throw new Error('a statement answered other than it was asked');
  return answers[0] as Answer;
}
