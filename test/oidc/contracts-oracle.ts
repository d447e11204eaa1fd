import type { ContractState, Profile } from '../../src/storage/schema.ts';
import type { Person } from './people.ts';

// The rule as docs/integrate.md gives it, and nothing of src/: contract ∩ scope ∩ request.

export interface Place {
  readonly profile: Profile;
  readonly uai: string;
  readonly code?: string;
}

export interface Somebody extends Person {
  readonly givenName: string;
  readonly places: readonly Place[];
  /** Those somebody answers for. */
  readonly children: readonly Somebody[];
  readonly isPersona: boolean;
}

/** As the model draws it. */
export interface Drawn {
  readonly state: ContractState;
  readonly claims: Readonly<Record<Profile, readonly string[]>>;
  readonly openTo: {
    readonly establishments: readonly string[];
    readonly academies: readonly string[];
  } | null;
  readonly minimum: 'urn:preau:acr:one' | 'urn:preau:acr:two' | null;
}

const IN_SCOPE: Readonly<Record<string, readonly string[]>> = {
  openid: [],
  profile: ['name', 'given_name', 'family_name', 'preferred_username'],
  email: ['email', 'email_verified'],
  school: ['profiles', 'establishments', 'children'],
};
const ACADEMIES: Readonly<Record<string, string>> = { '0750001A': 'Paris', '0690002B': 'Lyon' };

const isOnTrial = ({ state }: Drawn) => state === 'sandbox' || state === 'requested';

export function isAdmitted(contract: Drawn, who: Somebody, acr: string): boolean {
  if (contract.state === 'suspended' || contract.state === 'ended') return false;
  if (isOnTrial(contract) !== who.isPersona) return false;
  if (contract.minimum === 'urn:preau:acr:two' && acr !== 'two') return false;
  return who.places.some((place) => isOpenAt(contract, place));
}

function isOpenAt(contract: Drawn, { uai }: Place): boolean {
  if (contract.openTo === null || isOnTrial(contract)) return true;
  const { establishments, academies } = contract.openTo;
  return establishments.includes(uai) || academies.includes(ACADEMIES[uai] ?? '');
}

export const claimsInScope = (scope: string) => scope.split(' ').flatMap((one) => IN_SCOPE[one] ?? []);

/** What is said where this is asked for. Of what it was told, `aliases` takes what is nobody else's. */
export function whatIsSaid(
  { contract, who, asked, aliases }: { contract: Drawn; who: Somebody; asked: string[]; aliases: Aliases },
  told: Claims,
): Claims {
  const said: Claims = {};
  const open = who.places.filter((place) => isOpenAt(contract, place));
  const handle = () => aliases.of(`handle of ${who.id}`, handleIn(told));
  const values: Record<string, (by: readonly Place[]) => unknown> = {
    name: () => `${who.givenName} Martin`,
    given_name: () => who.givenName,
    family_name: () => 'Martin',
    preferred_username: handle,
    email: () => `${handle()}@no-mail.localhost`,
    email_verified: () => false,
    profiles: (by) => [...new Set(by.map(({ profile }) => profile))].sort(),
    establishments: (by) => inOrder(by.map(establishmentOf)),
    children: () => childrenSaid(childrenSpokenOf(contract, who), aliases, told),
  };
  for (const claim of asked) {
    const by = open.filter(({ profile }) => contract.claims[profile].includes(claim));
    if (by.length === 0) continue;
    const value = values[claim]?.(by);
    if (claim !== 'children' || childrenSpokenOf(contract, who).length > 0) said[claim] = value;
  }
  return said;
}

export type Claims = Record<string, unknown>;

/** Pupils at a school that the contract is open to; where it is open to all, whoever they answer for. */
export function childrenSpokenOf(contract: Drawn, who: Somebody): readonly Somebody[] {
  return who.children.filter(
    ({ places }) => contract.openTo === null || places.some((place) => isOpenAt(contract, place)),
  );
}

function childrenSaid(children: readonly Somebody[], aliases: Aliases, told: Claims): object[] {
  const seen = (told.children ?? []) as { sub?: string; given_name?: string }[];
  return inOrder(
    children.map(({ id, givenName, places }) => ({
      sub: aliases.of(`sub of ${id}`, seen.find(({ given_name: name }) => name === givenName)?.sub),
      given_name: givenName,
      uai: places[0]?.uai,
      class: places[0]?.code,
    })),
  );
}

const establishmentOf = ({ profile, uai, code }: Place) => ({
  ...{ uai, name: `Collège ${uai}`, profile },
  classes: code ? [code] : [],
});

function handleIn({ preferred_username: name, email }: Claims): string | undefined {
  return (name ?? String(email ?? '').split('@')[0]) as string | undefined;
}

/** Lists whose order nobody promised. */
export function inOrder<One>(list: readonly One[]): One[] {
  return list
    .map((one) => ({ one, key: JSON.stringify(one, Object.keys(one as object).sort()) }))
    .sort((one, other) => (one.key < other.key ? -1 : 1))
    .map(({ one }) => one);
}

/** Names that one client knows people by, learnt as they come: the same ever after, and no two people's. */
export class Aliases {
  readonly #known = new Map<string, string>();

  of(owner: string, told: string | undefined): string {
    const known = this.#known.get(owner);
    if (known !== undefined) return known;
    if (!told || [...this.#known.values()].includes(told)) return `no name of ${owner}`;
    this.#known.set(owner, told);
    return told;
  }
}
