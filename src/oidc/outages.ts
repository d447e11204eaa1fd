import type { Adapter } from 'oidc-provider';
import { Unavailable } from '../storage/unavailable.ts';

/**
 * What is down, as the engine reads errors (helpers/err_out.js): it answers 503 itself and takes nothing back to the
 * relying party. For our own pages it stays what it is.
 */
export class Outage extends Unavailable {
  readonly status = 503;
  readonly statusCode = 503;
  readonly expose = true;
  readonly allow_redirect = false;
  readonly error = 'temporarily_unavailable';
  readonly error_description = 'Préau cannot answer for the moment';

  constructor(cause: Unavailable) {
    super(cause.dependency, { cause, retryAfter: cause.retryAfter });
    this.message = this.error;
  }
}

/** Around every hook the engine calls: what is down is an outage, whatever else is thrown stays what it is. */
export function withOutages<Args extends unknown[], Result>(
  hook: (...args: Args) => Promise<Result>,
): (...args: Args) => Promise<Result> {
  return (...args) => hook(...args).catch(throwOutage);
}

function throwOutage(error: unknown): never {
  throw error instanceof Unavailable && !(error instanceof Outage) ? new Outage(error) : error;
}

/** As `withOutages`, spelled out where the engine passes most often. */
export function outageAdapter(adapter: Adapter): Adapter {
  return {
    upsert: (id, payload, seconds) => adapter.upsert(id, payload, seconds).catch(throwOutage),
    find: (id) => adapter.find(id).catch(throwOutage),
    findByUid: (uid) => adapter.findByUid(uid).catch(throwOutage),
    findByUserCode: (code) => adapter.findByUserCode(code).catch(throwOutage),
    consume: (id) => adapter.consume(id).catch(throwOutage),
    destroy: (id) => adapter.destroy(id).catch(throwOutage),
    revokeByGrantId: (grantId) => adapter.revokeByGrantId(grantId).catch(throwOutage),
  };
}
