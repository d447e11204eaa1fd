import type { Actor } from '../../audit/actor.ts';
import { record } from '../../audit/record.ts';
import type { Digests } from '../../crypto/digests.ts';
import type { KeyRing } from '../../crypto/key-ring.ts';
import { type ContactKind, openContacts } from '../../directory/contacts.ts';
import { sealersOf } from '../../directory/fields.ts';
import { createPerson } from '../../directory/persons.ts';
import type { Db, Tx } from '../../storage/postgres.ts';
import { insertRight } from '../giving-store.ts';
import { addEndWarning } from './end-warning.ts';
import { aYearFrom } from './propose.ts';
import { insertInvitation, takeFirstOfficer } from './store.ts';

export interface Dependencies {
  db: Db;
  keyRing: KeyRing;
  digests: Digests;
  /** Dormant: what is claimed by a letter. */
  openAccount(tx: Tx, person: number, at: Date): Promise<unknown>;
  now: () => Date;
}

export interface Asked {
  by: Actor;
  reason: string | undefined;
  givenName: string;
  familyName: string;
  /** Where the electronic half of the letter goes. */
  contact: { kind: ContactKind; value: string };
  /** `first`: with the national right, where no officer ever was. `later`: two officers decide afterwards. */
  as: 'first' | 'later';
}

export type Invited =
  | { outcome: 'invited'; person: number; right: string | undefined }
  | { outcome: 'not-the-first' };

export type InviteOfficer = (asked: Asked) => Promise<Invited>;

/**
 * Somebody who is in no roster gets a dormant account, to be claimed by a letter in two halves. The first officer's
 * right waits in it and works once it is claimed; everybody else's invitation gives no right at all.
 */
export function createInviteOfficer(from: Dependencies): InviteOfficer {
  return (asked) =>
    from.db.transaction().execute(async (tx) => {
      const at = from.now();
      const { by, as } = asked;
      if (as === 'first' && !(await takeFirstOfficer(tx, { by, at }))) return { outcome: 'not-the-first' };
      const person = await openPerson(tx, from, asked, at);
      const right = as === 'first' ? await appointFirst(tx, { person, by }, at) : undefined;
      const details = { as, contact: asked.contact.kind, right: right ?? null };
      const why = asked.reason ? { reason: asked.reason } : {};
      await record(tx, by, { name: 'officer.invited', subject: person, details, ...why }, at);
      return { outcome: 'invited', person, right };
    });
}

async function openPerson(
  tx: Tx,
  { keyRing, digests, openAccount }: Dependencies,
  { givenName, familyName, contact, by }: Asked,
  at: Date,
): Promise<number> {
  const fields = { given_name: givenName, family_name: familyName };
  const person = await createPerson(tx, { fields }, { keyRing, digests, at });
  await openAccount(tx, person, at);
  const sealer = (await sealersOf(tx, keyRing, [person])).get(person);
  if (!sealer) throw new Error('a person without a key');
  const [opened] = await openContacts(tx, [{ sealer, uai: null, ...contact }], { digests, at });
  if (!opened) throw new Error('the contact was not written');
  await insertInvitation(tx, { person, contact: opened.id, by, at });
  return person;
}

async function appointFirst(
  tx: Tx,
  { person, by }: { person: number; by: Actor },
  at: Date,
): Promise<string> {
  const office = { role: 'national-officer', scope: { kind: 'nation' }, origin: 'appointed' } as const;
  const until = aYearFrom(at);
  const right = await insertRight(tx, { person, ...office, by, from: at, until });
  if (right === undefined) throw new Error('the first officer had a right already');
  await addEndWarning(tx, { right, until });
  return right;
}
