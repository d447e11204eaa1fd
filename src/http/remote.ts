import { lookup, Resolver } from 'node:dns/promises';
import { isIP, type LookupFunction } from 'node:net';
import { Agent, buildConnector, request } from 'undici';
import type { StoreHost } from '../storage/store-hosts.ts';
import {
  type AddressRules,
  isAllowed,
  isLoopbackAddress,
  type PrivateNetwork,
  type Target,
} from './remote-addresses.ts';
import { shared } from './shared.ts';

/** What Préau asks of addresses that registrations name: the only way out (OWASP: server-side request forgery). */
export interface Remote {
  /**
   * 64 KiB at most, kept as long as its headers allow, or as whoever asks allows: for `within` seconds. Throws where it
   * cannot be had, `RemoteRefused` by our rules.
   */
  get(url: string, kept?: { within: number }): Promise<Response>;
  /** The status; the body of the answer is never read. */
  post(url: string, form: URLSearchParams, to: Reach): Promise<number>;
  close(): Promise<void>;
}

/** `schools`: also the private networks that an operator listed. */
export type Reach = 'public' | 'schools';

/** By our own rules nobody connects there. */
export class RemoteRefused extends Error {
  override readonly name = 'RemoteRefused';
}

export interface RemoteDependencies {
  readonly settings: {
    readonly allowsLoopback: boolean;
    readonly privateNetworks: readonly PrivateNetwork[];
  };
  /** Hosts of PostgreSQL and Redis, by name or address. */
  readonly storeHosts: readonly StoreHost[];
  /** The addresses of a name; c-ares, for getaddrinfo would hold a thread of everybody's pool. */
  readonly resolve?: (hostname: string) => Promise<string[]>;
}

export const REMOTE_MILLISECONDS = 5000;
const LARGEST_BODY = 65_536;
const LOOPBACK_NAMES = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

export function createRemote({ settings, storeHosts, resolve: given }: RemoteDependencies): Remote {
  const { allowsLoopback } = settings;
  const resolve = given ?? (allowsLoopback ? resolveHere : resolveName);
  // A slow answer holds one thread, however many are told of a sign-out meanwhile.
  const stores = shared(() => addressesOf(storeHosts, given ?? resolveAsStores));
  const everywhere = { allowsLoopback, privateNetworks: [], stores };
  const schools = { ...everywhere, privateNetworks: settings.privateNetworks };
  const rules = { public: everywhere, schools };
  const agents = { public: agentOf(everywhere, resolve), schools: agentOf(schools, resolve) };
  const kept = new Map<string, Kept>();
  return {
    get: (url, { within } = { within: LONGEST_SECONDS }) =>
      keptOr(kept, { url, within }, () => getOnce(url, { agent: agents.public, rules: everywhere })),
    async post(url, form, to) {
      await checkUrl(url, rules[to]);
      const { statusCode, body } = await request(url, {
        ...{ dispatcher: agents[to], method: 'POST', body: form.toString() },
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        signal: AbortSignal.timeout(REMOTE_MILLISECONDS),
      });
      body.on('error', () => {}).destroy();
      return statusCode;
    },
    async close() {
      await Promise.all([agents.public.destroy(), agents.schools.destroy()]);
    },
  };
}

async function getOnce(
  url: string,
  { agent, rules }: { agent: Agent; rules: AddressRules },
): Promise<Response> {
  await checkUrl(url, rules);
  const { statusCode, headers, body } = await request(url, {
    ...{ dispatcher: agent, headers: { accept: 'application/json' } },
    signal: AbortSignal.timeout(REMOTE_MILLISECONDS),
  });
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    length += chunk.length;
    // Leaving the loop closes the connection.
    if (length > LARGEST_BODY) throw new RemoteRefused('the answer is longer than 64 KiB');
    chunks.push(chunk);
  }
  const { 'cache-control': cache, expires } = headers;
  const passed = {
    ...(cache && { 'cache-control': String(cache) }),
    ...(expires && { expires: String(expires) }),
  };
  // A redirect is followed nowhere: whoever asks takes it for an answer that is none.
  const isEmpty = [204, 205, 304].includes(statusCode);
  return new Response(isEmpty ? null : Buffer.concat(chunks), { status: statusCode, headers: passed });
}

/** What the connection would not look up: the scheme, somebody's name in it, and an address in place of a name. */
async function checkUrl(text: string, rules: AddressRules): Promise<void> {
  const url = URL.parse(text);
  if (!url || url.username || url.password) throw new RemoteRefused('not an address we ask');
  const isOwnMachine = rules.allowsLoopback && LOOPBACK_NAMES.test(url.hostname);
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isOwnMachine))
    throw new RemoteRefused('only https is asked');
  const address = url.hostname.replace(/^\[|\]$/g, '');
  if (isIP(address) && !(await isAllowed({ address, port: portOf(url) }, rules)))
    throw new RemoteRefused('an address that is not public');
}

