import type { Router } from '@koa/router';
import type { Context } from 'koa';
import { z } from 'zod';
import { endPage } from '../../../views/console/rights/end.ts';
import { seeOther } from '../../http/addresses.ts';
import { type FieldErrors, readForm, typedIn } from '../../http/forms.ts';
import { Refusal } from '../../http/refusal.ts';
import { render } from '../../http/render.ts';
import { countReadable } from '../../rights/count-readable.ts';
import { type ListedRight, listRights } from '../../rights/list.ts';
import { createRenewRight } from '../../rights/renew.ts';
import { createRevokeRight } from '../../rights/revoke.ts';
import { type Place, rightFor } from '../../rights/rights.ts';
import { otpOfAct } from '../acting.ts';
import type { Visit } from '../for-staff.ts';
import {
  actorOf,
  confirmWith,
  type Dependencies,
  idOfRight,
  pathOfRights,
  placeOfScope,
  readNames,
  unconfirmed,
} from './asking.ts';
import type { Given } from './pages.ts';

type Act = 'revoke' | 'renew';

/** A right is ended, or put in use again after it lapsed: looked at, then confirmed by a code. */
export function endRoutes(router: Router, { from, guarded, staff }: Given): void {
  for (const act of ['revoke', 'renew'] as const) {
    const path = `/console/rights/:right/${act}`;
    router.get(
      path,
      staff('grant-rights', (ctx, visit) => showEnd(from, ctx, { visit, act })),
    );
    router.post(
      path,
      guarded,
      staff('grant-rights', (ctx, visit) => takeEnd(from, ctx, { visit, act })),
    );
  }
}

interface Asking {
  visit: Visit;
  act: Act;
}

async function findHere(
  { db, now }: Dependencies,
  ctx: Context,
  visit: Visit,
): Promise<{ right: ListedRight; place: Place; back: string }> {
  const [right] = await listRights(db, { id: idOfRight(ctx) }, now());
  const place = right && (await placeOfScope(db, right.scope));
  if (!right || !place || !rightFor(visit.rights, 'grant-rights', place)) throw new Refusal('not-found');
  const back = right.origin === 'appointed' ? '/console/rights/officers' : pathOfRights(place.uai ?? '');
  return { right, place, back };
}

async function showEnd(
  from: Dependencies,
  ctx: Context,
  { visit, act, errors, reason }: Asking & { errors?: FieldErrors; reason?: string },
): Promise<void> {
  const { right, place, back } = await findHere(from, ctx, visit);
  const persons = [right.person];
  const names = await readNames(from, ctx, { visit, place, persons, page: `right ${right.id}` });
  if (!names) return;
  const name = names.get(right.person) ?? '';
  const gives = act === 'renew' ? { readable: await countReadable(from.db, right, from.now()) } : undefined;
  render(ctx, endPage, { staff: visit, act, right, name, back, errors, reason, gives });
}

const form = z.object({
  reason: z.string().trim().max(500, 'rights.reason_long').default(''),
  otp: otpOfAct,
});

async function takeEnd(from: Dependencies, ctx: Context, { visit, act }: Asking): Promise<void> {
  const { right, back } = await findHere(from, ctx, visit);
  const read = readForm(ctx, form);
  if (read.outcome === 'invalid') {
    ctx.status = 422;
    return showEnd(from, ctx, { visit, act, errors: read.fields, reason: typedIn(ctx, 'reason') });
  }
  const { reason, otp } = read.values;
  const again = (errors: FieldErrors) => showEnd(from, ctx, { visit, act, errors, reason });
  if (act === 'revoke' && reason === '') {
    ctx.status = 422;
    return again({ reason: 'rights.reason_missing' });
  }
  const confirming = await confirmWith(from, ctx, { visit, act: `${act}-right`, otp });
  if (confirming.outcome === 'paused') return again(confirming.errors);
  const asked = { by: actorOf(visit), right: right.id, reason, confirm: confirming.confirm };
  const { outcome } = await (act === 'revoke'
    ? createRevokeRight(from)(asked)
    : createRenewRight(from)(asked));
  switch (outcome) {
    case 'revoked':
    case 'renewed':
      return seeOther(ctx, `${back}?done=${outcome}`);
    case 'not-allowed':
      throw new Refusal('not-allowed');
    case 'not-lapsed':
      ctx.status = 422;
      return again({ form: 'rights.not_lapsed' });
    default: {
      const errors = unconfirmed(ctx, outcome);
      return errors && again(errors);
    }
  }
}
