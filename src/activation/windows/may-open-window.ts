import { areLinked } from '../../rights/rights.ts';
import type { Db, Tx } from '../../storage/postgres.ts';
import { selectHolders, teachesClass } from './store.ts';

export type NotOpening =
  /** The roster does not name them as teaching this class: no right makes up for that. */
  | { outcome: 'not-teaching' }
  /** They, or somebody linked to them by a gift of rights, printed a letter of these pupils or handed it over. */
  | { outcome: 'printed-letters' };

/** Who holds the letters has no word for the board (design promise 1). Asked again inside the act. */
export async function mayOpenWindow(
  db: Db | Tx,
  asked: { person: number; classId: number; pupils: readonly number[]; at: Date },
): Promise<{ outcome: 'may-open' } | NotOpening> {
  const { person, pupils } = asked;
  if (!(await teachesClass(db, asked))) return { outcome: 'not-teaching' };
  for (const holder of await selectHolders(db, pupils)) {
    if (await areLinked(db, holder, person)) return { outcome: 'printed-letters' };
  }
  return { outcome: 'may-open' };
}
