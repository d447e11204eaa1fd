const STATUS = {
  'bad-request': 400,
  'not-allowed': 403,
  'stale-form': 403,
  'not-found': 404,
  'wrong-method': 405,
  'too-large': 413,
  'wrong-type': 415,
  'too-many': 429,
  unavailable: 503,
  unexpected: 500,
} as const;

export type RefusalReason = keyof typeof STATUS;

/** Ends a request with one of our friendly pages; for what has no page of its own. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly reason: RefusalReason;
  readonly status: number;
  /** Seconds. */
  readonly retryAfter: number | undefined;

  constructor(reason: RefusalReason, options: { cause?: unknown; retryAfter?: number } = {}) {
    super(reason, { cause: options.cause });
    this.reason = reason;
    this.status = STATUS[reason];
    this.retryAfter = options.retryAfter;
  }
}

/** The reason that fits a status thrown by koa, the router or the body parser. */
export function reasonOf(status: number): RefusalReason {
  if (status === 403) return 'not-allowed';
  const known = Object.entries(STATUS).find(([, value]) => value === status);
  if (known) return known[0] as RefusalReason;
  return status >= 400 && status < 500 ? 'bad-request' : 'unexpected';
}
