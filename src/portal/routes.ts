import { Router } from '@koa/router';
import type { Context } from 'koa';
import { registerEntryPage, registerPage } from '../../views/portal/register.ts';
import { Refusal } from '../http/refusal.ts';
import { render } from '../http/render.ts';
import {
  createReadRegister,
  findRegisterEntry,
  type RegisterEntry,
} from '../relying-parties/contracts/register.ts';
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
  const read = createReadRegister(from.db);
  router.get('/register', (ctx) => showRegister(read, ctx));
  router.get('/register.json', answerInJson, (ctx) => sendRegister(read, ctx));
  router.get('/register/:clientId', (ctx) => showEntry(from.db, ctx));
  router.get('/register/:clientId/logo', createShowLogo(from));
  router.get('/integrators{/:stack}', (ctx) => showIntegrators(from, ctx));
  router.use(createRegistrationRoutes(from).routes());
  router.use(createApiRoutes(from).routes());
  return router;
}

type Read = () => Promise<readonly RegisterEntry[]>;

async function showRegister(read: Read, ctx: Context): Promise<void> {
  ctx.vary('Accept');
  if (ctx.accepts('html', 'json') === 'json') return sendRegister(read, ctx);
  render(ctx, registerPage, { entries: await read() });
}

async function sendRegister(read: Read, ctx: Context): Promise<void> {
  ctx.body = { contracts: await read() };
}

async function showEntry(db: Db, ctx: Context): Promise<void> {
  const entry = await findRegisterEntry(db, String(ctx.params.clientId));
  if (!entry) throw new Refusal('not-found');
  render(ctx, registerEntryPage, { entry });
}
