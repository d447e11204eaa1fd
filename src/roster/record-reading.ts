import type { Place, RosterEntry, RosterItem, Stated } from './entry.ts';
import { type Effect, type Problem, problem, type Reason } from './problem.ts';

type Parse<T> = (text: string) => T | undefined;

/** Reads the values of one record of any source and notes what is wrong with them. */
export class RecordReading {
  readonly at: Place;
  readonly problems: Problem[] = [];
  readonly #valuesOf: (name: string) => readonly string[] | undefined;

  /** `valuesOf` answers undefined where the source does not speak of the field, an empty list where it says "none". */
  constructor(at: Place, valuesOf: (name: string) => readonly string[] | undefined) {
    this.at = at;
    this.#valuesOf = valuesOf;
  }

  get isRefused(): boolean {
    return this.problems.some(({ effect }) => effect !== 'value-ignored');
  }

  get isCondemned(): boolean {
    return this.problems.some(({ effect }) => effect === 'nothing-applied');
  }

  list(name: string): readonly string[] {
    return this.#valuesOf(name) ?? [];
  }

  /** A value without which the record is refused, or the whole file where nobody could tell whom it speaks of. */
  required(name: string, parse: Parse<string>, reason: Reason, effect: Effect = 'record-refused'): string {
    const value = parse(this.list(name)[0] ?? '');
    if (value === undefined) this.note(reason, effect);
    return value ?? '';
  }

  stated(name: string, parse: Parse<string>, given: { reason: Reason; effect: Effect }): Stated<string> {
    const values = this.#valuesOf(name);
    if (!values) return undefined;
    const [text] = values;
    if (text === undefined) return null;
    const value = parse(text);
    if (value === undefined) this.note(given.reason, given.effect);
    return value;
  }

  /** The problems, then the entry, or a word that somebody of this key is there though their record was refused. */
  outcome(entry: RosterEntry): RosterItem[] {
    if (!this.isRefused) return [...this.problems, entry];
    if (entry.type === 'establishment') return this.problems;
    const { academie, source, key } = entry;
    return [...this.problems, { type: 'refused', academie, source, key }];
  }

  note(reason: Reason, effect: Effect): void {
    this.problems.push(problem(this.at, reason, effect));
  }
}
