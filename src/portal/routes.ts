import { Router } from '@koa/router';
import type { Context } from 'koa';
import { registerEntryPage, registerPage } from '../../views/portal/register.ts';
import { Refusal } from '../http/refusal.ts';
import { render } from '../http/render.ts';
import { readRegister } from '../relying-parties/contracts/register.ts';
import type { Db } from '../storage/postgres.ts';
import { type ApiDependencies, createApiRoutes } from './api/routes.ts';
import { type IntegratorsDependencies, showIntegrators } from './integrators.ts';
import { answerInJson } from './json-body.ts';
import { createRegistrationRoutes, type RegistrationDependencies } from './registration.ts';

export interface Dependencies extends IntegratorsDependencies, RegistrationDependencies, ApiDependencies {
  readonly db: Db;
}

/** What anybody may read, and what integrators do over the network. */
export function createPortalRoutes(from: Dependencies): Router {
  const router = new Router();
  router.get('/register', (ctx) => showRegister(from, ctx));
  router.get('/register.json', answerInJson, (ctx) => sendRegister(from, ctx));
  router.get('/register/:clientId', (ctx) => showEntry(from, ctx));
  router.get('/integrators{/:stack}', (ctx) => showIntegrators(from, ctx));
  router.use(createRegistrationRoutes(from).routes());
  router.use(createApiRoutes(from).routes());
  return router;
}

async function showRegister(from: Dependencies, ctx: Context): Promise<void> {
  ctx.vary('Accept');
  if (ctx.accepts('html', 'json') === 'json') return sendRegister(from, ctx);
  render(ctx, registerPage, { entries: await readRegister(from.db) });
}

async function sendRegister({ db }: Dependencies, ctx: Context): Promise<void> {
  ctx.body = { contracts: await readRegister(db) };
}

async function showEntry({ db }: Dependencies, ctx: Context): Promise<void> {
  const entry = (await readRegister(db)).find(({ client_id }) => client_id === ctx.params.clientId);
  if (!entry) throw new Refusal('not-found');
  render(ctx, registerEntryPage, { entry });
}
