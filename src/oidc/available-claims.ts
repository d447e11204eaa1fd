import type { KeyRing } from '../crypto/key-ring.ts';
import { type Sealer, sealerOf } from '../crypto/sealed-fields.ts';
import { type Contract, entitlementsOf, isOpenTo } from '../relying-parties/contracts/contract.ts';
import type { RelyingParty } from '../relying-parties/relying-party.ts';
import type { PersonalClaim } from '../relying-parties/scopes.ts';
import { frozen } from '../sessions/frozen.ts';
import { onceFor } from '../sessions/once-for.ts';
import type { StandingChild, StandingMembership, StandingPerson, WrappedKey } from '../sessions/standing.ts';

export type Available = Partial<Record<PersonalClaim, unknown>>;

export interface ClaimsDependencies {
  readonly keyRing: KeyRing;
  readonly issuer: string;
  /** The `sub` a publisher knows somebody by. */
  subOf(publisher: string, subjectId: string): string;
  /** The name that stands for somebody at one client, and nowhere else. */
  handleOf(clientId: string, subjectId: string): string;
}

type Told = Pick<RelyingParty, 'clientId' | 'publisher' | 'contract'>;

/**
 * What the contract lets be said of somebody; nothing of it has left yet. What it does not name is never built, and
 * what is not asked stays sealed. What speaks of schools speaks of those it is open to, in the profiles it names. An
 * erased person has no name.
 */
export type AvailableClaims = (person: StandingPerson, party: Told, asked: ReadonlySet<string>) => Available;

/**
 * What was opened and built, and with it the person's key, stays in memory as long as what PostgreSQL said of them: a
 * minute at most. Whoever was changed or erased since is somebody else here (`sessions/standing-row.ts`).
 */
export function createAvailableClaims(from: ClaimsDependencies): AvailableClaims {
  const openerFor = onceFor((person: StandingPerson) => openerOf(person, from.keyRing));
  const toldOf = onceFor((person: StandingPerson) =>
    onceFor((party: Told) => builderOf({ person, party, from, opened: openerFor(person) })),
  );
  return (person, party, asked) => toldOf(person)(party)(asked);
}

/** Each claim is built when it is first asked for. */
function builderOf(about: Omit<Building, 'memberships'>): (asked: ReadonlySet<string>) => Available {
  const entitled = entitlementsOf(about.party.contract, about.person.memberships);
  const built = new Map<PersonalClaim, unknown>();
  const claimOf = (claim: PersonalClaim, memberships: readonly StandingMembership[]) => {
    if (!built.has(claim)) built.set(claim, frozen(BUILDERS[claim]({ ...about, memberships })));
    return built.get(claim);
  };
  return (asked) => {
    const available: Available = {};
    for (const [claim, memberships] of entitled) {
      const value = asked.has(claim) ? claimOf(claim, memberships) : undefined;
      if (value !== undefined) available[claim] = value;
    }
    return available;
  };
}

interface Building {
  readonly person: StandingPerson;
  /** Those that give the right to this claim. */
  readonly memberships: readonly StandingMembership[];
  readonly party: Told;
  readonly from: ClaimsDependencies;
  readonly opened: Opener;
}

const BUILDERS: Record<PersonalClaim, (building: Building) => unknown> = {
  name: ({ opened }) =>
    [opened.field('given_name'), opened.field('family_name')].filter(Boolean).join(' ') || undefined,
  given_name: ({ opened }) => opened.field('given_name'),
  family_name: ({ opened }) => opened.field('family_name'),
  preferred_username: ({ person, party, from }) => from.handleOf(party.clientId, person.subjectId),
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

/** Opens nothing twice, and the person's key only where there is something to open. */
function openerOf(person: StandingPerson, keyRing: KeyRing): Opener {
  let sealer: Sealer | undefined;
  const opened = new Map<Buffer, string | undefined>();
  const open = (field: string, sealed: Buffer | undefined) => {
    if (!sealed || opened.has(sealed)) return sealed && opened.get(sealed);
    sealer ??= sealerFor(keyRing, person.number, person.key);
    const value = sealer?.open(field, sealed) || undefined;
    opened.set(sealed, value);
    return value;
  };
  return {
    field: (name) => open(name, person.fields.find(({ field }) => field === name)?.sealed),
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

function childrenOf({ person, party: { publisher, contract }, from }: Building): object[] | undefined {
  const children = childrenSpokenOf(person, contract).map(
    ({ number, subjectId, key, givenNameSealed, memberships }) => {
      const sealer = sealerFor(from.keyRing, number, key);
      const givenName = givenNameSealed && sealer?.open('given_name', givenNameSealed);
      const pupil = schoolingOf(memberships, contract);
      return {
        sub: from.subOf(publisher.id, subjectId),
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
function madeUpMail({ person, party, from }: Building): string {
  const { hostname } = new URL(from.issuer);
  return `${from.handleOf(party.clientId, person.subjectId)}@${NO_MAIL}.${hostname}`;
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
