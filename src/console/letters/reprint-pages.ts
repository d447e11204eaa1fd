import type { Router } from '@koa/router';
import type { Context, Middleware } from 'koa';
import { z } from 'zod';
import { reprintPage } from '../../../views/console/letters/reprint.ts';
import type { Activation } from '../../activation/activation.ts';
import type { KeyRing } from '../../crypto/key-ring.ts';
import { randomToken } from '../../crypto/tokens.ts';
import { type FieldErrors, readForm } from '../../http/forms.ts';
import { Refusal } from '../../http/refusal.ts';
import { render } from '../../http/render.ts';
import { findWithin } from '../../reading/person-record.ts';
import type { Reached } from '../../reading/reach.ts';
import type { Reading } from '../../reading/reading.ts';
import type { StaffAct } from '../../rights/rights.ts';
import type { PresentFactor } from '../../second-factors/confirm-act.ts';
import type { Db } from '../../storage/postgres.ts';
import { actAs, otpOfAct, pausedErrors, refusedErrors } from '../acting.ts';
import { statesOf } from '../classes/store.ts';
import type { ForStaff, Visit } from '../for-staff.ts';
import { nameOf, openNames } from '../names.ts';
import { lookerOf } from '../people/looking.ts';
import { readFirst } from '../read-first.ts';
import { sendPdf } from './print-pages.ts';

export interface Dependencies {
  db: Db;
  keyRing: KeyRing;
  activation: Pick<Activation, 'reprintLetter'>;
  reading: Pick<Reading, 'read'>;
  presentFactor: PresentFactor;
  issuer: string;
  now: () => Date;
}

interface Given {
  from: Dependencies;
  guarded: Middleware;
  staff: ForStaff;
}

/** One letter outside a pile: it works a day later, and those around its person are told. */
export function reprintRoutes(router: Router, { from, guarded, staff }: Given): void {
  router.get(
    '/console/people/:id/letter',
    staff('reprint-letter', (ctx, visit) => showReprint(from, ctx, { visit })),
  );
  router.post(
    '/console/people/:id/letter',
    guarded,
    staff('reprint-letter', (ctx, visit) => takeReprint(from, ctx, visit)),
  );
}

interface Shown {
  visit: Visit;
  look?: string | undefined;
  errors?: FieldErrors | undefined;
}

const FIELDS = ['given_name', 'family_name', 'account_state'];
const LOOK = /^[\w-]{12}$/;

async function showReprint(from: Dependencies, ctx: Context, shown: Shown): Promise<void> {
  const { db, keyRing, now } = from;
  const { visit, look = randomToken(9), errors } = shown;
  await find(from, ctx, { visit, act: 'reprint-letter' });
  const { person, right } = await find(from, ctx, { visit, act: 'read-people' });
  const details = { page: 'letter' };
  const wish = { right, persons: [person], fields: FIELDS, details, chargedOnce: `letter ${look}` };
  if (!(await readFirst(from, ctx, { visit, wish }))) return;
  const [names, [state]] = await Promise.all([
    openNames(db, keyRing, [person]),
    statesOf(db, [person], now()),
  ]);
  const { name } = nameOf(names.get(person));
  render(ctx, reprintPage, {
    staff: visit,
    id: idOf(ctx),
    look,
    name,
    state: state?.state ?? 'active',
    errors,
  });
}

function idOf(ctx: Context): string {
  return (ctx.params as { id?: string }).id ?? '';
}

async function find(
  from: Dependencies,
  ctx: Context,
  { visit, act }: { visit: Visit; act: StaffAct },
): Promise<Reached> {
  const reached = await findWithin(from, { looker: lookerOf(visit), id: idOf(ctx), act });
  if (!reached) throw new Refusal('not-found');
  return reached;
}

const form = z.object({ otp: otpOfAct, look: z.string().regex(LOOK) });
const kept = z.object({ look: z.string().regex(LOOK) });

async function takeReprint(from: Dependencies, ctx: Context, visit: Visit): Promise<void> {
  const { person, memberships } = await find(from, ctx, { visit, act: 'reprint-letter' });
  const read = readForm(ctx, form);
  if (read.outcome === 'invalid') {
    const former = readForm(ctx, kept);
    ctx.status = 422;
    const look = former.outcome === 'read' ? former.values.look : undefined;
    return showReprint(from, ctx, { visit, look, errors: read.fields });
  }
  const { otp, look } = read.values;
  const again = (errors: FieldErrors) => showReprint(from, ctx, { visit, look, errors });
  const acting = await actAs(from, visit, { act: 'reprint-letter', otp });
  if (acting.outcome === 'paused') return again(pausedErrors(ctx, acting, from.now()));
  const by = { kind: 'person', person: visit.signedIn.person.number } as const;
  const uai = memberships[0]?.uai ?? '';
  const printed = await from.activation.reprintLetter({ uai, person, by, authority: acting.authority });
  switch (printed.outcome) {
    case 'printed':
      return sendPdf(from, ctx, printed.letters);
    case 'nobody':
    case 'not-here':
      ctx.status = 422;
      return again({ form: 'console.reprint_nobody' });
    default: {
      const errors = refusedErrors(ctx, printed);
      return errors && again(errors);
    }
  }
}
