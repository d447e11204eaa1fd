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
  const drawn = new Memory<Buffer>();
  const nameOf = (purpose: 'session-uid' | 'cookie' | 'oidc-record', id: string) =>
    drawn.recall(`${purpose} ${id}`, () => digests.of(purpose, id));
  return {
    session: (uid) => nameOf('session-uid', uid),
    cookie: (cookieId) => nameOf('cookie', cookieId),
    grant: (grantId) => nameOf('oidc-record', `grant ${grantId}`),
    family: (id) => nameOf('oidc-record', `family ${id}`),
  };
}
