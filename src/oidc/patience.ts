const SLOW_MILLISECONDS = 300;
const FIRST_PAUSE = 5000;
const LONGEST_PAUSE = 300_000;

/** Which relying parties this process does not ask for the moment, so that one that hangs keeps nobody waiting. */
export interface Patience {
  /** Those that did not answer, and those that have kept somebody waiting since a moment ago. */
  tired(): string[];
  /** Around each request to a relying party; `false` means it could not be reached. */
  during(name: string, ask: () => Promise<boolean>): Promise<void>;
}

interface Record {
  readonly waitingSince: Set<number>;
  failures: number;
  pausedUntil: number;
}

export function createPatience(now: () => number = () => performance.now()): Patience {
  const records = new Map<string, Record>();
  const of = (name: string): Record => {
    const known = records.get(name) ?? { waitingSince: new Set(), failures: 0, pausedUntil: 0 };
    records.set(name, known);
    return known;
  };
  const isTired = ({ pausedUntil, waitingSince }: Record): boolean =>
    pausedUntil > now() || [...waitingSince].some((since) => since < now() - SLOW_MILLISECONDS);
  return {
    tired: () => [...records].filter(([, record]) => isTired(record)).map(([name]) => name),
    async during(name, ask) {
      const record = of(name);
      // Unique, so that two of one moment are two.
      const since = now() + Math.random() / 1000;
      record.waitingSince.add(since);
      const isReached = await ask().finally(() => record.waitingSince.delete(since));
      if (isReached) record.failures = 0;
      else if (record.pausedUntil <= now()) {
        record.pausedUntil = now() + Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** record.failures);
        record.failures += 1;
      }
    },
  };
}
