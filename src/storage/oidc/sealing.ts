import { createSecretKey } from 'node:crypto';
import { contextOf } from '../../crypto/context.ts';
import type { Digests } from '../../crypto/digests.ts';
import { openBytes, sealBytes } from '../../crypto/envelope.ts';
import { Memories } from '../../crypto/memory.ts';

// A code is known as it was made (records.ts); a refresh token is shown when its access token has run out.
const READ_LATER = new Set(['AuthorizationCode', 'RefreshToken']);

/**
 * Every value is sealed under a key drawn from its own id, which Redis never sees: what is read in Redis opens
 * nothing and names nobody, and what is written there by somebody else does not open.
 */
export interface Sealing {
  /** The digest that stands for an id in a key or a comparison. */
  nameOf(kind: string, id: string): string;
  seal(kind: string, id: string, value: unknown): string;
  open(kind: string, id: string, sealed: string): unknown;
}

export function createSealing(digests: Digests): Sealing {
  const keyOf = lastOf((kind, id) => createSecretKey(digests.of('oidc-record', `key ${kind} ${id}`)));
  const names = new Memories<string>();
  const contexts = new Map<string, Buffer>();
  const contextFor = (kind: string) => {
    const context = contexts.get(kind) ?? contextOf('preau/oidc', kind);
    contexts.set(kind, context);
    return context;
  };
  // What this process sealed is shown to it within seconds; a grant is read at each use of its tokens.
  const known = new Memories<{ sealed: string; text: string }>();
  return {
    nameOf: (kind, id) => names.of(kind).recall(id, () => drawName(digests, kind, id)),
    seal(kind, id, value) {
      const text = JSON.stringify(value);
      const bytes = sealBytes(keyOf(kind, id), contextFor(kind), Buffer.from(text, 'utf8'));
      const sealed = bytes.toString('base64');
      if (!READ_LATER.has(kind)) known.of(kind).keep(id, { sealed, text }, sealed.length);
      return sealed;
    },
    open(kind, id, sealed) {
      const last = known.of(kind).get(id);
      if (last?.sealed === sealed) return JSON.parse(last.text);
      const bytes = Buffer.from(sealed, 'base64');
      const opened = openBytes(keyOf(kind, id), contextFor(kind), bytes, `a record of ${kind}`);
      const text = opened.toString('utf8');
      known.of(kind).keep(id, { sealed, text }, sealed.length);
      return JSON.parse(text);
    },
  };
}

/** Sessions and cookies are called the same here and in PostgreSQL, which asks after them. */
function drawName(digests: Digests, kind: string, id: string): string {
  if (kind === 'Session') return digests.textOf('session-uid', id);
  if (kind === 'cookie') return digests.textOf('cookie', id);
  return digests.textOf('oidc-record', `name ${kind} ${id}`);
}

/** What is drawn from an id is asked for several times in a row: the last of each kind is kept. */
function lastOf<T>(draw: (kind: string, id: string) => T): (kind: string, id: string) => T {
  const last = new Map<string, { id: string; drawn: T }>();
  return (kind, id) => {
    const known = last.get(kind);
    if (known?.id === id) return known.drawn;
    const drawn = draw(kind, id);
    last.set(kind, { id, drawn });
    return drawn;
  };
}
