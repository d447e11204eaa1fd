import type { Context } from 'koa';
import { errors, type Provider } from 'oidc-provider';
import type { Digests } from '../crypto/digests.ts';
import { clientAddressOf } from '../http/request.ts';
import type { AnsweredStanding } from '../sessions/ask-standing.ts';
import { endByCookie, endSession } from '../sessions/end-session.ts';
import { judgeStanding } from '../sessions/judge-standing.ts';
import type { StandingSession } from '../sessions/standing.ts';
import { startSession } from '../sessions/start-session.ts';
import type { Db } from '../storage/postgres.ts';
import { Unavailable } from '../storage/unavailable.ts';
import { deviceLabel } from './device-label.ts';
import type { SignIn } from './interaction.ts';
import type { SignedIn } from './signed-in.ts';

export interface Dependencies {
  /** The current one: a rotation of keys puts another in its place. */
  provider: () => Provider;
  /** The engine's `cookies.long`. */
  sessionCookie: SessionCookie;
  db: Db;
  digests: Digests;
  standing: RequestStanding;
  /** Runs what one request asks of the engine's records, so that they know of each other. */
  within<T>(act: () => Promise<T>): Promise<T>;
  /** The browser may have a newer cookie than the one that this request came with, or the very same: none is sent. */
  keepsCookie(): boolean;
  /** The longest a session of anybody can last. */
  longestSessionSeconds: number;
  now: () => Date;
}

/** The one question of a request (design D5), shared with the engine's records, which are stamped by its answer. */
export interface RequestStanding {
  answer(facts: { personId?: string; sessionUid?: string }): Promise<AnsweredStanding>;
  /** What was asked before a change of one's own no longer holds. */
  forget(): void;
}

type SessionCookie = NonNullable<Parameters<Context['cookies']['set']>[2]>;
type Session = Awaited<ReturnType<Provider['Session']['get']>>;

/** The engine's session as Préau's own pages use it. */
export interface OwnSession {
  /** A new session in this browser, in the place of any other: nobody's cookie from before goes on. */
  beginSession(ctx: Context, signIn: SignIn & { authTime?: number | undefined }): Promise<SessionBegun>;
  signedIn(ctx: Context): Promise<SignedIn | undefined>;
  /** Also while Redis is away: then what is known, the cookie, is ended durably. */
  endOwnSession(ctx: Context, reason: string): Promise<void>;
}

/** `not-begun`: an order, a lock or a reset came in between; sign in again. */
export type SessionBegun = { outcome: 'begun' } | { outcome: 'not-begun' };

export function createOwnSession(from: Dependencies): OwnSession {
  return {
    beginSession: (ctx, signIn) => from.within(() => ofEngine(() => begin(from, ctx, signIn))),
    signedIn: (ctx) => from.within(() => ofEngine(() => findSignedIn(from, ctx))),
    endOwnSession: (ctx, reason) => from.within(() => ofEngine(() => end(from, ctx, reason))),
  };
}

/** What is down reaches us in the engine's words; our own pages say it in ours. */
async function ofEngine<T>(act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    throw error instanceof Error && error.cause instanceof Unavailable ? error.cause : error;
  }
}

async function begin(
  from: Dependencies,
  ctx: Context,
  signIn: SignIn & { authTime?: number | undefined },
): Promise<SessionBegun> {
  const { provider, db, digests, standing, now } = from;
  const { Session } = provider();
  const former = await Session.get(ctx);
  if (former.accountId) await endKnown(from, former, 'replaced');
  const session = new Session();
  const { personId, person, limits, judgedAt, acr, amr, authTime } = signIn;
  const outlivesBrowser = limits.kind === 'own-device';
  const loginTs = authTime ?? Math.floor(now().getTime() / 1000);
  session.loginAccount({ accountId: personId, acr, amr, loginTs, transient: !outlivesBrowser });
  const started = await startSession(db, {
    uidDigest: digests.of('session-uid', session.uid),
    person,
    limits,
    judgedAt,
    at: now(),
    userAgent: deviceLabel(ctx.get('user-agent')),
    address: clientAddressOf(ctx),
  });
  if (started.outcome !== 'started') return { outcome: 'not-begun' };
  standing.forget();
  await standing.answer({ personId, sessionUid: session.uid });
  await session.save(Math.min(limits.idleSeconds, limits.absoluteSeconds));
  setCookie(from, ctx, session);
  return { outcome: 'begun' };
}

