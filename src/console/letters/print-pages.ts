import { PassThrough } from 'node:stream';
import type { Router } from '@koa/router';
import type { Context, Middleware } from 'koa';
import { z } from 'zod';
import { printPage } from '../../../views/console/letters/print.ts';
import type { Activation } from '../../activation/activation.ts';
import { letterPages } from '../../activation/letters/letter-pages.ts';
import type { WhichPile } from '../../activation/letters/pile.ts';
import type { PrintedLetter } from '../../activation/letters/printed-letter.ts';
import type { Whose } from '../../activation/letters/whose.ts';
import type { Establishment } from '../../directory/establishments.ts';
import { type FieldErrors, readForm } from '../../http/forms.ts';
import { Refusal } from '../../http/refusal.ts';
import { render } from '../../http/render.ts';
import { edgeOf } from '../../http/request.ts';
import { writeLetters } from '../../messages/letters/write-letters.ts';
import type { PresentFactor } from '../../second-factors/confirm-act.ts';
import type { Db } from '../../storage/postgres.ts';
import { actAs, otpOfAct, pausedErrors, refusedErrors } from '../acting.ts';
import type { ForStaff, Visit } from '../for-staff.ts';
import { findClass, findWholeSchool } from '../place.ts';

export interface Dependencies {
  db: Db;
  activation: Pick<Activation, 'printPile' | 'foreseePile'>;
  presentFactor: PresentFactor;
  issuer: string;
  now: () => Date;
}

interface Given {
  from: Dependencies;
  guarded: Middleware;
  staff: ForStaff;
}

const PATHS: readonly (readonly [Whose, string])[] = [
  ['pupils', '/console/schools/:uai/classes/:code/letters'],
  ['guardians', '/console/schools/:uai/classes/:code/guardian-letters'],
  ['staff', '/console/schools/:uai/letters'],
];

/** The letters of a pile: drawn when they are asked for, sent to the one who asked, and kept by nobody. */
export function printRoutes(router: Router, { from, guarded, staff }: Given): void {
  for (const [whose, path] of PATHS) {
    router.get(
      path,
      staff('print-letters', (ctx, visit) => showPrint(from, ctx, { visit, whose })),
    );
    router.post(
      path,
      guarded,
      staff('print-letters', (ctx, visit) => takePrint(from, ctx, { visit, whose })),
    );
  }
}

interface Shown {
  visit: Visit;
  whose: Whose;
  errors?: FieldErrors | undefined;
}

async function findWhich(
  { db }: Dependencies,
  ctx: Context,
  { visit, whose }: Shown,
): Promise<{ school: Establishment; which: WhichPile }> {
  if (whose === 'staff') {
    const { establishment } = await findWholeSchool(db, ctx, { visit, act: 'print-letters' });
    return { school: establishment, which: { uai: establishment.uai, whose } };
  }
  const { establishment, schoolClass } = await findClass(db, ctx, { visit, act: 'print-letters' });
  const { uai } = establishment;
  return { school: establishment, which: { uai, whose, className: schoolClass.code } };
}

async function showPrint(from: Dependencies, ctx: Context, shown: Shown): Promise<void> {
  const { school, which } = await findWhich(from, ctx, shown);
  const foreseen = await from.activation.foreseePile(which);
  if (foreseen.outcome !== 'foreseen') throw new Refusal('not-found');
  const { outcome: _, ...numbers } = foreseen;
  render(ctx, printPage, {
    staff: shown.visit,
    school,
    which,
    ...numbers,
    errors: shown.errors,
  });
}

const form = z.object({ otp: otpOfAct });

async function takePrint(from: Dependencies, ctx: Context, shown: Shown): Promise<void> {
  const { visit } = shown;
  const { which } = await findWhich(from, ctx, shown);
  const again = (errors: FieldErrors) => showPrint(from, ctx, { ...shown, errors });
  const typed = readForm(ctx, form);
  if (typed.outcome === 'invalid') {
    ctx.status = 422;
    return again(typed.fields);
  }
  const acting = await actAs(from, visit, { act: 'print-letters', otp: typed.values.otp });
  if (acting.outcome === 'paused') return again(pausedErrors(ctx, acting, from.now()));
  const by = { kind: 'person', person: visit.signedIn.person.number } as const;
  const printed = await from.activation.printPile({ ...which, by, authority: acting.authority });
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
