import { randomUUID } from 'node:crypto';
import type { Provider } from 'oidc-provider';

const EVENT = 'http://schemas.openid.net/event/backchannel-logout';

/** OpenID Connect Back-Channel Logout §2.4: with `sub` and `sid`, signed as the client's ID tokens are. */
export async function issueLogoutToken(
  provider: Provider,
  given: { clientId: string; sub: string; sid: string },
): Promise<string | undefined> {
  const client = await provider.Client.find(given.clientId);
  if (!client) return undefined;
  const token = new provider.IdToken({}, { client, ctx: undefined as never });
  token.set('sub', given.sub);
  token.set('sid', given.sid);
  token.set('jti', randomUUID());
  token.set('events', { [EVENT]: {} });
  return token.issue({ use: 'logout' });
}
