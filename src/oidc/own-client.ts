import { LANDING, OWN_CLIENT } from '../login/own-pages-request.ts';
import { metadataSchema } from '../relying-parties/metadata.ts';
import type { RelyingParty } from '../relying-parties/relying-party.ts';

/** Préau's own pages sign in like any application. They exchange no code and have no contract: nothing is released. */
export function ownRelyingParty(issuer: string): RelyingParty {
  return {
    clientId: OWN_CLIENT,
    publisher: { id: 'preau', name: 'Préau' },
    metadata: metadataSchema.parse({
      client_name: 'Préau',
      redirect_uris: [`${issuer}${LANDING}`],
      token_endpoint_auth_method: 'none',
      grant_types: ['authorization_code'],
      scope: 'openid',
    }),
    secrets: [],
    contract: undefined,
    createdAt: new Date(0),
  };
}
