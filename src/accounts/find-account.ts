import type { Digests } from '../crypto/digests.ts';
import type { Db, Tx } from '../storage/postgres.ts';
import type { AccountState } from '../storage/schema.ts';
import { selectByName } from './store.ts';
import { normaliseUsername } from './username.ts';

export interface FoundAccount {
  person: number;
  /** The `accountId` of the engine. */
  personId: string;
  epoch: number;
  state: AccountState;
  password: Password | undefined;
}

export interface Password {
  hash: string;
  epoch: number;
  generation: number;
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
  const { person, person_id: personId, epoch, state, password_hash: hash } = row;
  const password =
    hash === null
      ? undefined
      : { hash, epoch: row.password_epoch ?? -1, generation: row.password_generation ?? -1 };
  return { person, personId, epoch, state, password };
}

/** The form in which rosters keep addresses. */
function normaliseMail(typed: string): string {
  return typed.trim().toLowerCase();
}

/** One form for one name, whoever types it how: attempts are counted under it, known or not. */
export function normaliseTypedName(typed: string): string {
  return typed.includes('@') ? normaliseMail(typed) : normaliseUsername(typed);
}
