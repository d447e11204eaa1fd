import { Router } from '@koa/router';
import { guardForms } from '../http/csrf.ts';
import {
  type Dependencies as FactorDependencies,
  showRecoveryCodes,
  showSecondFactor,
  takeRecoveryCodes,
  takeSecondFactor,
} from './factor-pages.ts';
import { createPrefill } from './prefill.ts';
import {
  type Dependencies as ProofDependencies,
  showBegin,
  showPassword,
  takePassword,
  takeProofs,
} from './proof-pages.ts';
import { showWaiting, showWays, takeHalf, takeWay } from './way-pages.ts';

export interface Dependencies extends FactorDependencies, Omit<ProofDependencies, 'prefill'> {
  cookieKey: Buffer;
}

/** The ceremony's pages, in the order a person meets them. */
export function createActivationRoutes(given: Dependencies): Router {
  const from = { ...given, prefill: createPrefill(given.cookieKey) };
  const guarded = guardForms();
  const router = new Router();
  router.get('/activate', (ctx) => showBegin(from, ctx));
  router.post('/activate', guarded, (ctx) => takeProofs(from, ctx));
  router.get('/activate/way', (ctx) => showWays(from, ctx));
  router.post('/activate/way', guarded, (ctx) => takeWay(from, ctx));
  router.get('/activate/wait', (ctx) => showWaiting(from, ctx));
  router.post('/activate/wait', guarded, (ctx) => takeHalf(from, ctx));
  router.get('/activate/password', (ctx) => showPassword(from, ctx));
  router.post('/activate/password', guarded, (ctx) => takePassword(from, ctx));
  router.get('/activate/second-factor', (ctx) => showSecondFactor(from, ctx));
  router.post('/activate/second-factor', guarded, (ctx) => takeSecondFactor(from, ctx));
  router.get('/activate/recovery-codes', (ctx) => showRecoveryCodes(from, ctx));
  router.post('/activate/recovery-codes', guarded, (ctx) => takeRecoveryCodes(from, ctx));
  return router;
}
