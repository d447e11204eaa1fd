import { errors, type KoaContextWithOIDC } from 'oidc-provider';
import { clientAddressOf } from '../http/request.ts';
import { deviceLabel } from '../login/device-label.ts';
import type { SignIn } from '../login/interaction.ts';
import { startSession } from '../sessions/start-session.ts';
import type { Db } from '../storage/postgres.ts';
import { Unavailable } from '../storage/unavailable.ts';
import type { Names } from './digests.ts';
import type { RequestStates } from './request-state.ts';
import type { Standing } from './standing.ts';

export interface SessionBeginDependencies {
  readonly db: Db;
  readonly standing: Standing;
  readonly states: RequestStates;
  readonly names: Names;
  readonly now: () => Date;
}

/** Where a sign-in comes back to the engine: its session is started in PostgreSQL before anything rests on it. */
export type BeginSession = (ctx: KoaContextWithOIDC) => Promise<void>;

export function createBeginSession(from: SessionBeginDependencies): BeginSession {
  return (ctx) =>
    begin(from, ctx).catch((error) => {
      leaveAsItWas(ctx);
      throw error;
    });
}

async function begin(from: SessionBeginDependencies, ctx: KoaContextWithOIDC): Promise<void> {
  const login = loginOf(ctx.oidc.result);
  const uid = ctx.oidc.session?.uid;
  if (!login || !uid || from.states().begun) return;
  if (isLeftLying(ctx, login)) throw noLongerCounts();
  const { signIn } = login;
  for (let attempt = 0; attempt < 3; attempt += 1) {
    const started = await start(from, ctx, { signIn, uid });
    if (started === 'started') return;
    from.standing.forget();
  }
  throw new Unavailable('orders');
}

/** The engine has written the sign-in into its session already, and would keep it there: new acr, new cookie (session.js). */
function leaveAsItWas({ oidc }: KoaContextWithOIDC): void {
  if (oidc.session) Object.assign(oidc.session, { destroyed: true });
}

async function start(
  { db, standing, states, names, now }: SessionBeginDependencies,
  ctx: KoaContextWithOIDC,
  { signIn, uid }: { signIn: SignIn; uid: string },
): Promise<'started' | 'orders-moved'> {
  const { limits, judgedAt, person, personId } = signIn;
  const facts = { personId };
  const { generation, epoch } = judgedAt;
  const verdict = await standing.verdict(facts, { stamps: [{ generation, epoch }] });
  if (verdict.outcome !== 'good') throw noLongerCounts();
  const { inForce } = await standing.answer(facts);
  const at = now();
  const result = await startSession(db, {
    uidDigest: names.session(uid),
    person,
    limits,
    judgedAt: { version: inForce.version, generation: inForce.generation, epoch },
    at,
    userAgent: deviceLabel(ctx.get('user-agent')),
    address: clientAddressOf(ctx),
  });
  if (result.outcome === 'orders-moved') return result.outcome;
  if (result.outcome !== 'started') throw noLongerCounts();
  const { idleSeconds, absoluteEnd } = result;
  states().begun = { idleSeconds, absoluteEnd };
  return 'started';
}

/** What finishInteraction put there: it never left the server. */
interface Login {
  readonly signIn: SignIn;
  /** Seconds since 1970, by the clock of the engine. */
  readonly ts: number;
}

function loginOf(result: unknown): Login | undefined {
  const login = (result as { login?: Partial<Login> } | undefined)?.login;
  return login?.signIn ? (login as Login) : undefined;
}

// Half of what a half sign-in has. In between lies one redirect, or the page about somebody who is still signed in: two
// sentences and a button. Whoever takes longer types a password once more, and whoever comes next finds nothing.
const UNUSED_SECONDS = 300;

/**
 * Complete, and never gone on from: the person has left. A step after the sign-in hands on what has begun a session
 * already, and may take its time.
 */
function isLeftLying({ oidc }: KoaContextWithOIDC, { ts }: Login): boolean {
  const isUsed = loginOf(oidc.entities.Interaction?.lastSubmission)?.ts === ts;
  return !isUsed && Date.now() / 1000 - ts > UNUSED_SECONDS;
}

/** Not the application's matter: whoever sits here starts again, and is told what is in their way. */
function noLongerCounts(): Error {
  const error = new errors.SessionNotFound('the sign-in no longer counts');
  return Object.assign(error, { allow_redirect: false });
}
