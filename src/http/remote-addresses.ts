import { BlockList, isIP } from 'node:net';

/** A network of a school's own, and the ports on it that notices may go to. */
export interface PrivateNetwork {
  readonly cidr: string;
  readonly ports: readonly number[];
}

/** Whether Préau may connect to an address that somebody's registration led to. */
export interface AddressRules {
  /** Development alone: RPs on this machine. */
  readonly allowsLoopback: boolean;
  readonly privateNetworks: readonly PrivateNetwork[];
  /** Where PostgreSQL and Redis are; never, whatever else is allowed. Throws where nobody can say. */
  stores(): Promise<readonly Target[]>;
}

export interface Target {
  readonly address: string;
  readonly port: number;
}

// RFC 6890 and its registry: what is not one place on the internet. 168.63.129.16 is a cloud's own service (metadata).
const SPECIAL_V4 = [
  ...['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '168.63.129.16/32', '169.254.0.0/16'],
  ...[
    '172.16.0.0/12',
    '192.0.0.0/24',
    '192.0.2.0/24',
    '192.31.196.0/24',
    '192.52.193.0/24',
    '192.88.99.0/24',
  ],
  ...['192.168.0.0/16', '192.175.48.0/24', '198.18.0.0/15', '198.51.100.0/24', '203.0.113.0/24'],
  ...['224.0.0.0/4', '240.0.0.0/4'],
];
// Of IPv6 only global unicast, without what stands for IPv4 (Teredo, 6to4) or for examples. ::ffff:0:0/96 is outside.
const GLOBAL_V6 = ['2000::/3'];
const SPECIAL_V6 = ['2001::/23', '2001:db8::/32', '2002::/16', '2620:4f:8000::/48', '3fff::/20'];

const special = listOf([...SPECIAL_V4, ...SPECIAL_V6]);
const global = listOf(GLOBAL_V6);
const loopback = listOf(['127.0.0.0/8', '::1/128']);

export function isPublicAddress(address: string): boolean {
  const family = familyOf(address);
  if (!family || special.check(address, family)) return false;
  return family === 'ipv4' || global.check(address, 'ipv6');
}

export function isLoopbackAddress(address: string): boolean {
  const family = familyOf(address);
  return family !== undefined && loopback.check(address, family);
}

export async function isAllowed(target: Target, rules: AddressRules): Promise<boolean> {
  const { address, port } = target;
  if (!familyOf(address)) return false;
  const isHere = rules.allowsLoopback && isLoopbackAddress(address);
  // On this machine others listen beside them.
  const isStore = (store: Target) => isSame(store.address, address) && (!isHere || store.port === port);
  if ((await rules.stores()).some(isStore)) return false;
  return isHere || isPublicAddress(address) || rules.privateNetworks.some((network) => isIn(target, network));
}

/** `10.20.0.0/16`; undefined where it is none. */
export function parseCidr(text: string): { network: string; prefix: number } | undefined {
  const [, network = '', digits = ''] = /^([\da-f.:]+)\/(\d{1,3})$/i.exec(text) ?? [];
  const longest = { 0: -1, 4: 32, 6: 128 }[isIP(network)] ?? -1;
  return Number(digits) <= longest ? { network, prefix: Number(digits) } : undefined;
}

/** However each is written, IPv4 within IPv6 too. */
function isSame(one: string, other: string): boolean {
  const [family, otherFamily] = [familyOf(one), familyOf(other)];
  if (!family || !otherFamily) return false;
  const list = new BlockList();
  list.addAddress(one, family);
  return list.check(other, otherFamily);
}

function isIn({ address, port }: Target, { cidr, ports }: PrivateNetwork): boolean {
  const family = familyOf(address);
  return family !== undefined && ports.includes(port) && listOf([cidr]).check(address, family);
}

function listOf(cidrs: readonly string[]): BlockList {
  const list = new BlockList();
  for (const cidr of cidrs) {
    const parsed = parseCidr(cidr);
    if (!parsed) throw new Error(`${cidr} is no network`);
    list.addSubnet(parsed.network, parsed.prefix, familyOf(parsed.network));
  }
  return list;
}

function familyOf(address: string): 'ipv4' | 'ipv6' | undefined {
  return { 0: undefined, 4: 'ipv4' as const, 6: 'ipv6' as const }[isIP(address)];
}
