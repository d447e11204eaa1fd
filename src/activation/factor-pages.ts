import type { Context } from 'koa';
import { recoveryCodesPage } from '../../views/activation/recovery-codes.ts';
import { secondFactorPage } from '../../views/activation/second-factor.ts';
import type { SecretSealer } from '../crypto/key-ring.ts';
import { seeOther } from '../http/addresses.ts';
import { type FieldErrors, readForm } from '../http/forms.ts';
import { render } from '../http/render.ts';
import type { SignIn } from '../login/interaction.ts';
import { formatRecoveryCode } from '../second-factors/recovery-code.ts';
import { otpauthUri, toBase32 } from '../second-factors/totp.ts';
import type { TotpEnrolmentTicket } from '../second-factors/totp-enrolment-ticket.ts';
import { totpQrImage } from '../second-factors/totp-qr.ts';
import type { Activation } from './activation.ts';
import { forgetToken, goOn, PAGE_OF, tokenOf } from './browser.ts';
import { recoveryCodesForm, secondFactorForm } from './forms.ts';
import { offerTotp, reopenTotp } from './second-factor.ts';
import { mustEnrol, usernameOf, type Visit } from './visit.ts';

export interface Dependencies {
  activation: Activation;
  sealer: SecretSealer;
  /** Starts the session of our own pages in this browser. */
  signIn(ctx: Context, signIn: SignIn): Promise<void>;
  now: () => Date;
}

export async function showSecondFactor(
  from: Dependencies,
  ctx: Context,
  again: { ticket?: string; errors?: FieldErrors } = {},
): Promise<void> {
  const { activation, sealer, now } = from;
  const visit = await activation.findVisit(tokenOf(ctx), ['claimed']);
  if (!visit) return goOn(ctx, activation);
  const { ticket, errors } = again;
  const reopened = ticket === undefined ? undefined : reopenTotp(sealer, visit, { ticket, at: now() });
  // An application that scanned the former secret must scan again.
  const isOutdated = ticket !== undefined && !reopened;
  const offered = reopened ?? offerTotp(sealer, visit, now());
  const shown = isOutdated ? { otp: 'activation.otp_outdated' } : errors;
  render(ctx, secondFactorPage, { ...(await propsOf(visit, offered)), errors: shown });
}

async function propsOf(visit: Visit, { secret, ticket }: TotpEnrolmentTicket) {
  const username = usernameOf(visit);
  const account = { issuer: 'Préau', username, secret };
  const [link, image] = [otpauthUri(account), await totpQrImage(account)];
  const later = mustEnrol(visit) ? ('not-offered' as const) : ('offered' as const);
  return { username, image, link, secret: toBase32(secret), ticket, later };
}

export async function takeSecondFactor(from: Dependencies, ctx: Context): Promise<void> {
  const form = readForm(ctx, secondFactorForm);
  if (form.outcome === 'invalid') return showFactorAgain(from, ctx, { errors: form.fields });
  const { later, ticket, otp } = form.values;
  if (later) return enter(from, ctx);
  const enrolled = await from.activation.enrolFactor(tokenOf(ctx), { ticket, otp });
  switch (enrolled.outcome) {
    case 'enrolled':
      return drawCodes(from, ctx);
    case 'wrong-code':
      return showFactorAgain(from, ctx, { ticket, errors: { otp: 'second-factors.otp_wrong' } });
    case 'ended':
      return goOn(ctx, from.activation);
    default:
      return enrolled satisfies never;
  }
}

async function showFactorAgain(
  from: Dependencies,
  ctx: Context,
  again: { ticket?: string; errors: FieldErrors },
): Promise<void> {
  ctx.status = 422;
  await showSecondFactor(from, ctx, again);
}

/** Here nothing can be shown: the codes left with the answer that drew them. */
export async function showRecoveryCodes({ activation }: Dependencies, ctx: Context): Promise<void> {
  const visit = await activation.findVisit(tokenOf(ctx), ['factor-enrolled']);
  if (!visit) return goOn(ctx, activation);
  render(ctx, recoveryCodesPage, {});
}

export async function takeRecoveryCodes(from: Dependencies, ctx: Context): Promise<void> {
  const form = readForm(ctx, recoveryCodesForm);
  if (form.outcome === 'invalid') return seeOther(ctx, PAGE_OF['factor-enrolled']);
  return form.values.codes === 'kept' ? enter(from, ctx) : drawCodes(from, ctx);
}

async function drawCodes({ activation }: Dependencies, ctx: Context): Promise<void> {
  const drawn = await activation.drawRecoveryCodes(tokenOf(ctx));
  if (drawn.outcome === 'ended') return goOn(ctx, activation);
  render(ctx, recoveryCodesPage, { codes: drawn.codes.map(formatRecoveryCode) });
}

async function enter({ activation, signIn }: Dependencies, ctx: Context): Promise<void> {
  const finished = await activation.finish(tokenOf(ctx));
  if (finished.outcome !== 'finished') return goOn(ctx, activation);
  // An order or a lock in this very moment: the start page asks for the new password.
  await signIn(ctx, finished.signIn);
  forgetToken(ctx);
  seeOther(ctx, '/');
}
