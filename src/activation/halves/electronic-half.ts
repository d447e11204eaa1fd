import { inGroups, parseCrockford, randomCrockford } from '../../crypto/crockford.ts';

/** 8 characters, 40 bits: five are tried, three are sent a day. In clear only in the message it is sent in. */
export type ElectronicHalf = string & { readonly brand: 'ElectronicHalf' };

const LENGTH = 8;

export function generateHalf(): ElectronicHalf {
  return randomCrockford(LENGTH) as ElectronicHalf;
}

export function parseHalf(typed: string): ElectronicHalf | undefined {
  return parseCrockford(typed, LENGTH) as ElectronicHalf | undefined;
}

export function formatHalf(half: ElectronicHalf): string {
  return inGroups(half, 4, ' ');
}
