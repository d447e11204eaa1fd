import { randomUUID } from 'node:crypto';
import type { Client, Provider } from 'oidc-provider';
import type { RelyingParty } from '../relying-parties/relying-party.ts';
import { engineMetadata } from './clients.ts';

const EVENT = 'http://schemas.openid.net/event/backchannel-logout';

/**
 * OpenID Connect Back-Channel Logout §2.4: with `sub` and `sid`, signed as the client's ID tokens are. For one that is
 * out of service too, of which the engine never hears.
 */
export function issueLogoutToken(
  provider: Provider,
  { party, sub, sid }: { party: RelyingParty; sub: string; sid: string },
): Promise<string> {
  // Its types name no constructor.
  const client: Client = Reflect.construct(provider.Client, [engineMetadata(party, provider.issuer)]);
  const token = new provider.IdToken({}, { client, ctx: undefined as never });
  token.set('sub', sub);
  token.set('sid', sid);
  token.set('jti', randomUUID());
  token.set('events', { [EVENT]: {} });
  return token.issue({ use: 'logout' });
}
