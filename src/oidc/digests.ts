import type { Digests } from '../crypto/digests.ts';
import { Memory } from '../crypto/memory.ts';

/** The names under which PostgreSQL knows sessions, cookies, grants and refresh families; never their ids. */
export interface Names {
  session(uid: string): Buffer;
  cookie(cookieId: string): Buffer;
  grant(grantId: string): Buffer;
  family(id: string): Buffer;
}

export function createNames(digests: Digests): Names {
  const [sessions, cookies, grants, families] = [memory(), memory(), memory(), memory()];
  return {
    session: (uid) => sessions.recall(uid, () => digests.of('session-uid', uid)),
    cookie: (cookieId) => cookies.recall(cookieId, () => digests.of('cookie', cookieId)),
    grant: (grantId) => grants.recall(grantId, () => digests.of('oidc-record', `grant ${grantId}`)),
    family: (id) => families.recall(id, () => digests.of('oidc-record', `family ${id}`)),
  };
}

function memory(): Memory<Buffer> {
  return new Memory();
}
