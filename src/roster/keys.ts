import type { Place } from './entry.ts';

/** Keys already met, and where: one number per key, so that millions fit. */
export class KeysSeen {
  readonly #places = new Map<string, number>();
  readonly #files: string[] = [];

  get size(): number {
    return this.#places.size;
  }

  has(key: string): boolean {
    return this.#places.has(key);
  }

  /** The place where the key was met before, if it was. */
  add(key: string, at: Place): Place | undefined {
    const known = this.#places.get(key);
    if (known !== undefined) return this.#unpack(known);
    this.#places.set(key, this.#pack(at));
    return undefined;
  }

  /** Where the first mention stands of each key that the other does not know. */
  missingFrom(other: KeysSeen): Place[] {
    return [...this.#places].filter(([key]) => !other.has(key)).map(([, packed]) => this.#unpack(packed));
  }

  #pack({ file, line }: Place): number {
    const known = this.#files.indexOf(file);
    const index = known >= 0 ? known : this.#files.push(file) - 1;
    return index * 2 ** 32 + line;
  }

  #unpack(packed: number): Place {
    return { file: this.#files[Math.floor(packed / 2 ** 32)] ?? '', line: packed % 2 ** 32 };
  }
}
