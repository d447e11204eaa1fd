import type { AnsweredStanding } from '../sessions/ask-standing.ts';
import type { Stamp } from '../sessions/judge-standing.ts';
import type { RequestNotes, Requests } from '../storage/oidc/request-notes.ts';

/** What a request has named so far; the ids themselves. */
export interface Facts {
  readonly personId?: string | undefined;
  readonly sessionUid?: string | undefined;
  readonly cookieId?: string | undefined;
  readonly grantId?: string | undefined;
  readonly familyId?: string | undefined;
}

/** What the engine's hooks of one request tell each other. */
export interface RequestState {
  facts: Facts;
  /** What PostgreSQL answered for these facts. */
  answer?: AnsweredStanding;
  /** That was a moment ago, for another request: the ledger's statement asks whether it still is the answer. */
  isPresumed?: boolean;
  /** Of the records this request stands on. */
  stamps: Stamp[];
  /** The session that this request signed in to. */
  begun?: { readonly idleSeconds: number; readonly absoluteEnd: Date };
  /** The refresh family of this request: one it begins, or one it takes a step in. */
  family?: { readonly id: string; readonly rotation: number; readonly isNew: boolean };
  /** The family and the place in it of the refresh token that was shown. */
  shown?: { readonly id: string; readonly rotation: number };
  /** The client's sid in the session: settled at the authorization, carried by the code. */
  sid?: string;
  /** How strongly somebody had signed in when the code or token of this request was given. */
  acr?: string;
  /** Claims whose lines were written before the refresh token is spent. */
  written?: Record<string, unknown>;
}

export type RequestStates = () => RequestState;

const STATE = Symbol('state');
type Noted = RequestNotes & { [STATE]?: RequestState };

/** Outside of a request each caller gets a state of its own. */
export function createRequestStates(requests: Requests): RequestStates {
  return () => {
    const notes: Noted | undefined = requests.current();
    if (!notes) return nothingYet();
    notes[STATE] ??= nothingYet();
    return notes[STATE];
  };
}

function nothingYet(): RequestState {
  return { facts: {}, stamps: [] };
}
