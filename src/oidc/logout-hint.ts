import { decodeJwt } from 'jose';
import type { Provider } from 'oidc-provider';
import type { Registry } from '../relying-parties/registry.ts';
import { Unavailable } from '../storage/unavailable.ts';

export interface HintDependencies {
  readonly provider: () => Provider;
  readonly registry: Registry;
}

/**
 * The engine refuses a sign-out whose hint or client it does not know, and leaves somebody signed in who wanted to
 * leave. A hint under a key long withdrawn, of a client that is gone, or forged proves nothing: without it we ask, and
 * go on only for a client that is named otherwise (RP-Initiated Logout §3).
 */
export async function dropUnprovenHint(
  from: HintDependencies,
  query: URLSearchParams,
): Promise<URLSearchParams> {
  // RFC 6749 §3.1: what has no value is not there, and what is there twice is the engine's to refuse.
  const mended = new URLSearchParams([...query].filter(([, value]) => value !== ''));
  const [hint, secondHint] = mended.getAll('id_token_hint');
  const [named, secondName] = mended.getAll('client_id');
  if (secondHint !== undefined || secondName !== undefined) return mended;
  if (named !== undefined && !from.registry.known(named)) mended.delete('client_id');
  if (hint === undefined) return mended;
  const audience = audienceOf(hint);
  const isOfNamed = named === undefined || named === audience;
  if (audience && isOfNamed && (await isProven(from, hint, audience))) return mended;
  mended.delete('id_token_hint');
  // It alone said whose target that is: nobody is led there by a forgery.
  if (named === undefined) mended.delete('post_logout_redirect_uri');
  return mended;
}

async function isProven({ provider, registry }: HintDependencies, hint: string, audience: string) {
  if (!registry.known(audience)) return false;
  try {
    const engine = provider();
    const client = await engine.Client.find(audience);
    if (client) await engine.IdToken.validate(hint, client);
    return client !== undefined;
  } catch (error) {
    if (error instanceof Unavailable) throw error;
    return false;
  }
}

/** Whom a hint claims to be for. */
function audienceOf(hint: string): string | undefined {
  try {
    const { aud } = decodeJwt(hint);
    return typeof aud === 'string' ? aud : undefined;
  } catch {
    return undefined;
  }
}
