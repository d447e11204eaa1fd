import { Router } from '@koa/router';
import type { Context } from 'koa';
import { notNowPage } from '../../views/login/not-now.ts';
import { personaPage } from '../../views/oidc/persona.ts';
import { record } from '../audit/record.ts';
import type { Settings } from '../config.ts';
import { guardForms } from '../http/csrf.ts';
import { getBody } from '../http/form-body.ts';
import { render } from '../http/render.ts';
import type { Interactions, SignIn } from '../login/interaction.ts';
import type { Orders } from '../orders/orders.ts';
import { isSandbox } from '../relying-parties/contracts/contract.ts';
import {
  type Dependencies as MakingDependencies,
  makePersonas,
} from '../relying-parties/personas/make-personas.ts';
import { listPickable, type Pickable } from '../relying-parties/personas/pickable.ts';
import { judgeStanding } from '../sessions/judge-standing.ts';
import { sessionLimits } from '../sessions/limits.ts';
import { standing } from '../sessions/standing.ts';
import { type ContractPageDependencies, type Step, startAgain, stepOf } from './contract-pages.ts';

export interface SandboxDependencies extends ContractPageDependencies, MakingDependencies {
  readonly interactions: Interactions;
  readonly orders: Pick<Orders, 'inForce'>;
  readonly lifetimes: Pick<Settings['lifetimes'], 'sessions'>;
  readonly isDemo: boolean;
}

/** A sandbox client's sign-in: one of the made-up people is picked by a button. */
export function createSandboxRoutes(from: SandboxDependencies): Router {
  const router = new Router();
  router.get('/interaction/:uid/persona', (ctx) => inSandbox(from, ctx, show));
  router.post('/interaction/:uid/persona', guardForms(), (ctx) => inSandbox(from, ctx, take));
  return router;
}

type Act = (from: SandboxDependencies, ctx: Context, step: Step) => Promise<void>;

async function inSandbox(from: SandboxDependencies, ctx: Context, act: Act): Promise<void> {
  const step = await stepOf(from, ctx);
  const isSignIn = step?.prompt === 'login' || step?.prompt === 'step_up';
  if (!step || !isSignIn || !isSandbox(step.party.contract)) return startAgain(ctx);
  await act(from, ctx, step);
}

async function show(from: SandboxDependencies, ctx: Context, { party }: Step): Promise<void> {
  await makePersonas(from);
  const personas = await listPickable(from);
  render(ctx, personaPage, { action: ctx.path, application: party.metadata.client_name, personas });
}

async function take(from: SandboxDependencies, ctx: Context, step: Step): Promise<void> {
  const picked = getBody(ctx).get('persona')?.[0];
  // Nobody is named by the button of the page that says "not now", which leaves as well.
  if (picked === undefined || picked === 'none')
    return from.interactions.finishInteraction(ctx, { outcome: 'cancelled' });
  const persona = (await listPickable(from)).find(({ id }) => id === picked);
  if (!persona) return show(from, ctx, step);
  const signIn = await signInAs(from, persona, step.party.clientId);
  if (signIn) return from.interactions.finishInteraction(ctx, { outcome: 'signed-in', signIn });
  ctx.status = 403;
  render(ctx, notNowPage, { reason: 'frozen', cancel: ctx.path });
}

/** They have no credentials: what they play is somebody who gave both factors, so that every step can be tried. */
async function signInAs(
  { db, orders, lifetimes, now }: SandboxDependencies,
  { person }: Pickable,
  clientId: string,
): Promise<SignIn | undefined> {
  const inForce = await orders.inForce();
  const at = now();
  const verdict = judgeStanding(await standing(db, { person, at }), { stamps: [], inForce, at });
  if (verdict.outcome !== 'good') return undefined;
  const { id: personId, epoch, memberships } = verdict.person;
  const name = 'persona.picked' as const;
  const by = { kind: 'system', name: 'sandbox' } as const;
  await record(db, by, { name, subject: person, details: { clientId } }, at);
  const profiles = memberships.map(({ profile }) => profile);
  return {
    ...{ person, personId, acr: 'urn:preau:acr:two', amr: ['pwd', 'otp', 'mfa'] },
    limits: sessionLimits(profiles, 'shared', lifetimes.sessions),
    judgedAt: { version: inForce.version, generation: inForce.generation, epoch },
  };
}
