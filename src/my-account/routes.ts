import { Router } from '@koa/router';
import type { Context } from 'koa';
import { homePage, landingPage, signedOutPage } from '../../views/home/home.ts';
import { accountPage, type Done } from '../../views/my-account/account.ts';
import { frozenPage, lockedPage, lockPage } from '../../views/my-account/lock.ts';
import { localAddress, seeOther } from '../http/addresses.ts';
import { guardForms } from '../http/csrf.ts';
import { readForm } from '../http/forms.ts';
import { render } from '../http/render.ts';
import { clearSiteData } from '../http/security-headers.ts';
import { LANDING, ownAuthorization } from '../login/own-pages-request.ts';
import { rightsOf } from '../rights/rights.ts';
import { countRecoveryCodes, findTotp } from '../second-factors/store.ts';
import { applicationsFor } from './applications.ts';
import { lockForm, sessionForm } from './forms.ts';
import { openHolder } from './holder.ts';
import { forHolder, type Dependencies as HoldingDependencies, signInFirst, type Visit } from './holding.ts';
import { endOneSession, endOtherSessions, listOwnSessions, lockOwnAccount } from './own-sessions.ts';
import { passwordRoutes } from './password-pages.ts';
import { readersOfMine } from './readers.ts';
import { factorRoutes } from './second-factor-pages.ts';
import { type Dependencies as VouchDependencies, vouchRoutes, waitingChildren } from './vouch-pages.ts';

export type Dependencies = HoldingDependencies & VouchDependencies;

/** `/`, the way in and out of our own pages, and `/account`. */
export function createMyAccountRoutes(from: Dependencies): Router {
  const router = new Router();
  const guarded = guardForms();
  const holding = forHolder(from);

  router.get('/', (ctx) => showHome(from, ctx));
  router.get('/login', (ctx) => goToSignIn(from, ctx));
  router.get(LANDING, land);
  router.get('/signed-out', (ctx) => render(ctx, signedOutPage, {}));

  router.get(
    '/account',
    holding((ctx, visit) => showAccount(from, ctx, visit)),
  );
  passwordRoutes(router, { from, guarded, holding });
  factorRoutes(router, { from, guarded, holding });
  vouchRoutes(router, { from, guarded, holding });
  router.post(
    '/account/sessions/end',
    guarded,
    holding((ctx, visit) => endOne(from, ctx, visit)),
  );
  router.post(
    '/account/sessions/end-others',
    guarded,
    holding((ctx, visit) => endOthers(from, ctx, visit)),
  );
  router.get(
    '/account/lock',
    holding(async (ctx, { holder }) => render(ctx, lockPage, { name: holder.name })),
  );
  router.post(
    '/account/lock',
    guarded,
    holding((ctx, visit) => takeLock(from, ctx, visit)),
  );
  router.post('/account/sign-out', guarded, (ctx) => signOut(from, ctx));
  return router;
}

/** Who did not go on is not led to what would ask them to sign in once more. */
function land(ctx: Context): void {
  const { state = '/', error } = ctx.query;
  seeOther(ctx, error === undefined ? localAddress(String(state)) : '/');
}

function goToSignIn({ issuer, authorizationEndpoint: endpoint }: Dependencies, ctx: Context): void {
  const to = localAddress(String(ctx.query.to ?? '/'));
  const credentials = ctx.query.again === 'yes' ? 'again' : ctx.query.factors === 'two' ? 'two' : 'any';
  seeOther(ctx, ownAuthorization({ endpoint, issuer, to, credentials }));
}

async function showHome(from: Dependencies, ctx: Context): Promise<void> {
  const signedIn = await from.own.signedIn(ctx);
  if (!signedIn) return render(ctx, landingPage, {});
  if (signedIn.isFrozen) return render(ctx, frozenPage, {});
  const { name, givenName } = openHolder(from.keyRing, signedIn.person);
  const applications = applicationsFor(from.registry, signedIn.person.memberships);
  // A pupil is never of the staff, and pupils come a class at a time.
  const isPupil = signedIn.person.memberships.some(({ profile }) => profile === 'pupil');
  const rights = isPupil ? [] : await rightsOf(from.db, signedIn.person.number, from.now());
  render(ctx, homePage, { name, givenName, applications, hasConsole: rights.length > 0 });
}

async function showAccount(from: Dependencies, ctx: Context, visit: Visit): Promise<void> {
  const { db, now } = from;
  const { signedIn, holder } = visit;
  const { number } = signedIn.person;
  const [sessions, totp, recoveryCodes, readers, waiting] = await Promise.all([
    listOwnSessions(db, signedIn, now()),
    findTotp(db, number),
    countRecoveryCodes(db, number),
    readersOfMine(db, number, now()),
    waitingChildren(from, visit),
  ]);
  render(ctx, accountPage, {
    name: holder.name,
    username: holder.username,
    memberships: holder.memberships,
    hasTotp: totp !== undefined,
    recoveryCodes,
    readers,
    waitingChildren: waiting.map(({ child }) => child),
    sessions: sessions.map(({ uidDigest, userAgent, address, startedAt }) => ({
      id: uidDigest.toString('base64url'),
      device: userAgent,
      address,
      since: startedAt,
      isThis: uidDigest.equals(signedIn.uidDigest),
    })),
    done: DONE.find((done) => done === ctx.query.done),
  });
}

const DONE: readonly Done[] = ['password', 'session', 'sessions', 'vouch', 'vouch-refused', 'vouch-ended'];

async function endOne(from: Dependencies, ctx: Context, { signedIn }: Visit): Promise<void> {
  const form = readForm(ctx, sessionForm);
  const session = form.outcome === 'read' ? Buffer.from(form.values.session, 'base64url') : Buffer.alloc(0);
  const result = await endOneSession(from, signedIn, session);
  if (result.outcome === 'start-again') return signInFirst(ctx);
  seeOther(ctx, '/account?done=session');
}

async function endOthers(from: Dependencies, ctx: Context, { signedIn }: Visit): Promise<void> {
  const result = await endOtherSessions(from, signedIn);
  if (result.outcome === 'start-again') return signInFirst(ctx);
  seeOther(ctx, '/account?done=sessions');
}

async function takeLock(from: Dependencies, ctx: Context, { signedIn, holder }: Visit): Promise<void> {
  const form = readForm(ctx, lockForm);
  if (form.outcome === 'invalid') {
    ctx.status = 422;
    return render(ctx, lockPage, { name: holder.name, errors: form.fields });
  }
  const result = await lockOwnAccount(from, signedIn);
  if (result.outcome === 'start-again') return signInFirst(ctx);
  await from.own.endOwnSession(ctx, 'lock');
  clearSiteData(ctx);
  render(ctx, lockedPage, {});
}

async function signOut({ own }: Dependencies, ctx: Context): Promise<void> {
  await own.endOwnSession(ctx, 'sign-out');
  clearSiteData(ctx);
  seeOther(ctx, '/signed-out');
}
