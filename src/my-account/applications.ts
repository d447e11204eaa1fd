import { type Belonging, entitlementsOf, isSandbox } from '../relying-parties/contracts/contract.ts';
import type { Registry } from '../relying-parties/registry.ts';
import type { RelyingParty } from '../relying-parties/relying-party.ts';

export interface Application {
  name: string;
  publisher: string;
  /** Where it begins: it asks us from there. */
  url: string;
}

/** Those whose contract, approved, names something for one of these memberships where it is open; by name. */
export function applicationsFor(
  registry: Pick<Registry, 'all'>,
  memberships: readonly Belonging[],
): Application[] {
  return registry
    .all()
    .filter(({ contract }) => !isSandbox(contract) && entitlementsOf(contract, memberships).size > 0)
    .flatMap((party) => describe(party) ?? [])
    .sort((one, other) => one.name.localeCompare(other.name, 'fr'));
}

function describe({ metadata, publisher }: RelyingParty): Application | undefined {
  const url = metadata.client_uri ?? originOf(metadata.redirect_uris[0]);
  return url ? { name: metadata.client_name, publisher: publisher.name, url } : undefined;
}

function originOf(redirectUri: string | undefined): string | undefined {
  const url = redirectUri === undefined ? null : URL.parse(redirectUri);
  return url && /^https?:$/.test(url.protocol) ? `${url.origin}/` : undefined;
}
