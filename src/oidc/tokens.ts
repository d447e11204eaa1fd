import {
  type AccessToken,
  type Client,
  type ClientCredentials,
  errors,
  type KoaContextWithOIDC,
  type RefreshToken,
} from 'oidc-provider';
import { stepFamilyBack } from '../sessions/store.ts';
import { gatherForIdToken, noteUse } from '../storage/oidc/request-notes.ts';
import type { Db } from '../storage/postgres.ts';
import { type AccountDependencies, scopeFor } from './accounts.ts';
import type { Names } from './digests.ts';
import { withOutages } from './outages.ts';
import type { ReleaseClaims } from './release.ts';
import type { RequestStates } from './request-state.ts';

type TokenDependencies = Pick<AccountDependencies, 'registry' | 'requests'> & {
  readonly db: Db;
  readonly names: Names;
  readonly release: ReleaseClaims;
  readonly states: RequestStates;
};

/** Only with an ID token: its release is what begins the family in PostgreSQL. */
export async function issueRefreshToken(
  _: KoaContextWithOIDC,
  client: Client,
  source: { scopes: Set<string> },
): Promise<boolean> {
  return client.grantTypeAllowed('refresh_token') && source.scopes.has('openid');
}

/** Tokens end with the session, save those that were asked to outlive it. */
export async function expiresWithSession(
  _: KoaContextWithOIDC,
  source: { scopes: Set<string> },
): Promise<boolean> {
  return !source.scopes.has('offline_access');
}

/**
 * Writes the release, and the family's step where the token rotates, before it is spent: a ledger that is down costs
 * a retry and not the session (design D8). A token that only its holder's key can use stays (RFC 9700 §4.14.2).
 */
export function createRotateRefreshToken(from: TokenDependencies) {
  const { release, registry, states, requests } = from;
  return withOutages(async (ctx: KoaContextWithOIDC): Promise<boolean> => {
    const { RefreshToken: token, Grant: grant } = ctx.oidc.entities;
    if (!token || !grant) throw new Error('a rotation without token or grant');
    const stamped = stampedFamily(states, token);
    const state = states();
    const rotates = !isSenderConstrained(ctx, token);
    if (rotates) state.family = { ...stamped, isNew: false };
    const asked = typeof ctx.oidc.params?.scope === 'string' ? ctx.oidc.params.scope : token.scope;
    const hasIdToken = gatherForIdToken(requests, asked);
    const wanted = {
      kind: 'refresh' as const,
      scope: hasIdToken ? scopeFor({ registry }, ctx, { use: 'id_token', scope: asked ?? '' }) : '',
      claims: hasIdToken ? claimsOf(token, grant) : {},
      rejected: grant.getRejectedOIDCClaims(),
    };
    const { accountId, grantId, sessionUid } = token;
    state.written = await release(ctx, wanted, { accountId, grantId, sessionUid });
    if (rotates) takeStep(from, stamped);
    return rotates;
  });
}

/** Where its tokens cannot be kept after all, the one that was shown is good for another try. */
function takeStep(
  { db, names, states, requests }: TokenDependencies,
  { id, rotation }: { id: string; rotation: number },
): void {
  states().family = { id, rotation: rotation + 1, isNew: false };
  noteUse(requests, () => stepFamilyBack(db, { id: names.family(id), rotation }));
}

/** By a public client's DPoP key, or by the authentication of a client that proves a key for each access token. */
function isSenderConstrained({ oidc: { client } }: KoaContextWithOIDC, { jkt }: RefreshToken): boolean {
  if (jkt !== undefined) return true;
  // A public one may be registered so after the token was given, which is then anybody's who holds it.
  return client?.dpopBoundAccessTokens === true && client.clientAuthMethod !== 'none';
}

function stampedFamily(states: RequestStates, token: RefreshToken): { id: string; rotation: number } {
  const { shown } = states();
  if (!shown) throw new errors.InvalidGrant({ detail: `refresh token ${token.kind} without family` });
  return shown;
}

// As helpers/filter_claims.js of the engine does for the ID token.
function claimsOf(token: RefreshToken, grant: { getOIDCClaimsFiltered(filter: Set<string>): string[] }) {
  const asked = token.claims?.id_token ?? {};
  const granted = new Set(grant.getOIDCClaimsFiltered(new Set(Object.keys(asked))));
  return Object.fromEntries(Object.entries(asked).filter(([claim]) => granted.has(claim)));
}

type IntrospectedToken = AccessToken | RefreshToken | ClientCredentials;

/** A client asks about its own tokens and learns nothing of others'; each answer is a line (design D8). */
export function createIntrospectionPolicy({ release }: Pick<TokenDependencies, 'release'>) {
  return withOutages(
    async (ctx: KoaContextWithOIDC, client: Client, token: IntrospectedToken): Promise<boolean> => {
      if (token.clientId !== client.clientId || !('accountId' in token)) return false;
      const { accountId, grantId, sessionUid } = token;
      const wanted = { kind: 'introspection' as const, scope: '', claims: {}, rejected: [] };
      return isReleased(release(ctx, wanted, { accountId, grantId, sessionUid }));
    },
  );
}

/** What its client may no longer have to do with is not active (RFC 7662 §2.2). */
async function isReleased(released: Promise<unknown>): Promise<boolean> {
  try {
    await released;
    return true;
  } catch (error) {
    if (error instanceof errors.InvalidGrant) return false;
    throw error;
  }
}

export async function mayRevoke(
  _: KoaContextWithOIDC,
  client: Client,
  token: { clientId?: string | undefined },
): Promise<boolean> {
  return token.clientId === client.clientId;
}
