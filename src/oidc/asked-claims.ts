import type { ClaimsParameterMember, KoaContextWithOIDC } from 'oidc-provider';
import { Memory } from '../crypto/memory.ts';
import type { DisclosureKind } from '../ledger/kinds.ts';
import { PERSONAL_CLAIMS } from '../relying-parties/scopes.ts';

/** What is asked for, in the engine's words: the scope's claims, those named one by one, those refused. */
export interface Wanted {
  readonly kind: DisclosureKind;
  readonly scope: string;
  readonly claims: Readonly<Record<string, ClaimsParameterMember | null>>;
  readonly rejected: string[];
}

/** What the engine's own mask lets through, of whatever there might be to say. */
export type AskedClaims = (ctx: KoaContextWithOIDC, wanted: Wanted) => Promise<ReadonlySet<string>>;

const MOST_SCOPES = 1000;

/** Of a scope alone the engine always says the same: it is asked once. */
export function createAskedClaims(): AskedClaims {
  const ofScopes = new Memory<ReadonlySet<string>>(MOST_SCOPES);
  return async (ctx, wanted) => {
    const isScopeAlone = wanted.rejected.length === 0 && Object.keys(wanted.claims).length === 0;
    if (!isScopeAlone) return masked(ctx, wanted);
    return ofScopes.get(wanted.scope) ?? ofScopes.keep(wanted.scope, await masked(ctx, wanted));
  };
}

const ANY = Object.fromEntries(PERSONAL_CLAIMS.map((claim) => [claim, true]));

async function masked(
  ctx: KoaContextWithOIDC,
  { scope, claims, rejected }: Wanted,
): Promise<ReadonlySet<string>> {
  const mask = new ctx.oidc.provider.Claims(ANY, { ctx });
  mask.scope(scope);
  mask.mask(claims);
  mask.rejected(rejected);
  return new Set(Object.keys(await mask.result()));
}