/** As shared/session.js of the engine does: signed by its keys, with an expiry where it outlives the browser. */
function setCookie({ provider, sessionCookie }: Dependencies, ctx: Context, session: Session): void {
  const expires = session.transient ? {} : { expires: new Date(session.exp * 1000) };
  jarOf(provider(), ctx).set(provider().cookieName('session'), session.jti, { ...sessionCookie, ...expires });
}

async function findSignedIn(from: Dependencies, ctx: Context): Promise<SignedIn | undefined> {
  const { provider, digests, now } = from;
  const session = await provider().Session.get(ctx);
  if (!session.accountId) return undefined;
  const at = now();
  const uidDigest = digests.of('session-uid', session.uid);
  const { standing, inForce } = await from.standing.answer({
    personId: session.accountId,
    sessionUid: session.uid,
  });
  const verdict = judgeStanding(standing, { stamps: [], inForce, at });
  if (verdict.outcome === 'dead' || !standing.session) return undefined;
  // Made up for sandbox clients: Préau's own pages are none.
  if (verdict.person.isPersona) return undefined;
  if (verdict.outcome === 'good' && !(await isUsed(from, ctx, session, standing.session))) return undefined;
  return {
    person: verdict.person,
    isFrozen: verdict.outcome === 'frozen',
    uidDigest,
    device: standing.session.kind === 'shared-device' ? 'shared' : 'own',
    acr: session.acr,
    amr: session.amr ?? [],
    authTime: session.loginTs ?? 0,
    absoluteEnd: standing.session.absoluteEnd,
    inForce,
  };
}

/** A look at a page of ours is a use, as a visit to an application is: the idle time begins anew. False: it has ended. */
async function isUsed(
  from: Dependencies,
  ctx: Context,
  session: Session,
  { idleSeconds, absoluteEnd }: StandingSession,
): Promise<boolean> {
  const left = (absoluteEnd.getTime() - from.now().getTime()) / 1000;
  try {
    await session.save(Math.max(1, Math.floor(Math.min(idleSeconds, left))));
  } catch (error) {
    if (error instanceof errors.LoginRequired) return false;
    throw error;
  }
  if (!session.transient && !from.keepsCookie()) setCookie(from, ctx, session);
  return true;
}

async function end(from: Dependencies, ctx: Context, reason: string): Promise<void> {
  const { provider, sessionCookie, db, digests, now, longestSessionSeconds } = from;
  const jar = jarOf(provider(), ctx);
  const name = provider().cookieName('session');
  const cookieId = jar.get(name);
  try {
    await ofEngine(async () => {
      const session = await provider().Session.get(ctx);
      if (session.accountId) await endKnown(from, session, reason);
    });
  } catch (error) {
    if (!(error instanceof Unavailable) || error.dependency !== 'redis' || !cookieId) throw error;
    const at = now();
    const by = { kind: 'system', name: 'sign-out without Redis' } as const;
    const untilAt = new Date(at.getTime() + longestSessionSeconds * 1000);
    await endByCookie(db, { cookieDigest: digests.of('cookie', cookieId), by, reason, at, untilAt });
  }
  jar.set(name, null, sessionCookie);
}

/** PostgreSQL first: what is ended there stays ended, whatever becomes of Redis. */
async function endKnown(from: Dependencies, session: Session, reason: string): Promise<void> {
  const { db, digests, now } = from;
  const at = now();
  const { person } = (await from.standing.answer({ personId: session.accountId ?? '' })).standing;
  const by = person
    ? ({ kind: 'person', person: person.number } as const)
    : ({ kind: 'system', name: 'sessions' } as const);
  await endSession(db, { uidDigest: digests.of('session-uid', session.uid), by, at, reason });
  await session.destroy();
}

/** The engine's own jar on this request: its names, its keys. */
function jarOf(provider: Provider, ctx: Context): Context['cookies'] {
  const { cookies } = (provider as unknown as { createContext: typeof ctx.app.createContext }).createContext(
    ctx.req,
    ctx.res,
  );
  cookies.secure = ctx.secure || ctx.cookies.secure;
  return cookies;
}
