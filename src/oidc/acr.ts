import type { ClaimsParameter } from 'oidc-provider';
import { ACRS, type Acr } from '../relying-parties/acr-values.ts';

const ONE: Acr = 'urn:preau:acr:one';

export function isAtLeast(held: string | undefined, wanted: string): boolean {
  return rankOf(wanted) >= 0 && rankOf(held) >= rankOf(wanted);
}

/** A second factor counts for a while; after that the session is one of a single factor. */
export function acrNow(
  session: { acr?: string | undefined; loginTs?: number | undefined },
  { at, countsForSeconds }: { at: Date; countsForSeconds: number },
): string | undefined {
  const age = at.getTime() / 1000 - (session.loginTs ?? 0);
  const isStrong = rankOf(session.acr) > rankOf(ONE);
  return isStrong && age > countsForSeconds ? ONE : session.acr;
}

/**
 * Any of them will do (OpenID Connect Core §5.5.1.1). Empty: the relying party insists on nothing. Takes the parameter
 * as it was sent, which the engine has checked: in what it makes of it, `acr_values` have taken this claim's place.
 */
export function essentialAcrs(sent: unknown): string[] {
  const claims: ClaimsParameter = typeof sent === 'string' ? JSON.parse(sent) : {};
  const asked = claims.id_token?.acr;
  if (!asked?.essential) return [];
  // The engine looks no deeper than this: a value may be anything that JSON can say.
  const { value, values }: { value?: unknown; values?: unknown } = asked;
  return [value, values].flat().filter((one) => typeof one === 'string');
}

function rankOf(acr: string | undefined): number {
  return (ACRS as readonly (string | undefined)[]).indexOf(acr);
}
