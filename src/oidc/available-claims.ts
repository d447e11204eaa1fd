import type { KeyRing } from '../crypto/key-ring.ts';
import { type Sealer, sealerOf } from '../crypto/sealed-fields.ts';
import { type Contract, entitlementsOf, isOpenTo } from '../relying-parties/contracts/contract.ts';
import type { PersonalClaim } from '../relying-parties/scopes.ts';
import type { StandingChild, StandingMembership, StandingPerson, WrappedKey } from '../sessions/standing.ts';

export type Available = Partial<Record<PersonalClaim, unknown>>;

export interface ClaimsFrom {
  readonly keyRing: KeyRing;
  readonly contract: Contract | undefined;
  /** What else the contract names stays sealed. */
  readonly asked: ReadonlySet<string>;
  /** The `sub` this publisher knows somebody by. */
  subOf(subjectId: string): string;
  /** The name that stands for somebody at this one client, and nowhere else. */
  handleOf(subjectId: string): string;
  readonly issuer: string;
}

/**
 * What the contract lets be said of somebody; nothing of it has left yet. What it does not name is never built, and
 * what speaks of schools speaks of those it is open to, in the profiles it names. An erased person has no name.
 */
export function availableClaims(person: StandingPerson, from: ClaimsFrom): Available {
  const entitled = entitlementsOf(from.contract, person.memberships);
  const opened = openerOf(person, from.keyRing);
  const built = [...entitled]
    .filter(([claim]) => from.asked.has(claim))
    .map(([claim, memberships]) => [claim, BUILDERS[claim]({ person, memberships, from, opened })]);
  return Object.fromEntries(built.filter(([, value]) => value !== undefined));
}

interface Building {
  readonly person: StandingPerson;
  /** Those that give the right to this claim. */
  readonly memberships: readonly StandingMembership[];
  readonly from: ClaimsFrom;
  readonly opened: Opener;
}

const BUILDERS: Record<PersonalClaim, (building: Building) => unknown> = {
  name: ({ opened }) =>
    [opened.field('given_name'), opened.field('family_name')].filter(Boolean).join(' ') || undefined,
  given_name: ({ opened }) => opened.field('given_name'),
  family_name: ({ opened }) => opened.field('family_name'),
  preferred_username: ({ person, from }) => from.handleOf(person.subjectId),
  email: (building) => mailOf(building)?.address ?? madeUpMail(building),
  email_verified: (building) => mailOf(building)?.isVerified ?? false,
  profiles: ({ memberships }) => [...new Set(memberships.map(({ profile }) => profile))],
  establishments: ({ memberships }) => establishmentsOf(memberships),
  children: (building) => childrenOf(building),
};

interface Opener {
  field(name: string): string | undefined;
  mail(sealed: Buffer): string | undefined;
}

function openerOf(person: StandingPerson, keyRing: KeyRing): Opener {
  let sealer: Sealer | undefined;
  const known = new Map<string, string | undefined>();
  const open = (field: string, sealed: Buffer | undefined) => {
    sealer ??= sealerFor(keyRing, person.number, person.key);
    return (sealed && sealer?.open(field, sealed)) || undefined;
  };
  return {
    field(name) {
      if (!known.has(name))
        known.set(name, open(name, person.fields.find(({ field }) => field === name)?.sealed));
      return known.get(name);
    },
    mail: (sealed) => open('mail', sealed),
  };
}

/** Those somebody may speak for: legal responsibility, not mere contact. */
function legalChildren({ children, memberships }: StandingPerson): StandingChild[] {
  const isGuardian = memberships.some(({ profile }) => profile === 'guardian');
  return isGuardian ? children.filter(({ rank }) => rank === 1 || rank === 2) : [];
}

/** Of them those at a school the contract is open to. */
export function childrenSpokenOf(person: StandingPerson, contract: Contract | undefined): StandingChild[] {
  const children = legalChildren(person);
  if (!contract?.terms.open_to) return children;
  return children.filter(({ memberships }) => schoolingOf(memberships, contract));
}

function childrenOf({ person, from: { keyRing, contract, subOf } }: Building): object[] | undefined {
  const children = childrenSpokenOf(person, contract).map(
    ({ number, subjectId, key, givenNameSealed, memberships }) => {
      const sealer = sealerFor(keyRing, number, key);
      const givenName = givenNameSealed && sealer?.open('given_name', givenNameSealed);
      const pupil = schoolingOf(memberships, contract);
      return {
        sub: subOf(subjectId),
        ...(givenName && { given_name: givenName }),
        ...(pupil && { uai: pupil.establishment, ...(pupil.class && { class: pupil.class }) }),
      };
    },
  );
  return children.length > 0 ? children : undefined;
}

/** Where a child goes to school, of the schools the contract is open to. */
export function schoolingOf(
  memberships: readonly StandingMembership[],
  contract: Contract | undefined,
): StandingMembership | undefined {
  return memberships.find(
    (membership) => membership.profile === 'pupil' && contract && isOpenTo(contract, membership),
  );
}

/**
 * Confirmed before unconfirmed; one that several accounts hold is nobody's for sure. A minor's takes the profile
 * `high`, which nobody has yet.
 */
function mailOf({ person, opened }: Building): { address: string; isVerified: boolean } | undefined {
  if (person.memberships.some(({ profile }) => profile === 'pupil')) return undefined;
  const mails = person.contacts.filter(({ kind }) => kind === 'mail');
  const confirmed = mails.find(({ confirmedAt, holders }) => confirmedAt && holders === 1);
  const mail = confirmed ?? mails[0];
  const address = mail && opened.mail(mail.sealed);
  return mail && address ? { address, isVerified: mail === confirmed } : undefined;
}

/** For relying parties that cannot do without an address: nothing is ever delivered to it (RFC 2606 §2 on loopback). */
function madeUpMail({ person, from: { handleOf, issuer } }: Building): string {
  return `${handleOf(person.subjectId)}@${NO_MAIL}.${new URL(issuer).hostname}`;
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
