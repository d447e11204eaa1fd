import type { IncomingMessage } from 'node:http';
import { BlockList, isIP, SocketAddress } from 'node:net';

export type ClientAddress = (request: IncomingMessage) => string;

const UNKNOWN = '0.0.0.0';
const LONGEST_CHAIN = 50;

/** Throws on what is no CIDR or address: a proxy that is trusted by mistake lets anybody choose their address. */
export function createClientAddress(trustedProxies: readonly string[]): ClientAddress {
  const trusted = new BlockList();
  for (const proxy of trustedProxies) trust(trusted, proxy);
  const isTrusted = (address: string): boolean => trusted.check(address, familyOf(address));
  return (request) => {
    let address = parseAddress(request.socket.remoteAddress ?? '');
    if (!address) return UNKNOWN;
    for (const hop of forwardedHops(request)) {
      if (!isTrusted(address)) return address;
      const next = parseAddress(hop);
      if (!next) return address;
      address = next;
    }
    return address;
  };
}

/** What the ledger keeps: IPv4 /24, IPv6 /48. */
export function truncateAddress(address: string): string {
  const v4 = v4Of(address);
  return v4 ? `${v4.slice(0, 3).join('.')}.0/24` : `${prefixOf(address, 3)}::/48`;
}

/** What failures are counted under: an IPv4 address, an IPv6 /64. */
export function limitKey(address: string): string {
  const v4 = v4Of(address);
  return v4 ? v4.join('.') : `${prefixOf(address, 4)}::/64`;
}

function trust(list: BlockList, proxy: string): void {
  const [address = '', bits, extra] = proxy.split('/');
  const family = isIP(address);
  const width = family === 4 ? 32 : 128;
  const prefix = bits === undefined ? width : Number(bits);
  const valid =
    family !== 0 && /^\d{0,3}$/.test(bits ?? '') && bits !== '' && extra === undefined && prefix <= width;
  if (!valid) throw new Error(`"${proxy}" is no address range (CIDR)`);
  list.addSubnet(address, prefix, family === 4 ? 'ipv4' : 'ipv6');
}

/** Nearest first: each proxy appends the address it saw, so only the right end can be believed. */
function forwardedHops(request: IncomingMessage): string[] {
  const header = request.headers['x-forwarded-for'];
  if (header === undefined) return [];
  const hops = [header].flat().join(',').split(',');
  return hops.slice(-LONGEST_CHAIN).reverse();
}

/** One spelling for each address; an IPv4-mapped IPv6 address is the IPv4 one. */
function parseAddress(text: string): string | undefined {
  const bare = withoutPort(text.trim()).replace(/%.*$/, '');
  const family = isIP(bare);
  if (family === 0) return undefined;
  if (family === 4) return bare;
  const canonical = new SocketAddress({ address: bare, family: 'ipv6' }).address;
  return v4Of(canonical)?.join('.') ?? canonical;
}

function withoutPort(text: string): string {
  const bracketed = /^\[([^\]]+)\](?::\d+)?$/.exec(text);
  if (bracketed) return bracketed[1] ?? '';
  return /^[\d.]+:\d+$/.test(text) ? text.slice(0, text.indexOf(':')) : text;
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 4 ? 'ipv4' : 'ipv6';
}

function v4Of(address: string): string[] | undefined {
  if (isIP(address) === 4) return address.split('.');
  const groups = groupsOf(address);
  const mapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff;
  return mapped ? groups.slice(6).flatMap((group) => [String(group >> 8), String(group & 255)]) : undefined;
}

function prefixOf(address: string, length: number): string {
  return groupsOf(address)
    .slice(0, length)
    .map((group) => group.toString(16))
    .join(':');
}

/** The eight 16-bit groups of an IPv6 address. */
function groupsOf(address: string): number[] {
  const dotted = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(address);
  const text = dotted
    ? `${dotted[1]}${hex(dotted[2], dotted[3])}:${hex(dotted[4], dotted[5])}`
    : address.replace(/%.*$/, '');
  const [head = '', tail] = text.split('::');
  const left = head.split(':').filter(Boolean);
  const right = (tail ?? '').split(':').filter(Boolean);
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - left.length - right.length);
  return [...left, ...Array<string>(zeros).fill('0'), ...right].map((group) => Number.parseInt(group, 16));
}

function hex(high: string | undefined, low: string | undefined): string {
  return (Number(high) * 256 + Number(low)).toString(16);
}
