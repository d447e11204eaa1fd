import type { Remote } from '../http/remote.ts';

/**
 * OpenID Connect Registration §5: a `sector_identifier_uri` names a list that holds every redirect URI. Nothing else
 * comes of it: the sector is the publisher (design D10).
 */
export async function problemOfSector(
  remote: Pick<Remote, 'get'>,
  given: Record<string, unknown>,
): Promise<string | undefined> {
  const { sector_identifier_uri: uri, redirect_uris: redirects } = given;
  if (uri === undefined) return undefined;
  const listed = typeof uri === 'string' ? await listAt(remote, uri) : undefined;
  if (!listed) return 'sector_identifier_uri: must be the https address of a JSON array of redirect URIs';
  const missing = [redirects].flat().filter((redirect) => !listed.includes(redirect));
  return missing.length > 0 ? 'sector_identifier_uri: must list every redirect URI' : undefined;
}

/** Undefined where it cannot be had, or is none. */
async function listAt(remote: Pick<Remote, 'get'>, uri: string): Promise<unknown[] | undefined> {
  try {
    const response = await remote.get(uri);
    const list = response.ok ? await response.json() : undefined;
    return Array.isArray(list) ? list : undefined;
  } catch {
    return undefined;
  }
}
