import type { Router } from '@koa/router';
import type { Context, Middleware } from 'koa';
import { enrolPage, heldPage, newCodesPage, renewCodesPage } from '../../views/my-account/second-factor.ts';
import { seeOther } from '../http/addresses.ts';
import { type FieldErrors, readForm } from '../http/forms.ts';
import { render } from '../http/render.ts';
import { isFresh } from '../login/signed-in.ts';
import { formatRecoveryCode, type RecoveryCode } from '../second-factors/recovery-code.ts';
import { findTotp } from '../second-factors/store.ts';
import { toBase32 } from '../second-factors/totp.ts';
import { totpQrImage } from '../second-factors/totp-qr.ts';
import { hasGivenAll } from './all-factors.ts';
import { enrolForm } from './forms.ts';
import { type Dependencies, type Holding, signInAgain, type Visit } from './holding.ts';
import {
  enrolOwnTotp,
  findHold,
  type Held,
  offerTotp,
  openTicket,
  renewRecoveryCodes,
} from './second-factor.ts';

type Page = (from: Dependencies, ctx: Context, visit: Visit) => Promise<void>;

/** Changing how one signs in: only shortly after all the credentials were given. */
export function factorRoutes(
  router: Router,
  { from, guarded, holding }: { from: Dependencies; guarded: Middleware; holding: Holding },
): void {
  const fresh = (page: Page) =>
    holding(async (ctx, visit) => {
      const { signedIn } = visit;
      const isEnough = isFresh(signedIn, from.now()) && (await hasGivenAll(from.db, signedIn));
      if (!isEnough) return signInAgain(ctx);
      const held = await findHold(from, from.db, { person: signedIn.person.number, at: from.now() });
      if (held) return showHeld(ctx, visit, held);
      await page(from, ctx, visit);
    });
  router.get('/account/second-factor', fresh(showEnrolment));
  router.post('/account/second-factor', guarded, fresh(takeEnrolment));
  router.get('/account/recovery-codes', fresh(showRenewal));
  router.post('/account/recovery-codes', guarded, fresh(takeRenewal));
}

async function showEnrolment(from: Dependencies, ctx: Context, visit: Visit): Promise<void> {
  await showSecret(from, ctx, { ...visit, ...offerTotp(from, visit.signedIn) });
}

interface Shown extends Visit {
  secret: Buffer;
  ticket: string;
  errors?: FieldErrors;
}

async function showSecret(from: Dependencies, ctx: Context, shown: Shown): Promise<void> {
  const { secret, ticket, errors, holder, signedIn } = shown;
  const image = await totpQrImage({ issuer: 'Préau', username: holder.username ?? holder.name, secret });
  const isReplacing = (await findTotp(from.db, signedIn.person.number)) !== undefined;
  render(ctx, enrolPage, { name: holder.name, isReplacing, secret: toBase32(secret), image, ticket, errors });
}

async function takeEnrolment(from: Dependencies, ctx: Context, visit: Visit): Promise<void> {
  const form = readForm(ctx, enrolForm);
  const ticket = form.outcome === 'read' ? form.values.ticket : '';
  const secret = openTicket(from, visit.signedIn, ticket);
  if (form.outcome === 'invalid' || !secret) return showAnew(from, ctx, visit, form);
  const result = await enrolOwnTotp(from, { signedIn: visit.signedIn, secret, typed: form.values.otp });
  switch (result.outcome) {
    case 'enrolled':
      return showCodes(ctx, visit, result);
    case 'wrong-code':
      ctx.status = 422;
      return showSecret(from, ctx, { ...visit, secret, ticket, errors: { otp: 'second-factors.otp_wrong' } });
    case 'held':
      return showHeld(ctx, visit, result);
    case 'start-again':
      return signInAgain(ctx);
    default:
      return result satisfies never;
  }
}

/** The page was left open too long, or a field is empty: another secret, and why. */
async function showAnew(
  from: Dependencies,
  ctx: Context,
  visit: Visit,
  form: { outcome: 'read' } | { outcome: 'invalid'; fields: FieldErrors },
): Promise<void> {
  ctx.status = 422;
  const otp = form.outcome === 'invalid' ? form.fields.otp : undefined;
  const errors = { otp: otp ?? 'my-account.enrol_too_late' };
  await showSecret(from, ctx, { ...visit, ...offerTotp(from, visit.signedIn), errors });
}

async function showRenewal(from: Dependencies, ctx: Context, { signedIn, holder }: Visit): Promise<void> {
  if (!(await findTotp(from.db, signedIn.person.number))) return seeOther(ctx, '/account/second-factor');
  render(ctx, renewCodesPage, { name: holder.name });
}

async function takeRenewal(from: Dependencies, ctx: Context, visit: Visit): Promise<void> {
  const result = await renewRecoveryCodes(from, visit.signedIn);
  switch (result.outcome) {
    case 'enrolled':
      return showCodes(ctx, visit, { codes: result.codes, sessions: 'kept' });
    case 'no-factor':
      return seeOther(ctx, '/account/second-factor');
    case 'held':
      return showHeld(ctx, visit, result);
    case 'start-again':
      return signInAgain(ctx);
    default:
      return result satisfies never;
  }
}

function showHeld(ctx: Context, { holder }: Visit, { until }: Held): void {
  ctx.status = 403;
  render(ctx, heldPage, { name: holder.name, until });
}

function showCodes(
  ctx: Context,
  { holder }: Visit,
  { codes, sessions }: { codes: readonly RecoveryCode[]; sessions: 'kept' | 'ended' },
): void {
  render(ctx, newCodesPage, { name: holder.name, codes: codes.map(formatRecoveryCode), sessions });
}
