import type { Establishment } from '../../directory/establishments.ts';
import type { Profile } from '../../storage/schema.ts';
import type { Place } from '../changes.ts';

/** How many people a plan creates, changes, leaves alone, closes; how many records it refuses. */
export interface PlanCounts {
  created: number;
  changed: number;
  left: number;
  closed: number;
  refused: number;
  establishments: number;
}

export interface Closure {
  uai: string;
  name: string;
  percent: number;
  /** Of whom alone; none: of everybody. */
  profile?: Profile;
}

/** From when on somebody must say that they have really left. */
export interface ConsentRule {
  closuresNeedingConsentPercent: number;
  /** Of one profile, so many at least: three of five caretakers may leave in one night. */
  closuresNeedingConsentPeople: number;
}

const PROFILES: readonly Profile[] = ['pupil', 'guardian', 'teacher', 'staff'];

/** The people of a school, or those of one profile there. */
export function groupOf(uai: string, profile?: Profile | null): string {
  return profile ? `${uai} ${profile}` : uai;
}

/** Who would leave each establishment, of all and of each profile, to be weighed against who is there. */
export class Leavers {
  readonly #gone = new Map<string, Set<number>>();
  /** Groups that somebody of the files belongs to. */
  readonly #peopled = new Set<string>();

  /** Places that the files state for anybody. */
  stay(places: readonly GroupedPlace[]): void {
    for (const { uai, profile } of places) this.#peopled.add(groupOf(uai, profile));
  }

  /** Places that end, beside those that stay or begin. */
  leave(person: number, left: readonly GroupedPlace[], stays: readonly GroupedPlace[] = []): void {
    const groups = (places: readonly GroupedPlace[]) =>
      places.flatMap(({ uai, profile }) => [groupOf(uai), groupOf(uai, profile)]);
    const kept = new Set(groups(stays));
    for (const group of groups(left)) {
      if (kept.has(group)) continue;
      const gone = this.#gone.get(group) ?? new Set();
      this.#gone.set(group, gone.add(person));
    }
  }

  /**
   * Establishments that would lose more than so many percent of their people, or of those of a profile; or everybody of a
   * profile, however few, with nobody in their place.
   */
  above(rule: ConsentRule, there: ReadonlyMap<string, number>, schools: readonly Establishment[]): Closure[] {
    const limit = rule.closuresNeedingConsentPercent;
    return schools.flatMap(({ uai, name }) =>
      [undefined, ...PROFILES].flatMap((profile): Closure[] => {
        const group = groupOf(uai, profile);
        const gone = this.#gone.get(group)?.size ?? 0;
        const percent = (gone * 100) / (there.get(group) ?? 1);
        const isMany = !profile || gone >= rule.closuresNeedingConsentPeople;
        const isEmptied = profile !== undefined && gone > 1 && !this.#peopled.has(group);
        if (!(isMany && percent > limit) && !isEmptied) return [];
        return [{ uai, name, percent: Math.round(percent * 10) / 10, ...(profile && { profile }) }];
      }),
    );
  }
}

type GroupedPlace = Pick<Place, 'uai' | 'profile'>;
