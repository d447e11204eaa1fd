import { type Account, errors, type FindAccount, type KoaContextWithOIDC } from 'oidc-provider';
import type { Registry } from '../relying-parties/registry.ts';
import { type Requests, sendPending, takeBackSent } from '../storage/oidc/request-notes.ts';
import { Unavailable } from '../storage/unavailable.ts';
import type { Wanted } from './asked-claims.ts';
import { withOutages } from './outages.ts';
import type { ReleaseClaims, Source } from './release.ts';
import type { RequestStates } from './request-state.ts';
import type { BeginSession } from './session-begin.ts';
import type { Standing } from './standing.ts';

export interface AccountDependencies {
  readonly standing: Standing;
  readonly states: RequestStates;
  readonly requests: Requests;
  readonly registry: Registry;
  readonly release: ReleaseClaims;
  readonly beginSession: BeginSession;
}

/** The engine's account is the person's id; their claims leave through `release` and nowhere else. */
export function createFindAccount(from: AccountDependencies): FindAccount {
  const claimsOf = createClaimsOf(from);
  return withOutages(async (ctx: KoaContextWithOIDC, accountId: string): Promise<Account | undefined> => {
    await from.beginSession(ctx);
    const verdict = await from.standing.verdict({ personId: accountId });
    if (verdict.outcome === 'dead') {
      // A live session without an account would be an error of the engine's own (prompts/consent.js).
      if (ctx.oidc.session) throw new errors.LoginRequired('the account is not active');
      return undefined;
    }
    return {
      accountId,
      claims: (use, scope, claims, rejected) => claimsOf(ctx, accountId, { use, scope, claims, rejected }),
    };
  });
}

interface Asked {
  readonly use: string;
  readonly scope: string;
  readonly claims: Wanted['claims'];
  readonly rejected: string[];
}

function createClaimsOf(from: AccountDependencies) {
  const claimsOf = async (ctx: KoaContextWithOIDC, accountId: string, asked: Asked) => {
    const { use, claims, rejected } = asked;
    const { written } = from.states();
    // What was shown is used up, and its successors are kept, before anything is written down as released.
    await sendPending(from.requests);
    // At a refresh the line was written before the token was spent.
    if (use === 'id_token' && written) return { sub: accountId, ...written };
    const kind = use === 'id_token' ? 'id-token' : 'userinfo';
    const wanted: Wanted = { kind, scope: scopeFor(from, ctx, asked), claims, rejected };
    return { sub: accountId, ...(await from.release(ctx, wanted, sourceOf(ctx, accountId))) };
  };
  // Nothing left: where the ledger could not be written for a moment, the code is good for another try.
  const takeBack = async (error: unknown): Promise<never> => {
    await takeBackSent(from.requests, { isDown: error instanceof Unavailable });
    throw error;
  };
  return withOutages((...asked: Parameters<typeof claimsOf>) => claimsOf(...asked).catch(takeBack));
}

/** A scope's claims go to userinfo; into the ID token only for a relying party that reads nothing else. */
export function scopeFor(
  { registry }: Pick<AccountDependencies, 'registry'>,
  ctx: KoaContextWithOIDC,
  { use, scope }: { use: string; scope: string },
): string {
  const party = registry.known(ctx.oidc.client?.clientId ?? '');
  if (use === 'id_token' && !party?.metadata.claims_in_id_token) return '';
  return ctx.oidc.entities.Grant?.getOIDCScopeFiltered(new Set(scope.split(' '))) ?? '';
}

function sourceOf({ oidc }: KoaContextWithOIDC, accountId: string): Source {
  const { AuthorizationCode: code, RefreshToken: refreshToken, AccessToken: accessToken } = oidc.entities;
  const token = code ?? accessToken ?? refreshToken;
  return { accountId, grantId: token?.grantId, sessionUid: token?.sessionUid };
}
