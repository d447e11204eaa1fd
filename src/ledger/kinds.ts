/** How something left. The numbers stand in the ledger for ever: never change or reuse one. */
export const KINDS = {
  'id-token': 1,
  userinfo: 2,
  introspection: 3,
  refresh: 4,
  'staff-read': 5,
  print: 6,
  export: 7,
  'holder-export': 8,
} as const;

export type DisclosureKind = keyof typeof KINDS;

const NAMES = new Map<number, DisclosureKind>(
  Object.entries(KINDS).map(([name, number]) => [number, name as DisclosureKind]),
);

export function kindOf(number: number): DisclosureKind {
  const kind = NAMES.get(number);
  if (!kind) throw new Error(`the ledger holds a kind this version does not know: ${number}`);
  return kind;
}
