/** How often somebody may ask, in this process and this minute. */
export interface RequestLimits {
  /** Undefined: go on. Else the seconds to wait. */
  take(who: string, atMost: number): number | undefined;
}

const WINDOW = 60_000;
const MOST_NAMES = 100_000;

/**
 * Counted in memory: it costs nothing where every relying party passes, and needs nobody. Several processes each give
 * their own measure. It keeps one who runs wild from the others' share; what guards secrets is counted elsewhere.
 */
export function createRequestLimits(now: () => number = () => performance.now()): RequestLimits {
  let begun = now();
  let counts = new Map<string, number>();
  return {
    take(who, atMost) {
      if (now() - begun >= WINDOW || counts.size > MOST_NAMES) {
        begun = now();
        counts = new Map();
      }
      const count = (counts.get(who) ?? 0) + 1;
      counts.set(who, count);
      return count <= atMost ? undefined : Math.max(1, Math.ceil((begun + WINDOW - now()) / 1000));
    },
  };
}