/** Each new connection looks its name up once, and goes to the very addresses that were checked. */
function agentOf(rules: AddressRules, resolve: (hostname: string) => Promise<string[]>): Agent {
  return new Agent({
    connect(options, callback) {
      const port = Number(options.port) || 443;
      const hostname = options.hostname.replace(/^\[|\]$/g, '');
      checkedAddresses(hostname, { port, rules, resolve }).then(
        (addresses) => connectorTo(addresses, rules)(options, callback),
        (error) => callback(error, null),
      );
    },
    maxHeaderSize: 16_384,
    connections: 8,
    keepAliveTimeout: 4000,
  });
}

function connectorTo(addresses: string[], { allowsLoopback }: AddressRules): buildConnector.connector {
  const found = addresses.map((address) => ({ address, family: isIP(address) }));
  const pinned: LookupFunction = (_, __, answer) => answer(null, found);
  // In development alone: nobody stands between this machine and itself, and no authority vouches for it.
  const isOwnMachine = allowsLoopback && addresses.every(isLoopbackAddress);
  const trust = isOwnMachine ? { rejectUnauthorized: false } : {};
  return buildConnector({ timeout: REMOTE_MILLISECONDS, lookup: pinned, autoSelectFamily: true, ...trust });
}

async function checkedAddresses(
  hostname: string,
  given: { port: number; rules: AddressRules; resolve: (hostname: string) => Promise<string[]> },
): Promise<string[]> {
  const addresses = isIP(hostname) ? [hostname] : await given.resolve(hostname);
  if (addresses.length === 0) throw new Error('the name has no address');
  for (const address of addresses)
    if (!(await isAllowed({ address, port: given.port }, given.rules)))
      throw new RemoteRefused('a name of an address that is not public');
  return addresses;
}

async function resolveName(hostname: string): Promise<string[]> {
  if (isIP(hostname)) return [hostname];
  if (hostname === 'localhost') return ['127.0.0.1', '::1'];
  const resolver = new Resolver({ timeout: 1500, tries: 2 });
  const found = await Promise.allSettled([resolver.resolve4(hostname), resolver.resolve6(hostname)]);
  return found.flatMap((one) => (one.status === 'fulfilled' ? one.value : []));
}

/** In development also names that only this machine knows. */
async function resolveHere(hostname: string): Promise<string[]> {
  const found = await resolveName(hostname);
  return found.length > 0 ? found : (await lookup(hostname, { all: true })).map(({ address }) => address);
}

/** As the clients of PostgreSQL and Redis do: the machine's own list and search domains too. */
async function resolveAsStores(hostname: string): Promise<string[]> {
  return (await lookup(hostname, { all: true })).map(({ address }) => address);
}

async function addressesOf(
  hosts: readonly StoreHost[],
  resolve: (hostname: string) => Promise<string[]>,
): Promise<Target[]> {
  const found = await Promise.all(
    hosts.map(async ({ host, port }) => {
      const addresses = isIP(host) ? [host] : await resolve(host);
      if (addresses.length === 0) throw new Error('where a store is cannot be said now');
      return addresses.map((address) => ({ address, port }));
    }),
  );
  return found.flat();
}

interface Kept {
  readonly since: number;
  readonly until: number;
  readonly answer: Promise<Response>;
}

const MOST_KEPT = 1000;
const LONGEST_SECONDS = 86_400;
// What failed is not asked again at once, or anybody could have an address asked without end.
const FAILURE_SECONDS = 10;

async function keptOr(
  kept: Map<string, Kept>,
  { url, within }: { url: string; within: number },
  ask: () => Promise<Response>,
): Promise<Response> {
  const known = kept.get(url);
  const since = performance.now();
  if (known && Math.min(known.until, known.since + within * 1000) > since)
    return (await known.answer).clone();
  const answer = ask();
  keep(kept, url, { answer, since, until: since + FAILURE_SECONDS * 1000 });
  const response = await answer;
  keep(kept, url, { answer, since, until: performance.now() + secondsOf(response) * 1000 });
  return response.clone();
}

function keep(kept: Map<string, Kept>, url: string, entry: Kept): void {
  kept.delete(url);
  kept.set(url, entry);
  const [oldest] = kept.keys();
  if (kept.size > MOST_KEPT && oldest !== undefined) kept.delete(oldest);
}

/** RFC 9111 §5.2.2, within a day. */
function secondsOf(response: Response): number {
  if (!response.ok) return FAILURE_SECONDS;
  const control = response.headers.get('cache-control') ?? '';
  if (/no-store|no-cache/i.test(control)) return 0;
  return Math.min(LONGEST_SECONDS, Number(/max-age=(\d{1,9})/i.exec(control)?.[1] ?? 0));
}

function portOf({ port, protocol }: URL): number {
  return Number(port) || (protocol === 'https:' ? 443 : 80);
}
