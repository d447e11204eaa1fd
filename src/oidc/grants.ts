import { setTimeout as pause } from 'node:timers/promises';
import { errors, type Grant, type KoaContextWithOIDC, type Provider, type Session } from 'oidc-provider';
import { randomToken } from '../crypto/tokens.ts';
import { PERSONAL_CLAIMS } from '../relying-parties/scopes.ts';
import { type Covered, coveredIn, isCovered, noteCovered } from '../storage/oidc/authorizations.ts';
import type { Sessions } from '../storage/oidc/sessions.ts';
import { withOutages } from './outages.ts';
import type { RequestStates } from './request-state.ts';
import type { Standing } from './standing.ts';

export interface GrantDependencies {
  readonly sessions: Pick<Sessions, 'settle'>;
  readonly standing: Standing;
  readonly states: RequestStates;
}

const TRIES = 4;
const TRY_MILLISECONDS = 25;

/**
 * Consent without a screen: schools decide by contract which applications they use. A client has one grant in a
 * session, whichever of its tabs comes first; it names all the client is registered for, so that it does not matter
 * which.
 */
export function createLoadExistingGrant({ sessions, standing, states }: GrantDependencies) {
  return withOutages(async (ctx: KoaContextWithOIDC): Promise<Grant> => {
    const { session, client, account, provider } = ctx.oidc;
    if (!session || !client || !account)
      throw new Error('a grant belongs to a client, an account and a session');
    const { clientId } = client;
    const known = session.grantIdFor(clientId);
    const sid = session.sidFor(clientId) ?? randomToken(16);
    const covering = known ? await coveringGrant(standing, ctx, known) : undefined;
    if (covering) {
      states().sid = sid;
      return covering;
    }
    const found = known ? await findSettled(provider, known) : undefined;
    if (found) {
      states().sid = sid;
      return keepWhole(session, found, client.scope);
    }
    const proposal = { grantId: randomToken(), sid };
    const settlement = await sessions.settle(session.uid, clientId, proposal, known);
    if (settlement.outcome === 'ended') throw new errors.LoginRequired('the session has ended');
    const { settled } = settlement.outcome === 'settled' ? settlement : { settled: proposal };
    session.sidFor(clientId, settled.sid);
    states().sid = settled.sid;
    const grant = new provider.Grant({ accountId: account.accountId, clientId });
    grant.jti = settled.grantId;
    return keepWhole(session, grant, client.scope);
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

async function keepWhole(session: Session, grant: Grant, scope: string | undefined): Promise<Grant> {
  if (!grant.exp || !isCovered(scope, grant.getOIDCScope())) {
    coverAll(grant, scope);
    await grant.save();
  }
  // The engine gives a grant its expiry as it is written, and the object none.
  const until = grant.exp ?? Math.floor(Date.now() / 1000) + grant.expiration;
  const { jti: grantId, clientId = '' } = grant;
  noteCovered(session.authorizationFor(clientId), { grantId, clientId, openid: openidOf(grant), until });
  return grant;
}

/**
 * The session says what the client's grant covers, so it is not read again. PostgreSQL knows whether it was revoked;
 * what cuts off the grant cuts off the session too, which is older.
 */
async function coveringGrant(
  standing: Standing,
  { oidc: { session, client, account, provider } }: KoaContextWithOIDC,
  grantId: string,
): Promise<Grant | undefined> {
  if (!session || !client || !account) return undefined;
  const { clientId, scope } = client;
  const covered = coveredIn(session.authorizationFor(clientId));
  if (covered?.grantId !== grantId || covered.until <= Date.now() / 1000) return undefined;
  if (!isCovered(scope, covered.openid.scope)) return undefined;
  const verdict = await standing.verdict({ personId: account.accountId, grantId }, { clientId });
  if (verdict.outcome === 'dead') return undefined;
  const grant = new provider.Grant({ accountId: account.accountId, clientId });
  grant.jti = grantId;
  grant.exp = covered.until;
  coverAll(grant, covered.openid.scope);
  return grant;
}

function openidOf(grant: Grant): Covered['openid'] {
  return { scope: grant.getOIDCScope(), claims: grant.getOIDCClaims() };
}

function coverAll(grant: Grant, scope: string | undefined): void {
  grant.addOIDCScope(scope ?? '');
  grant.addOIDCClaims([...PERSONAL_CLAIMS]);
}
