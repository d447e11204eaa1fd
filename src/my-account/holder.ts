import type { KeyRing } from '../crypto/key-ring.ts';
import { type Sealer, sealerOf } from '../crypto/sealed-fields.ts';
import type { StandingPerson } from '../sessions/standing.ts';
import type { Profile } from '../storage/schema.ts';

/** What somebody sees of themselves. */
export interface Holder {
  name: string;
  givenName: string | undefined;
  username: string | undefined;
  memberships: { profile: Profile; establishment: string; class: string | undefined }[];
}

/** Shown to its owner alone: no release and no read, so no line in the ledger. */
export function openHolder(keyRing: KeyRing, person: StandingPerson): Holder {
  const sealer =
    person.key && sealerOf(person.number, keyRing.openPersonKey({ person: person.number, ...person.key }));
  const givenName = openField(sealer, person, 'given_name');
  const familyName = openField(sealer, person, 'family_name');
  return {
    name: [givenName, familyName].filter(Boolean).join(' '),
    givenName,
    username: person.usernameSealed && sealer?.open('username', person.usernameSealed),
    memberships: person.memberships.map(({ profile, establishmentName, class: inClass }) => ({
      profile,
      establishment: establishmentName,
      class: inClass,
    })),
  };
}

/** What an attacker would try first for this person (ASVS 6.2.11). */
export function contextWords({ name, username, memberships }: Holder): string[] {
  return [name, username ?? '', ...memberships.map(({ establishment }) => establishment)];
}

function openField(sealer: Sealer | undefined, person: StandingPerson, field: string): string | undefined {
  const row = person.fields.find((one) => one.field === field);
  return row && sealer?.open(field, row.sealed);
}
