import type { KeyRing } from '../crypto/key-ring.ts';
import { type Sealer, sealerOf } from '../crypto/sealed-fields.ts';
import type { PersonalClaim } from '../relying-parties/scopes.ts';
import type { StandingChild, StandingMembership, StandingPerson, WrappedKey } from '../sessions/standing.ts';

export type Available = Partial<Record<PersonalClaim, unknown>>;

export interface ClaimsFrom {
  readonly keyRing: KeyRing;
  /** The `sub` this publisher knows somebody by. */
  subOf(subjectId: string): string;
  /** The name that stands for somebody at this one client, and nowhere else. */
  handleOf(subjectId: string): string;
  readonly issuer: string;
}

/** All that could be said of somebody; nothing of it has left yet. An erased person has no name. */
export function availableClaims(person: StandingPerson, from: ClaimsFrom): Available {
  const { keyRing, subOf } = from;
  const sealer = sealerFor(keyRing, person.number, person.key);
  const open = (field: string) => {
    const row = person.fields.find((one) => one.field === field);
    return row && sealer?.open(field, row.sealed);
  };
  const [givenName, familyName] = [open('given_name'), open('family_name')];
  const name = [givenName, familyName].filter(Boolean).join(' ');
  const children = childrenOf(person, keyRing).map((child) => ({
    sub: subOf(child.subjectId),
    ...child.said,
  }));
  return {
    ...(name && { name }),
    ...(givenName && { given_name: givenName }),
    ...(familyName && { family_name: familyName }),
    preferred_username: from.handleOf(person.subjectId),
    ...(mailOf(person, sealer) ?? madeUpMail(person, from)),
    profiles: [...new Set(person.memberships.map(({ profile }) => profile))],
    establishments: establishmentsOf(person.memberships),
    ...(children.length > 0 && { children }),
  };
}

/** Those somebody may speak for: legal responsibility, not mere contact. */
export function legalChildren({ children, memberships }: StandingPerson): StandingChild[] {
  const isGuardian = memberships.some(({ profile }) => profile === 'guardian');
  return isGuardian ? children.filter(({ rank }) => rank === 1 || rank === 2) : [];
}

function childrenOf(person: StandingPerson, keyRing: KeyRing) {
  return legalChildren(person).map(({ number, subjectId, key, givenNameSealed, memberships }) => {
    const sealer = sealerFor(keyRing, number, key);
    const givenName = givenNameSealed && sealer?.open('given_name', givenNameSealed);
    const pupil = memberships.find(({ profile }) => profile === 'pupil');
    const said = {
      ...(givenName && { given_name: givenName }),
      ...(pupil && { uai: pupil.establishment, ...(pupil.class && { class: pupil.class }) }),
    };
    return { subjectId, said };
  });
}

/** Confirmed before unconfirmed; one that several accounts hold is nobody's for sure. A pupil's own never leaves. */
function mailOf(person: StandingPerson, sealer: Sealer | undefined): Available | undefined {
  if (person.memberships.some(({ profile }) => profile === 'pupil')) return undefined;
  const mails = person.contacts.filter(({ kind }) => kind === 'mail');
  const confirmed = mails.find(({ confirmedAt, holders }) => confirmedAt && holders === 1);
  const mail = confirmed ?? mails[0];
  if (!mail || !sealer) return undefined;
  return { email: sealer.open('mail', mail.sealed), email_verified: mail === confirmed };
}

/** For relying parties that cannot do without an address: nothing is ever delivered to it (RFC 2606 §2 on loopback). */
function madeUpMail({ subjectId }: StandingPerson, { handleOf, issuer }: ClaimsFrom): Available {
  return { email: `${handleOf(subjectId)}@${NO_MAIL}.${new URL(issuer).hostname}`, email_verified: false };
}

const NO_MAIL = 'no-mail';

function establishmentsOf(memberships: readonly StandingMembership[]): object[] {
  const found = new Map<string, { uai: string; name: string; profile: string; classes: string[] }>();
  for (const { establishment: uai, establishmentName: name, profile, class: code } of memberships) {
    const key = `${uai} ${profile}`;
    const one = found.get(key) ?? { uai, name, profile, classes: [] };
    if (code && !one.classes.includes(code)) one.classes.push(code);
    found.set(key, one);
  }
  return [...found.values()];
}

function sealerFor(keyRing: KeyRing, person: number, key: WrappedKey | undefined): Sealer | undefined {
  return key && sealerOf(person, keyRing.openPersonKey({ person, ...key }));
}
