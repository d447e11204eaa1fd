import { type Adapter, type AdapterPayload, errors } from 'oidc-provider';
import type { AdapterParts } from './oidc-adapter.ts';
import { type SessionRead, takeAhead } from './request-notes.ts';

export class SessionAdapter implements Adapter {
  readonly #parts: AdapterParts;

  constructor(parts: AdapterParts) {
    this.#parts = parts;
  }

  async upsert(cookieId: string, payload: AdapterPayload, seconds: number): Promise<void> {
    const { sessions, guard, requests } = this.#parts;
    const notes = requests.current();
    const renewedFrom = notes?.renewedFrom;
    const read = notes?.sessionRead;
    if (notes && read?.cookieId === cookieId && !renewedFrom && isAsGood(read, payload, seconds)) {
      // Whether another tab renewed the cookie meanwhile is not asked either.
      notes.keepsCookie = true;
      return;
    }
    const stamp = await guard.stampFor('Session', payload);
    const outcome = await sessions.save({ cookieId, payload, stamp, seconds, renewedFrom });
    if (outcome === 'ended') throw new errors.LoginRequired('the session has ended');
    if (!notes) return;
    if (outcome === 'stale') notes.keepsCookie = true;
    else delete notes.renewedFrom;
    // Somebody signed in, whatever the browser sent before.
    if (outcome === 'saved' && payload.accountId) notes.keepsCookie = false;
  }

  async find(cookieId: string): Promise<AdapterPayload | undefined> {
    const found = await this.#parts.sessions.findByCookie(cookieId);
    if (!found) return undefined;
    if (found.outcome === 'renewed') {
      const notes = this.#parts.requests.current();
      if (notes) notes.keepsCookie = true;
      return undefined;
    }
    const { payload, stamp } = found;
    const isAlive = await this.#parts.guard.admits({
      model: 'Session',
      id: payload.uid ?? '',
      cookieId,
      payload,
      stamp,
    });
    const notes = this.#parts.requests.current();
    if (isAlive && notes)
      notes.sessionRead = { cookieId, exp: payload.exp ?? 0, rest: restOf(payload), found };
    return isAlive ? payload : undefined;
  }

  async findByUid(uid: string): Promise<AdapterPayload | undefined> {
    const { sessions, requests } = this.#parts;
    const found = await takeAhead(requests, `Session ${uid}`, () => sessions.findByUid(uid));
    if (!found) return undefined;
    return (await this.#parts.guard.admits({ model: 'Session', id: uid, ...found }))
      ? found.payload
      : undefined;
  }

  /** The engine renews a session's cookie id by destroying the old one first; the session itself goes on. */
  async destroy(cookieId: string): Promise<void> {
    const { sessions, requests } = this.#parts;
    const notes = requests.current();
    if (notes) notes.renewedFrom = sessions.nameOfCookie(cookieId);
    await sessions.retireCookie(cookieId);
  }

  consume(): never {
    throw new Error('a session is not consumed');
  }

  revokeByGrantId(): never {
    throw new Error('a session belongs to no grant');
  }

  findByUserCode(): never {
    throw new Error('the device grant is off');
  }
}

// The most an idle time is cut short by what was not written.
const LONGEST_STALENESS = 60;

/** Nothing but the expiry moved, and that by little. */
function isAsGood(read: SessionRead, next: AdapterPayload, seconds: number): boolean {
  const moved = (next.exp ?? 0) - read.exp;
  if (moved < 0 || moved > Math.min(LONGEST_STALENESS, seconds / 20)) return false;
  return read.rest === restOf(next);
}

/** All but its times. The engine gives back the fields in an order of its own, and what they hold as it got it. */
function restOf(payload: AdapterPayload): string {
  const said = Object.keys(payload).filter((name) => !TIMES.has(name) && payload[name] !== undefined);
  return JSON.stringify(said.sort().map((name) => [name, payload[name]]));
}

const TIMES = new Set(['exp', 'iat']);
