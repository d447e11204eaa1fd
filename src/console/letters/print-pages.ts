import { PassThrough } from 'node:stream';
import type { Router } from '@koa/router';
import type { Context, Middleware } from 'koa';
import { z } from 'zod';
import { printPage } from '../../../views/console/letters/print.ts';
import type { Activation } from '../../activation/activation.ts';
import { letterPages } from '../../activation/letters/letter-pages.ts';
import type { PrintedLetter } from '../../activation/letters/printed-letter.ts';
import { type FieldErrors, readForm } from '../../http/forms.ts';
import { Refusal } from '../../http/refusal.ts';
import { render } from '../../http/render.ts';
import { edgeOf } from '../../http/request.ts';
import { writeLetters } from '../../messages/letters/write-letters.ts';
import type { PresentFactor } from '../../second-factors/confirm-act.ts';
import type { Db } from '../../storage/postgres.ts';
import { actAs, otpOfAct, pausedErrors, refusedErrors } from '../acting.ts';
import { progressOfClasses } from '../classes/store.ts';
import type { ForStaff, Visit } from '../for-staff.ts';
import { findClass } from '../place.ts';

export interface Dependencies {
  db: Db;
  activation: Pick<Activation, 'printClass'>;
  presentFactor: PresentFactor;
  issuer: string;
  now: () => Date;
}

interface Given {
  from: Dependencies;
  guarded: Middleware;
  staff: ForStaff;
}

/** The letters of a class: drawn when they are asked for, sent to the one who asked, and kept by nobody. */
export function printRoutes(router: Router, { from, guarded, staff }: Given): void {
  const path = '/console/schools/:uai/classes/:code/letters';
  router.get(
    path,
    staff('print-letters', (ctx, visit) => showPrint(from, ctx, { visit })),
  );
  router.post(
    path,
    guarded,
    staff('print-letters', (ctx, visit) => takePrint(from, ctx, visit)),
  );
}

async function showPrint(
  { db, now }: Dependencies,
  ctx: Context,
  { visit, errors }: { visit: Visit; errors?: FieldErrors | undefined },
): Promise<void> {
  const { establishment, schoolClass } = await findClass(db, ctx, { visit, act: 'print-letters' });
  const progress = await progressOfClasses(db, establishment.uai, now());
  const here = progress.find(({ className }) => className === schoolClass.code);
  const { dormant = 0, printed = 0, handedOver = 0 } = here ?? {};
  render(ctx, printPage, {
    staff: visit,
    school: establishment,
    className: schoolClass.code,
    letters: dormant + printed + handedOver,
    printed,
    handedOver,
    errors,
  });
}

const form = z.object({ otp: otpOfAct });

async function takePrint(from: Dependencies, ctx: Context, visit: Visit): Promise<void> {
  const { establishment, schoolClass } = await findClass(from.db, ctx, { visit, act: 'print-letters' });
  const again = (errors: FieldErrors) => showPrint(from, ctx, { visit, errors });
  const typed = readForm(ctx, form);
  if (typed.outcome === 'invalid') {
    ctx.status = 422;
    return again(typed.fields);
  }
  const acting = await actAs(from, visit, { act: 'print-letters', otp: typed.values.otp });
  if (acting.outcome === 'paused') return again(pausedErrors(ctx, acting, from.now()));
  const printed = await from.activation.printClass({
    uai: establishment.uai,
    className: schoolClass.code,
    by: { kind: 'person', person: visit.signedIn.person.number },
    authority: acting.authority,
  });
  switch (printed.outcome) {
    case 'printed':
      return sendPdf(from, ctx, printed.letters);
    case 'nobody':
      ctx.status = 422;
      return again({ form: 'console.print_nobody' });
    case 'unknown-school':
    case 'unknown-class':
      throw new Refusal('not-found');
    default: {
      const errors = refusedErrors(ctx, printed);
      return errors && again(errors);
    }
  }
}

/** Streamed as it is drawn. Whoever breaks off has nothing, and prints again. */
export function sendPdf(
  { issuer }: Pick<Dependencies, 'issuer'>,
  ctx: Context,
  letters: readonly PrintedLetter[],
): void {
  const [first] = letters;
  const { words, logger } = edgeOf(ctx);
  const t = words.translator('fr');
  const out = new PassThrough();
  ctx.type = 'application/pdf';
  ctx.attachment(fileName(first));
  ctx.body = out;
  const document = { title: t('letters.title'), lang: 'fr-FR' };
  // Names and codes are in the pages, never in what is logged of a broken connection.
  writeLetters(out, document, letterPages(letters, { t, issuer })).catch(() =>
    logger.warn({ batch: first?.batch.id }, 'letters: the download broke off'),
  );
}

function fileName(first: PrintedLetter | undefined): string {
  const { className = '', id = '' } = first?.batch ?? {};
  const parts = ['lettres', className.replace(/[^\w-]/g, ''), id.slice(0, 8)];
  return `${parts.filter(Boolean).join('-')}.pdf`;
}
