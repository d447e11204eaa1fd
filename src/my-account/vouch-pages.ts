import type { Router } from '@koa/router';
import type { Context, Middleware } from 'koa';
import { type Request, vouchPage } from '../../views/my-account/vouch.ts';
import type { Activation } from '../activation/activation.ts';
import type { Confirm } from '../activation/requests/answer.ts';
import { sealerOf } from '../crypto/sealed-fields.ts';
import { seeOther } from '../http/addresses.ts';
import { type FieldErrors, readForm, typedIn } from '../http/forms.ts';
import { render } from '../http/render.ts';
import { answerTooMany } from '../http/too-many.ts';
import { confirmAct, type PresentFactor } from '../second-factors/confirm-act.ts';
import { findTotp } from '../second-factors/store.ts';
import type { StandingChild } from '../sessions/standing.ts';
import { vouchForm } from './forms.ts';
import {
  type Holding,
  type Dependencies as HoldingDependencies,
  signInFirst,
  type Visit,
} from './holding.ts';

export interface Dependencies extends Pick<HoldingDependencies, 'db' | 'keyRing' | 'now'> {
  activation: Pick<Activation, 'listVouchRequests' | 'vouch' | 'refuseVouch'>;
  presentFactor: PresentFactor;
}

/** A guardian says that a screen is their child's: their children alone, and no other guardian. */
export function vouchRoutes(
  router: Router,
  { from, guarded, holding }: { from: Dependencies; guarded: Middleware; holding: Holding },
): void {
  router.get(
    '/account/vouch',
    holding((ctx, visit) => showVouch(from, ctx, visit)),
  );
  router.post(
    '/account/vouch',
    guarded,
    holding((ctx, visit) => takeVouch(from, ctx, visit)),
  );
  router.post(
    '/account/vouch/refuse',
    guarded,
    holding((ctx, visit) => takeRefusal(from, ctx, visit)),
  );
}

/** Who waits for this guardian now, by first name: what the guardian knows already. */
export async function waitingChildren(
  { activation, keyRing }: Pick<Dependencies, 'activation' | 'keyRing'>,
  { signedIn }: Visit,
): Promise<Request[]> {
  const { children, number } = signedIn.person;
  const requests = await activation.listVouchRequests(number);
  return requests.flatMap(({ id, child, madeAt }) => {
    const known = children.find((one) => one.number === child);
    return known ? [{ id, child: givenNameOf(keyRing, known), madeAt }] : [];
  });
}

function givenNameOf(keyRing: Dependencies['keyRing'], child: StandingChild): string {
  if (!child.key || !child.givenNameSealed) return '';
  const sealer = sealerOf(child.number, keyRing.openPersonKey({ person: child.number, ...child.key }));
  return sealer.open('given_name', child.givenNameSealed);
}

async function showVouch(
  from: Dependencies,
  ctx: Context,
  visit: Visit,
  shown: { chosen?: string; errors?: FieldErrors } = {},
): Promise<void> {
  const chosen = shown.chosen ?? ctx.query.request;
  const requests = await waitingChildren(from, visit);
  const inFront = requests.toSorted((one, other) => Number(other.id === chosen) - Number(one.id === chosen));
  const hasFactor = (await findTotp(from.db, visit.signedIn.person.number)) !== undefined;
  const { errors } = shown;
  render(ctx, vouchPage, { name: visit.holder.name, requests: inFront, hasFactor, errors });
}

async function takeVouch(from: Dependencies, ctx: Context, visit: Visit): Promise<void> {
  const form = readForm(ctx, vouchForm);
  if (form.outcome === 'invalid') {
    return showAgain(from, ctx, visit, { chosen: typedIn(ctx, 'request'), errors: form.fields });
  }
  const { request, proof: digits, otp } = form.values;
  const { person, uidDigest: sessionUidDigest } = visit.signedIn;
  const guardian = person.number;
  const presented = await from.presentFactor({ person: guardian, sessionUidDigest, act: 'vouch', otp });
  const errorOf = (key: string, field = 'form') => ({ chosen: request, errors: { [field]: key } });
  if (presented.outcome === 'paused') {
    answerTooMany(ctx, { until: presented.until, at: from.now() });
    return showVouch(from, ctx, visit, errorOf('my-account.vouch_paused', 'otp'));
  }
  const confirm: Confirm = (tx, judged) => confirmAct(tx, presented.factor, judged);
  const vouched = await from.activation.vouch({ guardian, request, digits, confirm });
  switch (vouched.outcome) {
    case 'proved':
      return seeOther(ctx, '/account?done=vouch');
    case 'start-again':
      return signInFirst(ctx);
    case 'wrong-proof':
      return showAgain(from, ctx, visit, errorOf('my-account.vouch_digits_wrong', 'proof'));
    case 'wrong-code':
      return showAgain(from, ctx, visit, errorOf('second-factors.otp_wrong', 'otp'));
    case 'same-hands':
      return showAgain(from, ctx, visit, errorOf('my-account.vouch_same_hands'));
    case 'ended':
      return showAgain(from, ctx, visit, errorOf('my-account.vouch_ended'));
    default:
      return vouched satisfies never;
  }
}

/** No code is asked for: whoever fears for a child's letter must not look for a telephone first. */
async function takeRefusal({ activation }: Dependencies, ctx: Context, { signedIn }: Visit): Promise<void> {
  const request = typedIn(ctx, 'request');
  const { outcome } = await activation.refuseVouch({ guardian: signedIn.person.number, request });
  seeOther(ctx, `/account?done=${outcome === 'refused' ? 'vouch-refused' : 'vouch-ended'}`);
}

async function showAgain(
  from: Dependencies,
  ctx: Context,
  visit: Visit,
  shown: { chosen: string; errors: FieldErrors },
): Promise<void> {
  ctx.status = 422;
  await showVouch(from, ctx, visit, shown);
}
