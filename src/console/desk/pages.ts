import type { Router } from '@koa/router';
import type { Context, Middleware } from 'koa';
import { z } from 'zod';
import { deskPage, deskStartPage } from '../../../views/console/desk/desk.ts';
import type { Activation } from '../../activation/activation.ts';
import { type DeskHeld, DOCUMENTS } from '../../activation/requests/hold-desk.ts';
import type { KeyRing } from '../../crypto/key-ring.ts';
import { randomToken } from '../../crypto/tokens.ts';
import { seeOther } from '../../http/addresses.ts';
import { type FieldErrors, readForm } from '../../http/forms.ts';
import { Refusal } from '../../http/refusal.ts';
import { render } from '../../http/render.ts';
import { answerTooMany } from '../../http/too-many.ts';
import { findWithin } from '../../reading/person-record.ts';
import type { Reached } from '../../reading/reach.ts';
import type { Reading } from '../../reading/reading.ts';
import { confirmAct, type PresentFactor } from '../../second-factors/confirm-act.ts';
import type { Db } from '../../storage/postgres.ts';
import { otpOfAct, pausedErrors } from '../acting.ts';
import { type ForStaff, signInWithTwo, type Visit } from '../for-staff.ts';
import { nameOf, openNames } from '../names.ts';
import { readFirst } from '../read-first.ts';

export interface Dependencies {
  db: Db;
  keyRing: KeyRing;
  activation: Pick<Activation, 'holdDesk'>;
  reading: Pick<Reading, 'read'>;
  presentFactor: PresentFactor;
  now: () => Date;
}

interface Given {
  from: Dependencies;
  guarded: Middleware;
  staff: ForStaff;
}

/** Somebody stands there with their letter, a paper that says who they are, and a screen that shows six characters. */
export function deskRoutes(router: Router, { from, guarded, staff }: Given): void {
  router.get(
    '/console/desk',
    staff('hold-desk', (ctx, visit) => showDesk(from, ctx, { visit })),
  );
  router.post(
    '/console/desk',
    guarded,
    staff('hold-desk', (ctx, visit) => takeDesk(from, ctx, visit)),
  );
}

interface Shown {
  visit: Visit;
  typed?: { person: string; look: string; document?: string };
  errors?: FieldErrors | undefined;
}

const FIELDS = ['given_name', 'family_name'];
const LOOK = /^[\w-]{12}$/;

async function showDesk(from: Dependencies, ctx: Context, { visit, typed, errors }: Shown): Promise<void> {
  const id = typed?.person ?? ctx.query.person;
  if (typeof id !== 'string') {
    return render(ctx, deskStartPage, { staff: visit, isDone: ctx.query.done !== undefined });
  }
  await findVisitor(from, { id, visit, act: 'hold-desk' });
  const { person, right } = await findVisitor(from, { id, visit, act: 'read-people' });
  const look = typed?.look ?? randomToken(9);
  const details = { page: 'desk' };
  const wish = { right, persons: [person], fields: FIELDS, details, chargedOnce: `desk ${look}` };
  if (!(await readFirst(from, ctx, { visit, wish }))) return;
  const { name } = nameOf((await openNames(from.db, from.keyRing, [person])).get(person));
  const document = typed?.document;
  render(ctx, deskPage, { staff: visit, person: id, look, name, document, errors });
}

/** Whose record a right of theirs reaches; anybody else is nowhere, and the attempt is on record. */
async function findVisitor(
  from: Dependencies,
  { id, visit, act }: { id: string; visit: Visit; act: 'hold-desk' | 'read-people' },
): Promise<Reached> {
  const { signedIn, rights, session, address, isNewDevice } = visit;
  const looker = { reader: signedIn.person.number, rights, session, address, isNewDevice };
  const reached = await findWithin(from, { looker, id, act });
  if (!reached) throw new Refusal('not-found');
  return reached;
}

const form = z.object({
  person: z.string().max(40),
  look: z.string().regex(LOOK),
  proof: z.string().trim().min(1, 'console.characters_missing').max(40, 'console.characters_wrong'),
  document: z.enum(DOCUMENTS, 'console.document_missing'),
  otp: otpOfAct,
});
const kept = z.object({ person: z.string().max(40), look: z.string().regex(LOOK) });

async function takeDesk(from: Dependencies, ctx: Context, visit: Visit): Promise<void> {
  const read = readForm(ctx, form);
  if (read.outcome === 'invalid') {
    const former = readForm(ctx, kept);
    if (former.outcome === 'invalid') throw new Refusal('bad-request');
    ctx.status = 422;
    return showDesk(from, ctx, { visit, typed: former.values, errors: read.fields });
  }
  const { person: id, proof: characters, document, otp } = read.values;
  const again = (errors: FieldErrors) => showDesk(from, ctx, { visit, typed: read.values, errors });
  const { person } = await findVisitor(from, { id, visit, act: 'hold-desk' });
  const { uidDigest: sessionUidDigest, person: staff } = visit.signedIn;
  const act = { person: staff.number, sessionUidDigest, act: 'hold-desk', otp };
  const presented = await from.presentFactor(act);
  if (presented.outcome === 'paused') return again(pausedErrors(ctx, presented, from.now()));
  const { factor } = presented;
  const held = await from.activation.holdDesk({
    ...{ staff: staff.number, person, characters, document },
    confirm: (tx, judged) => confirmAct(tx, factor, judged),
  });
  return answer(ctx, held, { again, at: from.now() });
}

async function answer(
  ctx: Context,
  held: DeskHeld,
  { again, at }: { again: (errors: FieldErrors) => Promise<void>; at: Date },
): Promise<void> {
  const { outcome } = held;
  if (outcome === 'proved') return seeOther(ctx, '/console/desk?done=yes');
  if (outcome === 'start-again') return signInWithTwo(ctx);
  if (outcome === 'no-right') throw new Refusal('not-allowed');
  if (outcome === 'too-many-acts') answerTooMany(ctx, { until: held.until, at });
  else ctx.status = 422;
  return again(ERRORS[outcome]);
}

const ERRORS = {
  'wrong-proof': { proof: 'console.characters_wrong' },
  ended: { proof: 'console.desk_ended' },
  'same-hands': { form: 'console.desk_same_hands' },
  'too-many-acts': { form: 'console.desk_too_many' },
  'wrong-code': { otp: 'second-factors.otp_wrong' },
} as const;
