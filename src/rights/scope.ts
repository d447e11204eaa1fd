export type RightScope =
  | { kind: 'nation' }
  | { kind: 'academie'; academie: string }
  | { kind: 'establishment'; uai: string }
  | { kind: 'classes'; uai: string; classes: readonly string[] };

/** Where something is done. What is not said is not covered: an académie's officer needs `academie` beside `uai`. */
export interface Place {
  academie?: string | undefined;
  uai?: string | undefined;
  className?: string | undefined;
}

const WIDTH = { nation: 3, academie: 2, establishment: 1, classes: 0 } as const;

export function covers(scope: RightScope, place: Place): boolean {
  switch (scope.kind) {
    case 'nation':
      return true;
    case 'academie':
      return place.academie === scope.academie;
    case 'establishment':
      return place.uai === scope.uai;
    case 'classes':
      return place.uai === scope.uai && scope.classes.includes(place.className ?? '');
    default:
      return never(scope);
  }
}

/** Negative: the first is the narrower. */
export function compareWidth(one: RightScope, other: RightScope): number {
  return WIDTH[one.kind] - WIDTH[other.kind];
}

function never(scope: never): never {
  throw new Error(`no such scope: ${JSON.stringify(scope)}`);
}
