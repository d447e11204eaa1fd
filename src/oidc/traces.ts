import type { Context } from 'koa';
import type { errors, KoaContextWithOIDC, Provider } from 'oidc-provider';
import { edgeOf, requestIdOf } from '../http/request.ts';
import { keepTrace, parseTraceNumber } from '../relying-parties/traces.ts';
import type { Db } from '../storage/postgres.ts';

export interface TraceDependencies {
  readonly db: Db;
  readonly now: () => Date;
}

const EVENTS = {
  'authorization.error': 'authorization',
  'end_session.error': 'end_session',
  'grant.error': 'token',
  'introspection.error': 'introspection',
  'pushed_authorization_request.error': 'par',
  'registration_create.error': 'registration',
  'revocation.error': 'revocation',
  'userinfo.error': 'userinfo',
} as const;

/** What a relying party asks for on purpose and is told in so many words. */
const ANSWERS = new Set(['access_denied', 'consent_required', 'interaction_required', 'login_required']);
// Anybody can be refused as often as they like: the rows of a process have a measure.
const MOST_PER_MINUTE = 600;

export const TRACE_HEADER = 'Preau-Trace';

/** Keeps why a relying party was refused, under the number that its user reads on the page and it in the header. */
export function keepTraces(provider: Provider, { db, now }: TraceDependencies): void {
  let kept = { minute: 0, count: 0 };
  const mayKeep = (): boolean => {
    const minute = Math.floor(now().getTime() / 60_000);
    kept = kept.minute === minute ? { minute, count: kept.count + 1 } : { minute, count: 1 };
    return kept.count <= MOST_PER_MINUTE;
  };
  for (const [event, endpoint] of Object.entries(EVENTS)) {
    const keep = (given: KoaContextWithOIDC, error: errors.OIDCProviderError): void => {
      const ctx = given as unknown as Context;
      if (ANSWERS.has(error.error ?? '') || !error.error) return;
      const id = requestIdOf(ctx);
      if (!ctx.headerSent) ctx.set(TRACE_HEADER, id);
      if (!mayKeep()) return;
      const trace = {
        number: parseTraceNumber(id) ?? '',
        at: now(),
        clientId: given.oidc?.client?.clientId,
        claimed: error.error === 'invalid_client' ? claimedBy(given) : undefined,
        ...{ endpoint, error: error.error, detail: wordsOf(error) },
      };
      // A row that cannot be written keeps nobody from the answer: by then the context may be empty (gate.ts).
      const { logger } = edgeOf(ctx);
      void keepTrace(db, trace).catch(() => logger.warn({ requestId: id }, 'trace not kept'));
    };
    provider.on(event as 'grant.error', keep);
  }
}

/** The engine knows no client that is out of service, and its publisher looks up why. */
function claimedBy({ oidc, headers }: KoaContextWithOIDC): string | undefined {
  const [, basic = ''] = /^Basic (\S+)$/i.exec(headers.authorization ?? '') ?? [];
  const [user] = Buffer.from(basic, 'base64').toString().split(':');
  const named = String(oidc?.params?.client_id || user);
  return /^[A-Za-z0-9]{1,128}$/.test(named) ? named : undefined;
}

/** The engine's sentences; whatever could have been typed, sent or registered is left out of them. */
function wordsOf({ error_description: description, error_detail: detail }: errors.OIDCProviderError) {
  const words = [description, detail].filter((one): one is string => typeof one === 'string').join('; ');
  // JSON.parse quotes what it was given, of as many words as that has.
  const unquoted = words.replace(/".*"/gs, '…');
  return unquoted.replace(/\S*[^A-Za-z_,.;:'()\s-]\S*/g, '…').slice(0, 300) || undefined;
}
