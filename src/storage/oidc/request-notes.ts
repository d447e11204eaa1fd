import { AsyncLocalStorage } from 'node:async_hooks';
import type { SealedRecord } from './records.ts';
import type { FoundSession } from './sessions.ts';

export interface SessionRead {
  readonly cookieId: string;
  readonly exp: number;
  /** What it held then; the engine goes on changing the object. */
  readonly rest: string;
  /** What the engine has of it by now. */
  readonly found: FoundSession;
}

/** What the adapter's calls of one HTTP request must know of each other. */
export interface RequestNotes {
  /** The name of the cookie id that this request replaces. */
  renewedFrom?: string;
  /** Another request may have renewed the session's cookie meanwhile: this one must not send its older one. */
  keepsCookie?: boolean;
  /** The client that an authorization request names. */
  clientId?: string;
  /** The proof of possession it came with (RFC 9449), as it was sent. */
  proof?: string;
  /** Whose request it is, of those that are counted by client. */
  askedFrom?: string;
  /** Its client is looked up as of now, and not as of what this process last heard. */
  isClientJudgedAnew?: boolean;
  /** Its client gives a token back: what it names is found to be ended, and nothing comes of it. */
  givesBack?: boolean;
  /** Seconds, for one who asked too often. */
  retryAfter?: number;
  /** The session as this request read it, by its cookie: what has not changed need not be written. */
  sessionRead?: SessionRead;
  /** The interaction that it goes on from. */
  interaction?: SealedRecord;
  /** Records asked for before the engine asks, by their keys; each is taken once. */
  readonly ahead: Map<string, Promise<unknown>>;
  /** An ID token will be issued: the request's writes wait for it, and are sent together before it leaves. */
  gathers?: boolean;
  readonly pending: PendingWrite[];
  /** Those of them that were sent, answered or not: nothing of theirs has left yet. */
  readonly sent: PendingWrite[];
  /** The engine revokes each grant once per model. */
  readonly revocations: Map<string, Promise<void>>;
}

/** What is used up goes before what it is exchanged for. */
export interface PendingWrite {
  readonly kind: 'use' | 'save';
  send(): Promise<void>;
  /** As if it had never been sent; by whoever sent it, and before anything left. */
  takeBack(): Promise<void>;
}

export interface Requests {
  run<T>(act: () => Promise<T>): Promise<T>;
  /** Undefined outside of a request. */
  current(): RequestNotes | undefined;
}

/** One set of notes per request; a request that is already being noted keeps its own. */
export function createRequests(): Requests {
  const storage = new AsyncLocalStorage<RequestNotes>();
  return {
    run: (act) =>
      storage.getStore()
        ? act()
        : storage.run({ revocations: new Map(), ahead: new Map(), pending: [], sent: [] }, act),
    current: () => storage.getStore(),
  };
}

/** What was asked for ahead, or else the question now. */
export async function takeAhead<T>(requests: Requests, key: string, ask: () => Promise<T>): Promise<T> {
  const ahead = requests.current()?.ahead;
  const asked = ahead?.get(key) as Promise<T> | undefined;
  ahead?.delete(key);
  return asked ?? ask();
}

/** Undefined outside of a request. */
export function askAhead<T>(requests: Requests, key: string, ask: () => Promise<T>): Promise<T> | undefined {
  const ahead = requests.current()?.ahead;
  const known = ahead?.get(key) as Promise<T> | undefined;
  if (!ahead || known !== undefined) return known;
  const asked = ask();
  // Whoever takes it hears of its failure.
  asked.catch(() => {});
  ahead.set(key, asked);
  return asked;
}

/** From here on, where the scope brings an ID token: its claims are what leaves last. False: it brings none. */
export function gatherForIdToken(requests: Requests, scope = ''): boolean {
  const notes = requests.current();
  const hasIdToken = scope.split(' ').includes('openid');
  if (notes && hasIdToken) notes.gathers = true;
  return hasIdToken;
}

/** Now, or with the others of a request that gathers them. */
export async function sendOrGather(requests: Requests, write: PendingWrite): Promise<void> {
  const notes = requests.current();
  if (notes?.gathers) return void notes.pending.push(write);
  notes?.sent.push(write);
  await write.send();
}

/** What this request uses up by itself. */
export function noteUse(requests: Requests, takeBack: () => Promise<void>): void {
  requests.current()?.sent.push({ kind: 'use', send: async () => {}, takeBack });
}

/** All that was gathered, in one flight. Each is answered before the first refusal is thrown. */
export async function sendPending(requests: Requests): Promise<void> {
  const { pending, sent } = requests.current() ?? {};
  const writes = pending?.splice(0) ?? [];
  sent?.push(...writes);
  await sendAll(writes);
}

/**
 * Where nothing leaves after all: what was saved is removed. What was used up for it is good for another time only where
 * nobody was refused, and something was down.
 */
export async function takeBackSent(requests: Requests, { isDown }: { isDown: boolean }): Promise<void> {
  const sent = requests.current()?.sent.splice(0) ?? [];
  const isToGo = ({ kind }: PendingWrite) => isDown || kind === 'save';
  await Promise.allSettled(sent.filter(isToGo).map((write) => write.takeBack()));
}

/** Of a request that is answered with 503: whoever comes again finds all as it was. */
export async function takeBackAll(requests: Requests): Promise<void> {
  requests.current()?.pending.splice(0);
  await takeBackSent(requests, { isDown: true });
}

/** Of a request refused on its way: what it used up stays used up, and nothing comes of it. */
export async function sendPendingUses(requests: Requests): Promise<void> {
  const pending = requests.current()?.pending.splice(0) ?? [];
  await sendAll(pending.filter(({ kind }) => kind === 'use'));
}

async function sendAll(writes: readonly PendingWrite[]): Promise<void> {
  const answers = await Promise.allSettled(writes.map((write) => write.send()));
  for (const answer of answers) if (answer.status === 'rejected') throw answer.reason;
}
