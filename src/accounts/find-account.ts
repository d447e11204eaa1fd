import type { Digests } from '../crypto/digests.ts';
import type { Db, Tx } from '../storage/postgres.ts';
import type { AccountState } from '../storage/schema.ts';
import { type AccountRow, type Password, selectByName } from './store.ts';
import { normaliseUsername } from './username.ts';

export interface FoundAccount {
  person: number;
  /** The `accountId` of the engine. */
  personId: string;
  epoch: number;
  state: AccountState;
  password: Password | undefined;
}

/** By username, or by a mail address that is confirmed and held by this account alone. One statement in every case. */
export async function findAccountByTypedName(
  db: Db | Tx,
  digests: Digests,
  typed: string,
): Promise<FoundAccount | undefined> {
  const row = await selectByName(db, {
    username: digests.of('username', normaliseUsername(typed)),
    mail: digests.of('mail', normaliseMail(typed)),
  });
  if (!row) return undefined;
  const { person, person_id: personId, epoch, state } = row;
  return { person, personId, epoch, state, password: passwordOf(row) };
}

function passwordOf(row: AccountRow): Password | undefined {
  const { password_hash: hash, password_epoch: epoch, password_generation: generation } = row;
  const { password_set_at: setAt } = row;
  if (hash === null || epoch === null || generation === null || setAt === null) return undefined;
  return { hash, epoch, generation, setAt };
}

/** The form in which rosters keep addresses. */
function normaliseMail(typed: string): string {
  return typed.trim().toLowerCase();
}

/** One form for one name, whoever types it how: attempts are counted under it, known or not. */
export function normaliseTypedName(typed: string): string {
  return typed.includes('@') ? normaliseMail(typed) : normaliseUsername(typed);
}
