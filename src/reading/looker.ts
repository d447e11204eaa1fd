import type { Right } from '../rights/rights.ts';
import { rightFor } from '../rights/rights.ts';
import type { Asked } from './reading.ts';

/** Who of the staff looks: in which session, from where, with the rights of this moment. */
export interface Looker {
  readonly reader: number;
  readonly session: Buffer;
  readonly address: string;
  readonly isNewDevice: boolean;
  readonly rights: readonly Right[];
}

/** What every read of theirs says. */
export function asLooker(
  { reader, session, address, isNewDevice }: Looker,
  right: Right,
): Pick<Asked, 'reader' | 'right' | 'session' | 'address' | 'isNewDevice'> {
  return { reader, right, session, address, isNewDevice };
}

/** Those that let people be read at all, the widest first. */
export function rightsToRead(rights: readonly Right[]): Right[] {
  const reading = rights.filter((right) => mayRead(right));
  return reading.sort((one, other) => WIDTH[other.scope.kind] - WIDTH[one.scope.kind]);
}

/** Names are looked for within one school: by who has a right there, never by officers above it. */
export function rightToSearch(rights: readonly Right[], uai: string): Right | undefined {
  return rightsToRead(rights).find(({ scope }) => 'uai' in scope && scope.uai === uai);
}

export function schoolsToSearch(rights: readonly Right[]): string[] {
  return [...new Set(rightsToRead(rights).flatMap(({ scope }) => ('uai' in scope ? [scope.uai] : [])))];
}

const WIDTH = { nation: 3, academie: 2, establishment: 1, classes: 0 } as const;

function mayRead(right: Right): boolean {
  const { scope } = right;
  const className = scope.kind === 'classes' ? scope.classes[0] : undefined;
  return rightFor([right], 'read-people', { ...scope, className }) !== undefined;
}
