import { Router } from '@koa/router';
import type { Context } from 'koa';
import { registerEntryPage, registerPage } from '../../views/portal/register.ts';
import { Refusal } from '../http/refusal.ts';
import { render } from '../http/render.ts';
import { shared } from '../http/shared.ts';
import { type RegisterEntry, readRegister } from '../relying-parties/contracts/register.ts';
import type { Db } from '../storage/postgres.ts';
import { type ApiDependencies, createApiRoutes } from './api/routes.ts';
import { type IntegratorsDependencies, showIntegrators } from './integrators.ts';
import { answerInJson } from './json-body.ts';
import { createShowLogo } from './logo.ts';
import { createRegistrationRoutes, type RegistrationDependencies } from './registration.ts';

export interface Dependencies extends IntegratorsDependencies, RegistrationDependencies, ApiDependencies {
  readonly db: Db;
}

/** What anybody may read, and what integrators do over the network. */
export function createPortalRoutes(from: Dependencies): Router {
  const router = new Router();
  // Anybody may ask, and it is all contracts each time.
  const read = shared(() => readRegister(from.db));
  router.get('/register', (ctx) => showRegister(read, ctx));
  router.get('/register.json', answerInJson, (ctx) => sendRegister(read, ctx));
  router.get('/register/:clientId', (ctx) => showEntry(read, ctx));
  router.get('/register/:clientId/logo', createShowLogo(from));
  router.get('/integrators{/:stack}', (ctx) => showIntegrators(from, ctx));
  router.use(createRegistrationRoutes(from).routes());
  router.use(createApiRoutes(from).routes());
  return router;
}

type Read = () => Promise<RegisterEntry[]>;

async function showRegister(read: Read, ctx: Context): Promise<void> {
  ctx.vary('Accept');
  if (ctx.accepts('html', 'json') === 'json') return sendRegister(read, ctx);
  render(ctx, registerPage, { entries: await read() });
}

async function sendRegister(read: Read, ctx: Context): Promise<void> {
  ctx.body = { contracts: await read() };
}

async function showEntry(read: Read, ctx: Context): Promise<void> {
  const entry = (await read()).find(({ client_id }) => client_id === ctx.params.clientId);
  if (!entry) throw new Refusal('not-found');
  render(ctx, registerEntryPage, { entry });
}
