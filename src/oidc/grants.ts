import { setTimeout as pause } from 'node:timers/promises';
import { errors, type Grant, type KoaContextWithOIDC, type Provider } from 'oidc-provider';
import { randomToken } from '../crypto/tokens.ts';
import { PERSONAL_CLAIMS } from '../relying-parties/scopes.ts';
import type { Sessions } from '../storage/oidc/sessions.ts';
import { withOutages } from './outages.ts';
import type { RequestStates } from './request-state.ts';

export interface GrantDependencies {
  readonly sessions: Pick<Sessions, 'settle'>;
  readonly states: RequestStates;
}

const TRIES = 4;
const TRY_MILLISECONDS = 25;

/**
 * Consent without a screen: schools decide by contract which applications they use. A client has one grant in a
 * session, whichever of its tabs comes first; it names all the client is registered for, so that it does not matter
 * which.
 */
export function createLoadExistingGrant({ sessions, states }: GrantDependencies) {
  return withOutages(async (ctx: KoaContextWithOIDC): Promise<Grant> => {
    const { session, client, account, provider } = ctx.oidc;
    if (!session || !client || !account)
      throw new Error('a grant belongs to a client, an account and a session');
    const { clientId } = client;
    const known = session.grantIdFor(clientId);
    const found = known ? await findSettled(provider, known) : undefined;
    const sid = session.sidFor(clientId) ?? randomToken(16);
    if (found) {
      states().sid = sid;
      return keepWhole(found, client.scope);
    }
    const proposal = { grantId: randomToken(), sid };
    const settlement = await sessions.settle(session.uid, clientId, proposal, known);
    if (settlement.outcome === 'ended') throw new errors.LoginRequired('the session has ended');
    const { settled } = settlement.outcome === 'settled' ? settlement : { settled: proposal };
    session.sidFor(clientId, settled.sid);
    states().sid = settled.sid;
    const grant = new provider.Grant({ accountId: account.accountId, clientId });
    grant.jti = settled.grantId;
    return keepWhole(grant, client.scope);
  });
}

/** Another tab may have settled on it a moment ago and be about to save it: only then is it taken for dead. */
async function findSettled(provider: Provider, grantId: string): Promise<Grant | undefined> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const found = await provider.Grant.find(grantId);
    if (found) return found;
    await pause(TRY_MILLISECONDS);
  }
  return provider.Grant.find(grantId);
}

async function keepWhole(grant: Grant, scope: string | undefined): Promise<Grant> {
  const wanted = scope ?? '';
  const held = new Set(grant.getOIDCScope().split(' '));
  if (grant.exp && wanted.split(' ').every((one) => held.has(one))) return grant;
  grant.addOIDCScope(wanted);
  grant.addOIDCClaims([...PERSONAL_CLAIMS]);
  await grant.save();
  return grant;
}
