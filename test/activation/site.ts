import { Router } from '@koa/router';
import { createActivationRoutes } from '../../src/activation/routes.ts';
import type { SignIn } from '../../src/login/interaction.ts';
import { createAddresses } from '../../src/throttling/addresses.ts';
import { type Browser, type RunningEdge, startEdge } from '../http/edge-harness.ts';
import type { World } from './world.ts';

export interface Site extends RunningEdge {
  /** Who was signed in by a ceremony, in order: the session itself is login/'s own test. */
  signedIn: SignIn[];
}

/** The pages behind the real edge, with the real limiter on the real Redis. */
export async function startSite(world: World, given: { addressFailures?: number } = {}): Promise<Site> {
  const signedIn: SignIn[] = [];
  const { activation, digests, keyRing, stores, settings, now } = world;
  const limits = {
    addressFailures: given.addressFailures ?? 100_000,
    addressWindowSeconds: settings.limits.addressWindowSeconds,
  };
  const routes = createActivationRoutes({
    activation,
    digests,
    sealer: keyRing,
    addresses: createAddresses({ redis: stores.redis, digests, limits, count: () => {} }),
    addressWindowSeconds: limits.addressWindowSeconds,
    ceremonySeconds: settings.activation.ceremonySeconds,
    cookieKey: stores.secrets.cookieKey,
    now,
    signIn: async (_ctx, signIn) => void signedIn.push(signIn),
  });
  const router = new Router();
  router.use(routes.routes());
  return Object.assign(await startEdge(router), { signedIn });
}

/** Through both proofs, as somebody does who reads the letter and the board. */
export async function giveProofs(browser: Browser, given: { code: string; word: string }): Promise<Response> {
  await browser.get('/activate');
  return browser.post('/activate', { csrf: browser.token(), code: given.code, proof: given.word });
}

export async function choosePassword(browser: Browser, password: string): Promise<Response> {
  await browser.get('/activate/password');
  return browser.post('/activate/password', { csrf: browser.token(), password });
}
