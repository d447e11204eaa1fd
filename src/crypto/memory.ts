/**
 * What was made of a text, for whoever comes with the very same one. The requests of one visit follow each other within
 * seconds: a minute at most, and 2,000 of a few KB; strangers write some of them, so a longer one is not kept. Who floods
 * it makes things be worked out again, and nothing worse.
 */
export class Memory<Made extends NonNullable<unknown>> {
  readonly #most: number;
  #young = new Map<string, Made>();
  #old = new Map<string, Made>();
  #timer: NodeJS.Timeout | undefined;

  constructor(most = 2000) {
    this.#most = most;
  }

  get(text: string): Made | undefined {
    return this.#young.get(text) ?? this.#old.get(text);
  }

  /** `length` in characters, where more is held than the text. */
  keep(text: string, made: Made, length = text.length): Made {
    if (length > LONGEST) return made;
    if (this.#young.size >= this.#most / 2) this.#age();
    this.#young.set(text, made);
    this.#timer ??= setTimeout(() => this.#age(), HALF_A_MINUTE).unref();
    return made;
  }

  /** Once: it is forgotten with it. */
  take(text: string): Made | undefined {
    const made = this.get(text);
    this.#young.delete(text);
    this.#old.delete(text);
    return made;
  }

  recall(text: string, make: () => Made): Made {
    return this.get(text) ?? this.keep(text, make());
  }

  /** The old are forgotten, the young are the old of the next half minute. */
  #age(): void {
    clearTimeout(this.#timer);
    this.#old = this.#young;
    this.#young = new Map();
    this.#timer = this.#old.size > 0 ? setTimeout(() => this.#age(), HALF_A_MINUTE).unref() : undefined;
  }
}

/**
 * One for each of a few kinds. By the id alone, whose hash is worked out once and stays with it: that of a text made of
 * kind and id is worked out anew at each look.
 */
export class Memories<Made extends NonNullable<unknown>> {
  readonly #kinds = new Map<string, Memory<Made>>();

  of(kind: string): Memory<Made> {
    let memory = this.#kinds.get(kind);
    if (!memory) {
      memory = new Memory();
      this.#kinds.set(kind, memory);
    }
    return memory;
  }
}

const LONGEST = 16_000;
const HALF_A_MINUTE = 30_000;
