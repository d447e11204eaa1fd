import type { Establishment } from '../../directory/establishments.ts';
import { PersonSet } from './person-set.ts';

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
}

/** Who would leave each establishment, to be weighed against who is there. */
export class Leavers {
  readonly #byUai = new Map<string, { people: PersonSet; count: number }>();

  add(person: number, uais: Iterable<string>): void {
    for (const uai of uais) {
      const leavers = this.#byUai.get(uai) ?? { people: new PersonSet(), count: 0 };
      this.#byUai.set(uai, leavers);
      if (leavers.people.has(person)) continue;
      leavers.people.add(person);
      leavers.count += 1;
    }
  }

  /** Establishments that would lose more than `limit` percent of their people. */
  above(limit: number, there: ReadonlyMap<string, number>, schools: readonly Establishment[]): Closure[] {
    return schools.flatMap(({ uai, name }) => {
      const percent = ((this.#byUai.get(uai)?.count ?? 0) * 100) / (there.get(uai) ?? 1);
      return percent > limit ? [{ uai, name, percent: Math.round(percent * 10) / 10 }] : [];
    });
  }
}
