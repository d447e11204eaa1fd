/** What a text gives, where it gives the same whenever it is asked for: worked out once while it is in use. */
export interface Memory<T> {
  get(text: string): T | undefined;
  set(text: string, value: T): void;
  recall(text: string, workOut: () => T): T;
}

// The requests of one visit follow each other within seconds; 2,000 of a few KB at most are some MB. Who floods it
// makes it work things out again, and nothing worse.
const IN_USE = { entries: 2000, milliseconds: 60_000 };

/** In two halves: what nobody asked for while one filled or aged goes with the other, and is soon forgotten. */
export function createMemory<T>({ entries, milliseconds } = IN_USE): Memory<T> {
  let recent = new Map<string, T>();
  let older = new Map<string, T>();
  let turnedAt = performance.now();
  const set = (text: string, value: T): void => {
    const age = performance.now() - turnedAt;
    if (age >= milliseconds / 2 || recent.size >= entries / 2) {
      older = age < milliseconds ? recent : new Map();
      recent = new Map();
      turnedAt += age;
    }
    recent.set(text, value);
  };
  const get = (text: string): T | undefined => {
    const known = recent.get(text);
    if (known !== undefined) return known;
    const again = older.get(text);
    if (again !== undefined) set(text, again);
    return again;
  };
  return {
    get,
    set,
    recall(text, workOut) {
      const known = get(text);
      if (known !== undefined) return known;
      const found = workOut();
      set(text, found);
      return found;
    },
  };
}
