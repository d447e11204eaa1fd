import { shared } from '../../http/shared.ts';
import type { Db } from '../../storage/postgres.ts';
import type { ContractState, Profile } from '../../storage/schema.ts';
import { isClientId } from '../metadata.ts';
import type { RelyingParty } from '../relying-party.ts';
import type { PersonalClaim } from '../scopes.ts';
import { selectClientsVersion, selectEverRegistered } from '../store.ts';
import { type WeakerSetting, weakerSettingsOf } from './registration.ts';
import { selectVersions, type Version } from './store.ts';
import { PROFILES, type Terms } from './terms.ts';

/** One line of the public register, in the names it has as JSON. */
export interface RegisterEntry {
  client_id: string;
  name: string;
  publisher: Terms['publisher'] & object;
  state: ContractState;
  version: number;
  since: string;
  purpose: string | null;
  legal_basis: string | null;
  retention: string | null;
  minimum_acr: Terms['minimum_acr'];
  open_to: Terms['open_to'];
  claims: Record<Profile, { claim: PersonalClaim; reason: string | null }[]>;
  /** What this client does less well than others. */
  weaker_settings: WeakerSetting[];
  /** Every version that was ever in force, the newest first. */
  versions: { version: number; since: string; until: string | null; terms: Terms }[];
}

/** All of it: read anew where a client or a contract changed since, and once for whoever asks meanwhile. */
export function createReadRegister(db: Db): () => Promise<readonly RegisterEntry[]> {
  let kept: { version: number; entries: RegisterEntry[] } | undefined;
  return shared(async () => {
    const version = await selectClientsVersion(db);
    if (kept?.version === version) return kept.entries;
    // What changes from now on is of a later version, whether it is in this reading or not.
    kept = { version, entries: await readRegister(db) };
    return kept.entries;
  });
}

export async function findRegisterEntry(db: Db, clientId: string): Promise<RegisterEntry | undefined> {
  const [entry] = isClientId(clientId) ? await readRegister(db, { clientId }) : [];
  return entry;
}

/** Who gets what, for whom, why, since when, also what has ended. What nobody has approved is not in it. */
async function readRegister(db: Db, which: { clientId?: string } = {}): Promise<RegisterEntry[]> {
  const [parties, approved] = await Promise.all([
    selectEverRegistered(db, which),
    selectVersions(db, { ...which, are: 'approved-once' }),
  ]);
  const byClient = Map.groupBy(approved, ({ clientId }) => clientId);
  return parties
    .flatMap((party) => entryOf(party, byClient.get(party.clientId) ?? []))
    .sort((one, other) => BY_NAME.compare(one.name, other.name));
}

// Made once: `localeCompare` makes one for each pair.
const BY_NAME = new Intl.Collator('fr');

function entryOf(party: RelyingParty, versions: readonly Version[]): RegisterEntry[] {
  const { clientId, publisher, metadata, contract } = party;
  const [latest] = versions;
  if (!contract || !latest) return [];
  const { terms } = latest;
  return [
    {
      client_id: clientId,
      name: metadata.client_name,
      publisher: terms.publisher ?? { ...NOT_STATED, legal_name: publisher.name },
      state: party.suspendedAt && latest.state !== 'ended' ? 'suspended' : latest.state,
      version: latest.version,
      since: dayOf(latest.approvedAt),
      purpose: terms.purpose,
      legal_basis: terms.legal_basis,
      retention: terms.retention,
      minimum_acr: terms.minimum_acr,
      open_to: terms.open_to,
      claims: claimsOf(terms),
      weaker_settings: weakerSettingsOf(metadata),
      versions: versions.map(({ version, approvedAt, endedAt, terms: its }) => ({
        ...{ version, since: dayOf(approvedAt), until: endedAt && dayOf(endedAt), terms: its },
      })),
    },
  ];
}

const NOT_STATED = { contact: '', data_protection_officer: '' };

function claimsOf(terms: Terms): RegisterEntry['claims'] {
  const of = (profile: Profile) =>
    (Object.entries(terms.claims[profile]) as [PersonalClaim, string | null][]).map(([claim, reason]) => ({
      claim,
      reason,
    }));
  return Object.fromEntries(PROFILES.map((profile) => [profile, of(profile)])) as RegisterEntry['claims'];
}

function dayOf(at: Date | null): string {
  return (at ?? new Date(0)).toISOString().slice(0, 10);
}
