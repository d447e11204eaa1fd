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
      return scope satisfies never;
  }
}

/** Is all of `inner` within `outer`? `academie` is the one of inner's school. */
export function isWithin(inner: RightScope, outer: RightScope, academie: string | undefined): boolean {
  switch (inner.kind) {
    case 'nation':
      return outer.kind === 'nation';
    case 'academie':
      return outer.kind === 'nation' || covers(outer, { academie: inner.academie });
    case 'establishment':
      return outer.kind !== 'classes' && covers(outer, { uai: inner.uai, academie });
    case 'classes':
      return inner.classes.every((className) => covers(outer, { uai: inner.uai, academie, className }));
    default:
      return inner satisfies never;
  }
}

/** Negative: the first is the narrower. */
export function compareWidth(one: RightScope, other: RightScope): number {
  return WIDTH[one.kind] - WIDTH[other.kind];
}

/** As the audit writes it. */
export function scopeDetails(scope: RightScope): { scope: Record<string, string | readonly string[]> } {
  return { scope: { ...scope } };
}
