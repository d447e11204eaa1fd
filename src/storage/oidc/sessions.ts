import type { AdapterPayload } from 'oidc-provider';
import { Memory } from '../../crypto/memory.ts';
import { askRedis, type Redis } from '../redis.ts';
import { coveredField, fromFields, type Settled, settledField, toFields } from './authorizations.ts';
import type { Stamp } from './record-guard.ts';
import { atLeastOne, type RecordDependencies } from './records.ts';
import { runScript, type Script } from './script.ts';
import type { Sealing } from './sealing.ts';
import { END_SESSION, SAVE_SESSION, SETTLE } from './session-scripts.ts';

export type Settlement = { outcome: 'settled'; settled: Settled } | { outcome: 'no-session' | 'ended' };

export interface FoundSession {
  readonly payload: AdapterPayload;
  readonly stamp: Stamp;
}

/** `renewed`: the session lives on under a newer cookie id, which this one must not overwrite. */
export type SessionOfCookie = ({ outcome: 'found' } & FoundSession) | { outcome: 'renewed' };

export interface SessionToSave extends FoundSession {
  readonly cookieId: string;
  readonly seconds: number;
  /** The name of the cookie id that this save replaces. */
  readonly renewedFrom?: string | undefined;
}

/** Gone: nobody can come back to it. */
export type Kept = { outcome: 'gone' } | { outcome: 'kept'; cookieDigest: Buffer; milliseconds: number };

type Fields = Readonly<Record<string, string>>;

const RETIRED_COOKIE_SECONDS = 60;

/** A record under its uid, which stays, and a pointer to it from its cookie id, which changes at each sign-in. */
export class Sessions {
  readonly #redis: Redis;
  readonly #sealing: Sealing;
  readonly #uids = new Memory<string>();
  readonly #opened = new Memory<{ fields: Fields; text: string }>();

  constructor({ redis, sealing }: Pick<RecordDependencies, 'redis' | 'sealing'>) {
    this.#redis = redis;
    this.#sealing = sealing;
  }

  nameOfCookie(cookieId: string): string {
    return this.#sealing.nameOf('cookie', cookieId);
  }

  async save({
    cookieId,
    payload,
    stamp,
    seconds,
    renewedFrom,
  }: SessionToSave): Promise<'saved' | 'stale' | 'ended'> {
    const { uid, state, authorizations, jti: _, ...kept } = payload;
    if (!uid) throw new Error('a session without uid');
    const name = this.nameOfCookie(cookieId);
    const seal = (value: unknown) => this.#sealing.seal('Session', uid, value);
    const sealedState = state ? this.#sealing.seal('cookie', cookieId, state) : '';
    const head = [renewedFrom ?? name, name, seal(kept), seal(stamp), sealedState, atLeastOne(seconds)];
    const [outcome] = await Promise.all([
      this.#run(SAVE_SESSION, uid, [...head, ...toFields(authorizations, seal)]),
      this.#point(cookieId, uid, seconds),
    ]);
    return outcome as 'saved' | 'stale' | 'ended';
  }

