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
  return async (ctx) => {
    const signIn = signInOf(ctx);
    const uid = ctx.oidc.session?.uid;
    if (!signIn || !uid || from.states().begun) return;
    for (let attempt = 0; attempt < 3; attempt += 1) {
      const started = await start(from, ctx, { signIn, uid });
      if (started === 'started') return;
      from.standing.forget();
    }
    throw new Unavailable('orders');
  };
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
  if (verdict.outcome !== 'good') throw new errors.SessionNotFound('the sign-in no longer counts');
  const { inForce } = await standing.answer(facts);
  const at = now();
  const { outcome } = await startSession(db, {
    uidDigest: names.session(uid),
    person,
    limits,
    judgedAt: { version: inForce.version, generation: inForce.generation, epoch },
    at,
    userAgent: deviceLabel(ctx.get('user-agent')),
    address: clientAddressOf(ctx),
  });
  if (outcome === 'orders-moved') return outcome;
  if (outcome !== 'started') throw new errors.SessionNotFound('the sign-in no longer counts');
  const { idleSeconds, absoluteSeconds } = limits;
  states().begun = { idleSeconds, absoluteEnd: new Date(at.getTime() + absoluteSeconds * 1000) };
  return outcome;
}

/** What finishInteraction put there: it never left the server. */
function signInOf({ oidc }: KoaContextWithOIDC): SignIn | undefined {
  return (oidc.result?.login as { signIn?: SignIn } | undefined)?.signIn;
}
