import { setTimeout as pause } from 'node:timers/promises';
import type { Orders } from '../orders/orders.ts';
import type { KeyDependencies } from './key-rotation.ts';
import { type KeySet, loadKeySet } from './key-set.ts';

export interface KeyWatchDependencies extends KeyDependencies {
  readonly orders: Pick<Orders, 'onChange'>;
  readonly logger: { warn(details: object, message: string): void };
}

interface Times {
  /** Time alone promotes and ends keys: nothing in the database tells of it. */
  readonly everyMilliseconds: number;
  readonly retryMilliseconds: number;
}

const TIMES: Times = { everyMilliseconds: 3_600_000, retryMilliseconds: 500 };

/** The keys in force, and word of each change: by any process at once, by time within the hour. */
export async function watchKeys(
  from: KeyWatchDependencies,
  onChange: (next: KeySet) => void,
  times: Partial<Times> = {},
): Promise<{ first: KeySet; stop(): void }> {
  const watch = new KeyWatch(from, onChange, { ...TIMES, ...times });
  return { first: await watch.start(), stop: () => watch.stop() };
}

class KeyWatch {
  readonly #from: KeyWatchDependencies;
  readonly #onChange: (next: KeySet) => void;
  readonly #times: Times;
  #known: KeySet = { version: '', keys: [] };
  #clientsVersion = 0;
  #isStale = false;
  #isReading = true;
  #isStopped = false;
  #stopListening = () => {};
  #timer: NodeJS.Timeout | undefined;

  constructor(from: KeyWatchDependencies, onChange: (next: KeySet) => void, times: Times) {
    this.#from = from;
    this.#onChange = onChange;
    this.#times = times;
  }

  async start(): Promise<KeySet> {
    this.#stopListening = this.#from.orders.onChange(({ clientsVersion }) => {
      if (clientsVersion === this.#clientsVersion) return;
      this.#clientsVersion = clientsVersion;
      this.#read();
    });
    try {
      this.#known = await loadKeySet(this.#from);
    } catch (error) {
      this.#stopListening();
      throw error;
    }
    this.#isReading = false;
    const first = this.#known;
    // What changed meanwhile is told like any change, once the caller holds the first.
    if (this.#isStale) setImmediate(() => this.#read());
    this.#timer = setInterval(() => this.#read(), this.#times.everyMilliseconds).unref();
    return first;
  }

  stop(): void {
    this.#isStopped = true;
    this.#stopListening();
    clearInterval(this.#timer);
  }

  #read(): void {
    this.#isStale = true;
    if (!this.#isReading) void this.#readUntilFresh();
  }

  async #readUntilFresh(): Promise<void> {
    this.#isReading = true;
    while (this.#isStale && !this.#isStopped) {
      this.#isStale = false;
      await this.#readOnce();
    }
    this.#isReading = false;
  }

  async #readOnce(): Promise<void> {
    try {
      const next = await loadKeySet(this.#from);
      if (this.#isStopped || next.version === this.#known.version) return;
      this.#onChange(next);
      this.#known = next;
    } catch (error) {
      if (this.#isStopped) return;
      this.#from.logger.warn({ err: error }, 'oidc: keys not read');
      this.#isStale = true;
      await pause(this.#times.retryMilliseconds, undefined, { ref: false });
    }
  }
}
