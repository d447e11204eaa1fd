import type { Digests } from '../crypto/digests.ts';

/** The names under which PostgreSQL knows sessions, cookies, grants and refresh families; never their ids. */
export interface Names {
  session(uid: string): Buffer;
  cookie(cookieId: string): Buffer;
  grant(grantId: string): Buffer;
  family(id: string): Buffer;
}

export function createNames(digests: Digests): Names {
  return {
    session: (uid) => digests.of('session-uid', uid),
    cookie: (cookieId) => digests.of('cookie', cookieId),
    grant: (grantId) => digests.of('oidc-record', `grant ${grantId}`),
    family: (id) => digests.of('oidc-record', `family ${id}`),
  };
}
