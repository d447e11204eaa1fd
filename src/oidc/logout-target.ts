import { decodeJwt } from 'jose';
import type { Registry } from '../relying-parties/registry.ts';

/**
 * An end-session query as the engine can answer it. A target that is not registered is left out, so that somebody
 * who wants to leave can: they end on our page. Some relying parties send their target alone: where only one client
 * has registered it, that is the client.
 */
export function mendLogoutQuery(query: URLSearchParams, registry: Registry): URLSearchParams {
  const target = query.get('post_logout_redirect_uri');
  if (target === null) return query;
  const mended = new URLSearchParams(query);
  const clientId = query.get('client_id') ?? audienceOf(query.get('id_token_hint'));
  const candidates = clientId
    ? [registry.known(clientId)]
    : registry.all().filter((party) => party.metadata.post_logout_redirect_uris.includes(target));
  const [party] = candidates;
  const isKnown = candidates.length === 1 && party?.metadata.post_logout_redirect_uris.includes(target);
  if (!party || !isKnown) mended.delete('post_logout_redirect_uri');
  else if (!clientId) mended.set('client_id', party.clientId);
  return mended;
}

/** Whom a hint claims to be for; the engine verifies it. */
function audienceOf(hint: string | null): string | undefined {
  try {
    const { aud } = decodeJwt(hint ?? '');
    return typeof aud === 'string' ? aud : undefined;
  } catch {
    return undefined;
  }
}
