import type { SeededRandom } from '../roster/generate/random.ts';

/**
 * Names as one school has them. A name drawn is as rare or as common there as those of real pupils are: one that
 * nobody bears as often as theirs are borne once, else one that is borne one time less than theirs.
 */
export class NamePool {
  readonly #counts = new Map<string, number>();
  readonly #people: readonly string[];
  readonly #elsewhere: () => string;
  readonly #random: SeededRandom;

  /** `elsewhere` draws names of the same kind that other schools have. */
  constructor(people: readonly string[], elsewhere: () => string, random: SeededRandom) {
    this.#people = people;
    this.#elsewhere = elsewhere;
    this.#random = random;
    for (const name of people) this.#note(name);
  }

  draw(): string {
    const like = this.#people.length > 0 ? this.#countOf(this.#random.pick(this.#people)) : 1;
    const name = like === 1 ? this.#newName() : this.#nameBorne(like - 1);
    this.#note(name);
    return name;
  }

  #newName(): string {
    for (let turn = 0; turn < 50; turn += 1) {
      const name = this.#elsewhere();
      if (!this.#counts.has(name)) return name;
    }
    return this.#nameBorne(1);
  }

  /** As near to `times` as there is. */
  #nameBorne(times: number): string {
    const names = [...this.#counts];
    const nearest = Math.min(...names.map(([, count]) => Math.abs(count - times)));
    const candidates = names.filter(([, count]) => Math.abs(count - times) === nearest);
    return candidates.length > 0 ? this.#random.pick(candidates)[0] : this.#elsewhere();
  }

  #countOf(name: string): number {
    return this.#counts.get(name) ?? 1;
  }

  #note(name: string): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
  }
}
