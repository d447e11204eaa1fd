import type { Actor } from '../../audit/actor.ts';
import { record } from '../../audit/record.ts';
import type { Digests } from '../../crypto/digests.ts';
import type { KeyRing } from '../../crypto/key-ring.ts';
import { type ContactKind, closeContacts, openContacts } from '../../directory/contacts.ts';
import { sealersOf } from '../../directory/fields.ts';
import type { Db } from '../../storage/postgres.ts';
import { holdInvited, replaceInvitedContact } from './store.ts';

export interface Dependencies {
  db: Db;
  keyRing: KeyRing;
  digests: Digests;
  now: () => Date;
}

export interface Asked {
  by: Actor;
  reason: string | undefined;
  person: number;
  contact: { kind: ContactKind; value: string };
}

export type Readdressed = { outcome: 'readdressed' } | { outcome: 'not-invited' };
export type ReaddressOfficer = (asked: Asked) => Promise<Readdressed>;

/**
 * Where the electronic half of an invited person's letter goes from now on, while nobody has claimed the account. The
 * one who calls this prints the paper anew: what was under way ends with the former letter.
 */
export function createReaddressOfficer({ db, keyRing, digests, now }: Dependencies): ReaddressOfficer {
  return ({ by, reason, person, contact }) =>
    db.transaction().execute(async (tx) => {
      const at = now();
      const former = await holdInvited(tx, person);
      const sealer = (await sealersOf(tx, keyRing, [person])).get(person);
      if (former === undefined || !sealer) return { outcome: 'not-invited' };
      await closeContacts(tx, [former], at);
      const [opened] = await openContacts(tx, [{ sealer, uai: null, ...contact }], { digests, at });
      if (!opened) throw new Error('the contact was not written');
      await replaceInvitedContact(tx, { person, contact: opened.id });
      const details = { contact: contact.kind };
      await record(
        tx,
        by,
        { name: 'officer.readdressed', subject: person, details, ...(reason && { reason }) },
        at,
      );
      return { outcome: 'readdressed' };
    });
}
