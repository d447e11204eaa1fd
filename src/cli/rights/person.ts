import { normaliseUsername } from '../../accounts/username.ts';
import { selectPersonNumbers } from '../../crisis/store.ts';
import { findPersonByUsername } from '../../directory/persons.ts';
import type { Parts } from '../../parts.ts';
import type { Result } from '../command.ts';

/** Somebody as an operator names them: by id, by number or by username. */
export async function findPersonNamed(
  { db, digests }: Pick<Parts, 'db' | 'digests'>,
  named: string,
): Promise<number | undefined> {
  const found = (await selectPersonNumbers(db, [named])).get(named);
  return found ?? findPersonByUsername(db, digests, normaliseUsername(named));
}

export function noSuchPerson(named: string): Result {
  return {
    outcome: 'refused',
    message: `there is no person ${named}: name one by id, number or username`,
    json: { outcome: 'unknown-person', person: named },
  };
}
