import type { Context } from 'koa';
import type { Remote } from '../http/remote.ts';
import type { Registry } from '../relying-parties/registry.ts';
import { ROUTES } from './configuration.ts';

export interface RequestUriDependencies {
  readonly registry: Pick<Registry, 'find'>;
  readonly remote: Pick<Remote, 'get'>;
  readonly requestObjects: boolean;
}

const PUSHED = 'urn:ietf:params:oauth:request_uri:';
// What the engine says of a pushed request it has not: invalid_request_uri, taken back where that may be.
const NOT_THERE = `${PUSHED}not-there`;

/**
 * Request objects by reference (OpenID Connect Core §6.2): from an address its client registered and from no other,
 * put in the place of its address, for the engine to verify as if it had come by value. By GET alone.
 */
export async function takeRequestUri(from: RequestUriDependencies, ctx: Context): Promise<void> {
  if (!from.requestObjects || ctx.method !== 'GET' || ctx.path !== ROUTES.authorization) return;
  await replaceAddress(from, ctx);
}

async function replaceAddress(from: RequestUriDependencies, ctx: Context): Promise<void> {
  const { request_uri: address, client_id: clientId, ...others } = ctx.query;
  // Doubled or beside a `request`, it is the engine's to refuse.
  if (typeof address !== 'string' || typeof clientId !== 'string' || others.request !== undefined) return;
  if (address.startsWith(PUSHED)) return;
  const party = await from.registry.find(clientId);
  if (!party) return;
  const isRegistered = party.metadata.request_uris?.includes(address);
  const request = isRegistered ? await requestAt(from.remote, address) : undefined;
  ctx.query = { ...others, client_id: clientId, ...(request ? { request } : { request_uri: NOT_THERE }) };
}

/** Undefined where it cannot be had. The fragment, by which a client names a version, stays here. */
async function requestAt(remote: Pick<Remote, 'get'>, address: string): Promise<string | undefined> {
  try {
    const response = await remote.get(address.replace(/#.*$/s, ''));
    return response.ok ? (await response.text()).trim() || undefined : undefined;
  } catch {
    return undefined;
  }
}

/** The engine itself fetches nothing, and says so. */
export function announceRequestUris({ requestObjects }: RequestUriDependencies, ctx: Context): void {
  if (!requestObjects) return;
  const supported = { request_uri_parameter_supported: true, require_request_uri_registration: true };
  ctx.body = { ...(ctx.body as object), ...supported };
}
