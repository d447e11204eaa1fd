import { Router } from '@koa/router';
import type { Context } from 'koa';
import type { Provider } from 'oidc-provider';
import { startAgainPage } from '../../views/login/start-again.ts';
import { continuePage } from '../../views/oidc/continue.ts';
import { seeOther } from '../http/addresses.ts';
import { guardForms } from '../http/csrf.ts';
import { getBody, readBody } from '../http/form-body.ts';
import { Refusal } from '../http/refusal.ts';
import { render } from '../http/render.ts';
import { wishLocales } from '../http/request.ts';
import { allowFormTarget } from '../http/security-headers.ts';
import type { Registry } from '../relying-parties/registry.ts';
import { ROUTES } from './configuration.ts';
import { findInteraction } from './interactions.ts';
import { dropUnprovenHint } from './logout-hint.ts';
import { mendLogoutQuery } from './logout-target.ts';

export interface RouteDependencies {
  readonly provider: () => Provider;
  readonly registry: Registry;
}

/** What the engine leaves to its host; before the engine, which is mounted last. */
export function createOidcRoutes(from: RouteDependencies): Router {
  const router = new Router();
  const guarded = guardForms();
  // OpenID Connect Core §3.1.2.1 and RP-Initiated Logout §2 ask for POST; SameSite=Lax cookies come with the GET.
  router.post(ROUTES.authorization, postToGet);
  router.post(ROUTES.end_session, postToGet);
  router.get(ROUTES.end_session, async (ctx, next) => {
    const hinted = await dropUnprovenHint(from, new URLSearchParams(ctx.querystring));
    const query = mendLogoutQuery(hinted, from.registry);
    ctx.req.url = `${ctx.path}?${query}`;
    return next();
  });
  router.get('/interaction/:uid/continue', (ctx) => askToContinue(from, ctx));
  router.post('/interaction/:uid/continue', guarded, (ctx) => goOn(from, ctx));
  return router;
}

const LONGEST_QUERY = 8000;

async function postToGet(ctx: Context): Promise<void> {
  const form = await readBody(ctx);
  const query = new URLSearchParams();
  for (const [name, values] of form) for (const value of values) query.append(name, value);
  if (String(query).length > LONGEST_QUERY) throw new Refusal('too-large');
  seeOther(ctx, `${ctx.path}?${query}`);
}

/** An application on a device: any other there could have asked, so somebody says yes (RFC 8252 §8.6). */
async function askToContinue(from: RouteDependencies, ctx: Context): Promise<void> {
  const interaction = await findInteraction(from, ctx);
  if (!interaction || interaction.uid !== ctx.params.uid) return startAgain(ctx);
  const { client_id: clientId, redirect_uri: redirectUri, ui_locales: uiLocales } = interaction.params;
  if (typeof uiLocales === 'string') wishLocales(ctx, uiLocales);
  if (typeof redirectUri === 'string') allowFormTarget(ctx, redirectUri);
  const application = from.registry.known(String(clientId))?.metadata.client_name ?? '';
  render(ctx, continuePage, { application, action: ctx.path });
}

async function goOn(from: RouteDependencies, ctx: Context): Promise<void> {
  const interaction = await findInteraction(from, ctx);
  if (!interaction || interaction.uid !== ctx.params.uid) return startAgain(ctx);
  const hasAgreed = getBody(ctx).get('continue')?.[0] === 'yes';
  const result = hasAgreed
    ? { consent: {} }
    : { error: 'access_denied', error_description: 'the person did not go on' };
  seeOther(ctx, await from.provider().interactionResult(ctx.req, ctx.res, result));
}

function startAgain(ctx: Context): void {
  ctx.status = 400;
  render(ctx, startAgainPage, {});
}
