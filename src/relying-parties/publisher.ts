import { hash, randomBytes } from 'node:crypto';
import type { Tx } from '../storage/postgres.ts';
import type { Publisher } from './relying-party.ts';
import { insertPublisher, selectPublisher } from './store.ts';

export type FoundPublisher =
  | { outcome: 'found'; publisher: Publisher }
  /** Two names that come to one id would share every `sub` (design D10). */
  | { outcome: 'other-publisher'; id: string };

/** By id or name, and new where there is none; where nothing is given, one of its own. */
export async function findOrAddPublisher(
  tx: Tx,
  given: string | undefined,
  otherwise?: string,
): Promise<FoundPublisher> {
  if (given === undefined) {
    const id = `own-${randomBytes(6).toString('hex')}`;
    return { outcome: 'found', publisher: await insertPublisher(tx, { id, name: otherwise ?? id }) };
  }
  const { id, cutId } = idsOf(given);
  // An id is taken as it stands, whatever it would be as a name: tokens have nothing else.
  const publisher =
    (await selectPublisher(tx, given)) ??
    (await selectPublisher(tx, cutId)) ??
    (await insertPublisher(tx, { id, name: given }));
  return [publisher.id, publisher.name].includes(given)
    ? { outcome: 'found', publisher }
    : { outcome: 'other-publisher', id: publisher.id };
}

/** `cutId`: as it once was made, with a dash at its end where the cut left one. */
function idsOf(name: string): { id: string; cutId: string } {
  const cutId = name
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
    .slice(0, 63);
  const id = cutId.replace(/-$/, '');
  if (id) return { id, cutId };
  // In other letters: the same name is the same publisher all the same.
  const digest = `named-${hash('sha256', name.normalize('NFC')).slice(0, 12)}`;
  return { id: digest, cutId: digest };
}
