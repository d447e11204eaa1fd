import type { AdapterPayload } from 'oidc-provider';
import { askRedis } from '../redis.ts';
import type { Stamp } from './record-guard.ts';
import { atLeastOne, type RecordDependencies } from './records.ts';
import { runScript, type Script } from './script.ts';
import { END_SESSION, SAVE_SESSION, SETTLE } from './session-scripts.ts';

/** One client in one session: set once, by whichever tab comes first. */
export interface Settled {
  readonly grantId: string;
  readonly sid: string;
}

export type Settlement = { outcome: 'settled'; settled: Settled } | { outcome: 'no-session' | 'ended' };

export interface FoundSession {
  readonly payload: AdapterPayload;
  readonly stamp: Stamp;
}

/** A record under its uid, which stays, and a pointer to it from its cookie id, which changes at each sign-in. */
export interface Sessions {
  nameOfCookie(cookieId: string): string;
  save(given: SessionToSave): Promise<'saved' | 'stale' | 'ended'>;
  /** `renewed`: the session lives on under a newer cookie id, which this one must not overwrite. */
  findByCookie(
    cookieId: string,
  ): Promise<({ outcome: 'found' } & FoundSession) | { outcome: 'renewed' } | undefined>;
  findByUid(uid: string): Promise<FoundSession | undefined>;
  retireCookie(cookieId: string): Promise<void>;
  /** `replacing`: a grant that is dead and may give way. */
  settle(uid: string, clientId: string, proposal: Settled, replacing?: string): Promise<Settlement>;
  end(uid: string, seconds: number): Promise<void>;
}

export interface SessionToSave {
  readonly cookieId: string;
  readonly payload: AdapterPayload;
  readonly stamp: Stamp;
  readonly seconds: number;
  /** The name of the cookie id that this save replaces. */
  readonly renewedFrom?: string | undefined;
}

const RETIRED_COOKIE_SECONDS = 60;

export function createSessions({ redis, sealing }: Pick<RecordDependencies, 'redis' | 'sealing'>): Sessions {
  const keyOf = (uid: string) => `oidc:Session:${sealing.nameOf('Session', uid)}`;
  const nameOfCookie = (cookieId: string) => sealing.nameOf('cookie', cookieId);
  const pointerOf = (cookieId: string) => `oidc:cookie:${nameOfCookie(cookieId)}`;
  const run = (text: Script, uid: string, args: readonly (string | number)[]) =>
    askRedis(() => runScript(redis, text, keyOf(uid), args));

  async function fieldsOf(uid: string): Promise<Record<string, string> | undefined> {
    const fields = await askRedis(() => redis.hgetall(keyOf(uid)));
    return fields.sealed && !fields.ended ? fields : undefined;
  }

  function restore(uid: string, fields: Record<string, string>, cookieId?: string): FoundSession {
    const payload = sealing.open('Session', uid, fields.sealed ?? '') as AdapterPayload;
    const authorizations = openAuthorizations(
      fields,
      (sealed) => sealing.open('Session', uid, sealed) as Settled,
    );
    const state =
      fields.state && cookieId
        ? (sealing.open('cookie', cookieId, fields.state) as AdapterPayload['state'])
        : undefined;
    const stamp = sealing.open('Session', uid, fields.stamp ?? '') as Stamp;
    return {
      payload: {
        ...payload,
        uid,
        ...(cookieId && { jti: cookieId }),
        ...(state && { state }),
        ...authorizations,
      },
      stamp,
    };
  }

  return {
    nameOfCookie,

    async save({ cookieId, payload, stamp, seconds, renewedFrom }) {
      const { uid, state, authorizations, jti: _, ...kept } = payload;
      if (!uid) throw new Error('a session without uid');
      const name = nameOfCookie(cookieId);
      const seal = (value: unknown) => sealing.seal('Session', uid, value);
      const args = [
        ...[renewedFrom ?? name, name, seal(kept), seal(stamp)],
        ...[state ? sealing.seal('cookie', cookieId, state) : '', atLeastOne(seconds)],
        ...authorizationFields(authorizations, seal),
      ];
      const pointer = sealing.seal('cookie', cookieId, uid);
      const [outcome] = await Promise.all([
        run(SAVE_SESSION, uid, args),
        askRedis(() => redis.set(pointerOf(cookieId), pointer, 'EX', atLeastOne(seconds))),
      ]);
      return outcome as 'saved' | 'stale' | 'ended';
    },

    async findByCookie(cookieId) {
      const pointer = await askRedis(() => redis.get(pointerOf(cookieId)));
      if (!pointer) return undefined;
      const uid = sealing.open('cookie', cookieId, pointer) as string;
      const fields = await fieldsOf(uid);
      if (!fields) return undefined;
      if (fields.cookie !== nameOfCookie(cookieId)) return { outcome: 'renewed' };
      return { outcome: 'found', ...restore(uid, fields, cookieId) };
    },

    async findByUid(uid) {
      const fields = await fieldsOf(uid);
      return fields && restore(uid, fields);
    },

    // Not removed at once: a tab that still sends it learns that there is a newer one.
    async retireCookie(cookieId) {
      await askRedis(() => redis.expire(pointerOf(cookieId), RETIRED_COOKIE_SECONDS));
    },

    async settle(uid, clientId, proposal, replacing) {
      const field = settledField(clientId);
      const sealed = sealing.seal('Session', uid, proposal);
      const held = (await run(SETTLE, uid, [field, sealed, ''])) as string;
      if (held === 'ended' || held === 'no-session') return { outcome: held };
      const settled = sealing.open('Session', uid, held) as Settled;
      if (settled.grantId !== replacing) return { outcome: 'settled', settled };
      // The sid is the client's for the whole session (OpenID Connect Back-Channel Logout §2.1).
      const renewed = sealing.seal('Session', uid, { ...proposal, sid: settled.sid });
      const winner = (await run(SETTLE, uid, [field, renewed, held])) as string;
      if (winner === 'ended' || winner === 'no-session') return { outcome: winner };
      return { outcome: 'settled', settled: sealing.open('Session', uid, winner) as Settled };
    },

    async end(uid, seconds) {
      await run(END_SESSION, uid, [atLeastOne(seconds)]);
    },
  };
}

type Authorizations = NonNullable<AdapterPayload['authorizations']>;

const settledField = (clientId: string) => `a:${clientId}:settled`;

/** By field, never as a whole: ten authorizations at once all stay (security.md, rule 5). */
function authorizationFields(
  authorizations: AdapterPayload['authorizations'],
  seal: (value: unknown) => string,
): string[] {
  return Object.entries(authorizations ?? {}).flatMap(([clientId, { sid, grantId, persistsLogout }]) => [
    ...(sid && grantId ? [settledField(clientId), seal({ grantId, sid })] : []),
    ...(persistsLogout ? [`a:${clientId}:persistsLogout`, '1'] : []),
  ]);
}

function openAuthorizations(
  fields: Record<string, string>,
  open: (sealed: string) => Settled,
): { authorizations?: Authorizations } {
  const found: Authorizations = {};
  for (const [field, value] of Object.entries(fields)) {
    const [marker, clientId, what] = field.split(':');
    if (marker !== 'a' || !clientId) continue;
    const authorization = what === 'settled' ? open(value) : { persistsLogout: true };
    found[clientId] = { ...found[clientId], ...authorization };
  }
  return Object.keys(found).length > 0 ? { authorizations: found } : {};
}
