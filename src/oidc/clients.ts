import type { Adapter, AdapterPayload, AllClientMetadata } from 'oidc-provider';
import { isClientId, usesSecret } from '../relying-parties/metadata.ts';
import type { Registry } from '../relying-parties/registry.ts';
import type { RelyingParty } from '../relying-parties/relying-party.ts';

export interface ClientDependencies {
  readonly registry: Registry;
  readonly issuer: string;
  /** Who somebody says they are; throws where they ask too often. */
  onAsked(clientId: string): void;
  /** Not by what this process last heard, but by what is so. */
  isJudgedAnew(): boolean;
}

/** Clients as the engine reads them: from memory, at every request. */
export function createClientAdapter(from: ClientDependencies): Adapter {
  const { registry, onAsked, isJudgedAnew } = from;
  const metadataOf = createMetadata(from.issuer);
  const refuse = () => {
    throw new Error('clients are registered in src/relying-parties');
  };
  return {
    async find(clientId) {
      // Nobody's: neither asked for nor remembered, for it may be as long as a body.
      if (!isClientId(clientId)) return undefined;
      onAsked(clientId);
      if (isJudgedAnew()) await registry.catchUp();
      const party = await registry.find(clientId);
      return party && (metadataOf(party) as AdapterPayload);
    },
    upsert: refuse,
    destroy: refuse,
    consume: refuse,
    findByUid: refuse,
    findByUserCode: refuse,
    revokeByGrantId: refuse,
  };
}

/** A name, never fetched: the sector is the publisher, wherever its redirects lead (design D10). */
export function sectorOf(issuer: string, publisherId: string): string {
  return `https://${new URL(issuer).host}/sectors/${publisherId}`;
}

/** Made once from what the registry read. */
function createMetadata(issuer: string): (party: RelyingParty) => AllClientMetadata {
  const made = new WeakMap<RelyingParty, AllClientMetadata>();
  return (party) => {
    const metadata = made.get(party) ?? Object.freeze(engineMetadata(party, issuer));
    made.set(party, metadata);
    return metadata;
  };
}

/** As the engine reads a client. */
export function engineMetadata(
  { clientId, publisher, metadata }: RelyingParty,
  issuer: string,
): AllClientMetadata {
  return {
    ...metadata,
    client_id: clientId,
    // The engine insists on one; compareClientSecret never reads it.
    ...(usesSecret(metadata) && { client_secret: 'hmac' }),
    // Whoever is told of a sign-out finds the session by its sid, which so stands in every ID token too.
    ...(metadata.backchannel_logout_uri && { backchannel_logout_session_required: true }),
    subject_type: 'pairwise',
    sector_identifier_uri: sectorOf(issuer, publisher.id),
    publisher: publisher.id,
  };
}