  async findByCookie(cookieId: string): Promise<SessionOfCookie | undefined> {
    const known = this.#uids.get(cookieId);
    const found = known && (await this.#findUnder(cookieId, known));
    // Of a cookie id that once led there, and is still the session's own.
    if (found && found.outcome === 'found') return found;
    const pointer = await askRedis(() => this.#redis.get(this.#pointerOf(cookieId)));
    if (!pointer) return undefined;
    const uid = this.#sealing.open('cookie', cookieId, pointer) as string;
    this.#uids.keep(cookieId, uid);
    return this.#findUnder(cookieId, uid);
  }

  async #findUnder(cookieId: string, uid: string): Promise<SessionOfCookie | undefined> {
    const fields = await this.#fieldsOf(uid);
    if (!fields) return undefined;
    if (fields.cookie !== this.nameOfCookie(cookieId)) return { outcome: 'renewed' };
    const { payload, stamp } = this.#open(uid, fields);
    const state = fields.state && { state: this.#sealing.open('cookie', cookieId, fields.state) };
    return { outcome: 'found', payload: Object.assign(payload, { jti: cookieId }, state), stamp };
  }

  /** Of its authorizations those of one client, where one is named: for reading alone. */
  async findByUid(uid: string, clientId?: string): Promise<FoundSession | undefined> {
    const fields = await this.#fieldsOf(uid, clientId);
    return fields && this.#open(uid, fields, clientId);
  }

  // Not removed at once: a tab that still sends it learns that there is a newer one.
  async retireCookie(cookieId: string): Promise<void> {
    await askRedis(() => this.#redis.expire(this.#pointerOf(cookieId), RETIRED_COOKIE_SECONDS));
  }

  /** The client's one grant and sid in a session; `replacing` names a grant that is dead and may give way. */
  async settle(uid: string, clientId: string, proposal: Settled, replacing?: string): Promise<Settlement> {
    const first = await this.#settle(uid, clientId, proposal);
    if (first.outcome !== 'settled' || first.settled.grantId !== replacing) return first;
    // The sid is the client's for the whole session (OpenID Connect Back-Channel Logout §2.1).
    return this.#settle(uid, clientId, { ...proposal, sid: first.settled.sid }, first.sealed);
  }

  /** What is left of sessions that PostgreSQL knows, by the digests of their uids and in their order. */
  lookAt(uidDigests: readonly Buffer[]): Promise<Kept[]> {
    return Promise.all(
      uidDigests.map(async (digest): Promise<Kept> => {
        const key = keyNamed(digest.toString('base64url'));
        const [cookie, milliseconds] = await askRedis(() =>
          Promise.all([this.#redis.hget(key, 'cookie'), this.#redis.pttl(key)]),
        );
        if (!cookie || milliseconds < 0) return { outcome: 'gone' };
        return { outcome: 'kept', cookieDigest: Buffer.from(cookie, 'base64url'), milliseconds };
      }),
    );
  }

  /** Leaves a tombstone: what is still under way cannot write the session back. */
  async end(uid: string, seconds: number): Promise<void> {
    await this.#run(END_SESSION, uid, [atLeastOne(seconds)]);
  }

  async #settle(uid: string, clientId: string, proposal: Settled, expected = '') {
    const sealed = this.#sealing.seal('Session', uid, proposal);
    const held = (await this.#run(SETTLE, uid, [settledField(clientId), sealed, expected])) as string;
    if (held === 'ended' || held === 'no-session') return { outcome: held } as const;
    const settled = this.#sealing.open('Session', uid, held) as Settled;
    return { outcome: 'settled', settled, sealed: held } as const;
  }

  /** Read in each request of its holder, and opened where it changed: what is sealed alike says the same. */
  #open(uid: string, fields: Fields, clientId = ''): FoundSession {
    const last = this.#opened.get(`${uid} ${clientId}`);
    if (last && isSame(last.fields, fields)) return JSON.parse(last.text);
    const found = this.#openAnew(uid, fields);
    const text = JSON.stringify(found);
    this.#opened.keep(`${uid} ${clientId}`, { fields, text }, text.length);
    return found;
  }

  #openAnew(uid: string, fields: Fields): FoundSession {
    const open = (sealed = '') => this.#sealing.open('Session', uid, sealed);
    const authorizations = fromFields(fields, open);
    const payload = {
      ...(open(fields.sealed) as AdapterPayload),
      uid,
      ...(authorizations && { authorizations }),
    };
    return { payload, stamp: open(fields.stamp) as Stamp };
  }

  async #fieldsOf(uid: string, clientId?: string): Promise<Fields | undefined> {
    const key = this.#keyOf(uid);
    const fields = await askRedis(() =>
      clientId === undefined ? this.#redis.hgetall(key) : this.#fieldsFor(key, clientId),
    );
    return fields.sealed && !fields.ended ? fields : undefined;
  }

  async #fieldsFor(key: string, clientId: string): Promise<Fields> {
    const names = ['sealed', 'stamp', 'ended', settledField(clientId), coveredField(clientId)];
    const values = await this.#redis.hmget(key, ...names);
    return Object.fromEntries(names.flatMap((name, n) => (values[n] ? [[name, values[n]]] : [])));
  }

  async #point(cookieId: string, uid: string, seconds: number): Promise<void> {
    const sealed = this.#sealing.seal('cookie', cookieId, uid);
    await askRedis(() => this.#redis.set(this.#pointerOf(cookieId), sealed, 'EX', atLeastOne(seconds)));
  }

  #keyOf(uid: string): string {
    return keyNamed(this.#sealing.nameOf('Session', uid));
  }

  #pointerOf(cookieId: string): string {
    return `oidc:cookie:${this.nameOfCookie(cookieId)}`;
  }

  #run(text: Script, uid: string, args: readonly (string | number)[]): Promise<unknown> {
    return runScript(this.#redis, text, this.#keyOf(uid), args);
  }
}

function keyNamed(name: string): string {
  return `oidc:Session:${name}`;
}

function isSame(one: Fields, other: Fields): boolean {
  const names = Object.keys(other);
  return names.length === Object.keys(one).length && names.every((name) => one[name] === other[name]);
}
