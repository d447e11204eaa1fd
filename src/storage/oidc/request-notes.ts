import { AsyncLocalStorage } from 'node:async_hooks';

/** What the adapter's calls of one HTTP request must know of each other. */
export interface RequestNotes {
  /** The name of the cookie id that this request replaces. */
  renewedFrom?: string;
  /** Another request renewed the cookie meanwhile: this one must not send its older one. */
  cookieIsStale?: boolean;
  /** The client that an authorization request names. */
  clientId?: string;
  /** The proof of possession it came with (RFC 9449), as it was sent. */
  proof?: string;
  /** Whose request it is, of those that are counted by client. */
  askedFrom?: string;
  /** Seconds, for one who asked too often. */
  retryAfter?: number;
  /** The engine revokes each grant once per model. */
  readonly revocations: Map<string, Promise<void>>;
}

export interface Requests {
  run<T>(act: () => Promise<T>): Promise<T>;
  /** Undefined outside of a request. */
  current(): RequestNotes | undefined;
}

/** One set of notes per request; a request that is already being noted keeps its own. */
export function createRequests(): Requests {
  const storage = new AsyncLocalStorage<RequestNotes>();
  return {
    run: (act) => (storage.getStore() ? act() : storage.run({ revocations: new Map() }, act)),
    current: () => storage.getStore(),
  };
}
