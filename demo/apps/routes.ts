import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Router } from '@koa/router';
import type { Context } from 'koa';
import type { Html } from '../../src/http/html.ts';
import { claimsPanel } from './pages/claims.ts';
import type { Screen } from './pages/layout.ts';
import { libraryDesk } from './pages/library.ts';
import { timetableDesk } from './pages/timetable.ts';
import { welcome } from './pages/welcome.ts';
import type { Holder, Rechecked, Refused, RelyingParty } from './relying-party.ts';
import { localeOf, type Site, show, showMessage } from './screen.ts';
import type { Visit, Visits } from './visits.ts';

interface Parts {
  site: Site;
  preau: RelyingParty;
  visits: Visits;
}

export function applicationRoutes(parts: Parts): Router {
  const router = new Router();
  router.get('/', (ctx) => home(ctx, parts));
  router.get('/login', (ctx) => signIn(ctx, parts));
  router.get('/callback', (ctx) => comeBack(ctx, parts));
  router.all('/logout', (ctx) => signOut(ctx, parts));
  router.get('/signed-out', (ctx) => sayGoodbye(ctx, parts));
  router.get('/style.css', (ctx) => {
    ctx.type = 'text/css; charset=utf-8';
    ctx.body = STYLE;
  });
  return router;
}

const STYLE = readFileSync(join(import.meta.dirname, 'style.css'), 'utf8');

async function home(ctx: Context, { site, preau, visits }: Parts): Promise<void> {
  const visit = visits.find(ctx);
  if (!visit) return show(ctx, site, { body: (screen) => welcome(screen) });
  const current = await visit.once(() => recheck(preau, visit));
  if (current.outcome === 'unreachable') return unreachable(ctx, site);
  if (current.outcome === 'ended') {
    visits.end(ctx);
    return show(ctx, site, { body: (screen) => welcome(screen, 'ended') });
  }
  const { holder } = current;
  show(ctx, site, { holder, body: (screen) => desk(screen, holder) });
}

async function recheck(preau: RelyingParty, visit: Visit): Promise<Rechecked> {
  const result = await preau.recheck(visit.holder);
  if (result.outcome === 'current') visit.holder = result.holder;
  return result;
}

function desk(screen: Screen, { claims }: Holder): Html[] {
  const own = screen.kind === 'timetable' ? timetableDesk(screen, claims) : libraryDesk(screen, claims);
  return [own, claimsPanel(screen, claims)];
}

// OpenID Connect Core §4: Préau's own list of applications may start a sign-in here, never another issuer.
async function signIn(ctx: Context, { site, preau, visits }: Parts): Promise<void> {
  const named = ctx.query.iss;
  if (named !== undefined && named !== site.issuer) {
    return showMessage(ctx, site, { status: 400, what: 'wrong_issuer' });
  }
  const begun = await preau.begin(localeOf(ctx));
  if (begun.outcome === 'unreachable') return unreachable(ctx, site);
  visits.expect(ctx, begun.attempt);
  ctx.redirect(begun.address);
}

async function comeBack(ctx: Context, { site, preau, visits }: Parts): Promise<void> {
  const attempt = visits.take(ctx, String(ctx.query.state ?? ''));
  if (!attempt) return showMessage(ctx, site, { status: 400, what: 'unexpected' });
  const result = await preau.complete(new URL(ctx.url, site.url), attempt);
  if (result.outcome !== 'signed-in') return refuse(ctx, site, result);
  visits.begin(ctx, result.holder);
  ctx.redirect('/');
}

function refuse(ctx: Context, site: Site, result: Refused): void {
  const isDenied = result.outcome === 'refused' && result.error === 'access_denied';
  if (result.outcome === 'unreachable') unreachable(ctx, site);
  else if (isDenied) showMessage(ctx, site, { status: 400, what: 'denied' });
  else showMessage(ctx, site, { status: 400, what: 'refused', code: result.error });
}

async function signOut(ctx: Context, { site, preau, visits }: Parts): Promise<void> {
  // Another site may not sign anybody out.
  if (ctx.get('sec-fetch-site') === 'cross-site') return ctx.redirect('/');
  const visit = visits.end(ctx);
  if (!visit) return ctx.redirect('/');
  const farewell = await preau.farewell(visit.holder, visits.expectFarewell(ctx));
  if (farewell.outcome === 'unreachable') {
    return showMessage(ctx, site, { status: 503, what: 'half_signed_out' });
  }
  ctx.status = 303;
  ctx.redirect(farewell.address);
}

function sayGoodbye(ctx: Context, { site, visits }: Parts): void {
  const isExpected = visits.takeFarewell(ctx, String(ctx.query.state ?? ''));
  if (isExpected) show(ctx, site, { body: (screen) => welcome(screen, 'signed_out') });
  else ctx.redirect('/');
}

function unreachable(ctx: Context, site: Site): void {
  showMessage(ctx, site, { status: 503, what: 'unreachable' });
}
