import { type Establishment, findEstablishment } from '../../directory/establishments.ts';
import { type Place, type Right, type RightScope, rightFor } from '../../rights/rights.ts';
import { ROLES } from '../../rights/roles.ts';
import type { Db } from '../../storage/postgres.ts';

/** What the figures are of. */
export type Area =
  | { kind: 'nation' }
  | { kind: 'academie'; academie: string }
  | { kind: 'establishment'; uai: string; academie?: string | undefined };

/** Whose audit these rights let see, the widest first. */
export function areasOf(rights: readonly Right[]): Area[] {
  const areas = rights.filter(({ role }) => ROLES[role].acts.includes('see-audit')).flatMap(areaOf);
  const byKey = new Map(areas.map((area) => [keyOf(area), area]));
  return [...byKey.values()].sort((one, other) => WIDTH[other.kind] - WIDTH[one.kind]);
}

const WIDTH = { nation: 2, academie: 1, establishment: 0 } as const;

function areaOf({ scope }: { scope: RightScope }): Area[] {
  return scope.kind === 'classes' ? [] : [scope];
}

/** As addresses name it. */
export function keyOf(area: Area): string {
  switch (area.kind) {
    case 'nation':
      return 'nation';
    case 'academie':
      return `academie:${area.academie}`;
    case 'establishment':
      return area.uai;
    default:
      return area satisfies never;
  }
}

export function placeOfArea(area: Area): Place {
  switch (area.kind) {
    case 'nation':
      return {};
    case 'academie':
      return { academie: area.academie };
    case 'establishment':
      return { uai: area.uai, academie: area.academie };
    default:
      return area satisfies never;
  }
}

/** One school of those the rights reach. Nowhere and outside them have one answer. */
export async function findSchoolWithin(
  db: Db,
  rights: readonly Right[],
  uai: string,
): Promise<Establishment | undefined> {
  const school = await findEstablishment(db, uai);
  return school && rightFor(rights, 'see-audit', school) ? school : undefined;
}
