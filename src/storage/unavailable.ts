/** A dependency is down, too slow or too busy. The edge answers 503 with Retry-After; nothing was decided. */
export class Unavailable extends Error {
  override readonly name = 'Unavailable';
  /** PostgreSQL, Redis, hashing ... for the log and the metric, never for the page. */
  readonly dependency: string;
  /** Seconds. */
  readonly retryAfter: number;

  constructor(dependency: string, options: { cause?: unknown; retryAfter?: number } = {}) {
    super(`${dependency} is not available`, { cause: options.cause });
    this.dependency = dependency;
    this.retryAfter = options.retryAfter ?? 2;
  }
}
