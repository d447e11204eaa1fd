import type { Context } from 'koa';
import { z } from 'zod';
import type { FieldErrors } from '../http/forms.ts';
import { Refusal } from '../http/refusal.ts';
import { answerTooMany } from '../http/too-many.ts';
import type { StaffAct } from '../rights/rights.ts';
import { type Authority, authorityFor, type NotAuthorised } from '../second-factors/act-with-right.ts';
import type { PresentFactor } from '../second-factors/confirm-act.ts';
import { signInWithTwo, type Visit } from './for-staff.ts';

/** The field of every form that acts. */
export const otpOfAct = z
  .string()
  .trim()
  .min(1, 'second-factors.otp_missing')
  .max(20, 'second-factors.otp_wrong');

export type Acting = { outcome: 'presented'; authority: Authority } | { outcome: 'paused'; until: Date };

/** The code of this form, counted; the operation spends it where it acts. */
export async function actAs(
  { presentFactor }: { presentFactor: PresentFactor },
  { signedIn, address }: Visit,
  { act, otp }: { act: StaffAct; otp: string },
): Promise<Acting> {
  const { uidDigest: sessionUidDigest, person } = signedIn;
  const presented = await presentFactor({ person: person.number, sessionUidDigest, act, otp });
  if (presented.outcome === 'paused') return presented;
  const asked = { sessionUidDigest, address };
  return { outcome: 'presented', authority: authorityFor(act, presented.factor, asked) };
}

/** Too many wrong codes: the page says so beside the field. */
export function pausedErrors(ctx: Context, { until }: { until: Date }, at: Date): FieldErrors {
  answerTooMany(ctx, { until, at });
  return { otp: 'console.otp_paused' };
}

/**
 * What an act was refused for that is not of its own kind: the errors of its form, or undefined where the answer has
 * been given already.
 */
export function refusedErrors(ctx: Context, refused: NotAuthorised): FieldErrors | undefined {
  switch (refused.outcome) {
    case 'wrong-code':
      ctx.status = 422;
      return { otp: 'second-factors.otp_wrong' };
    case 'start-again':
      signInWithTwo(ctx);
      return undefined;
    case 'no-right':
      throw new Refusal('not-allowed');
    default:
      return refused satisfies never;
  }
}
