import type { Context } from 'koa';
import { halfPage } from '../../views/activation/half.ts';
import { waitingPage } from '../../views/activation/waiting.ts';
import { waysPage } from '../../views/activation/ways.ts';
import { seeOther } from '../http/addresses.ts';
import { type FieldErrors, readForm } from '../http/forms.ts';
import { render } from '../http/render.ts';
import { clientAddressOf, edgeOf } from '../http/request.ts';
import { EVERY_STEP, goOn, keepToken, PAGE_OF, tokenOf, WAITING_PAGE } from './browser.ts';
import { halfForm, wayForm } from './forms.ts';
import { type Dependencies, forgetCode, keptCode, passAddress, takeWord } from './proof-pages.ts';

/** A code was typed, whatever it is: what does the person have besides? The same page for everybody. */
export function showWays(from: Dependencies, ctx: Context, errors?: FieldErrors): void {
  if (keptCode(from, ctx) === undefined) seeOther(ctx, '/activate');
  else render(ctx, waysPage, { offered: from.activation.offered, errors });
}

export async function takeWay(from: Dependencies, ctx: Context): Promise<void> {
  await passAddress(from, ctx);
  const code = keptCode(from, ctx);
  if (code === undefined) return seeOther(ctx, '/activate');
  const form = readForm(ctx, wayForm);
  if (form.outcome === 'invalid') return showAgain(from, ctx, form.fields);
  const { way, proof } = form.values;
  const { activation, addresses } = from;
  const ceremony = activation.awaited.find(({ name }) => name === way);
  if (!ceremony) {
    if (proof === '') return showAgain(from, ctx, { proof: 'activation.proof_missing' });
    return takeWord(from, ctx, { code, proof });
  }
  // Right or wrong, it counts: otherwise the limit would tell which code is one.
  await addresses.noteFailure(clientAddressOf(ctx), 'closed');
  const asked = await activation.ask(ceremony, code, clientAddressOf(ctx));
  forgetCode(ctx);
  keepToken(ctx, asked.token, asked.seconds + from.ceremonySeconds);
  seeOther(ctx, WAITING_PAGE);
}

function showAgain(from: Dependencies, ctx: Context, errors: FieldErrors): void {
  ctx.status = 422;
  showWays(from, ctx, errors);
}

const LOOKS_AGAIN_SECONDS = '8';

/** Looks again by itself, without script; where the second proof came meanwhile, the next page opens. */
export async function showWaiting(
  { activation }: Dependencies,
  ctx: Context,
  errors?: FieldErrors,
): Promise<void> {
  const waiting = await activation.findWaiting(tokenOf(ctx));
  const isProved = waiting && (await activation.findVisit(tokenOf(ctx), EVERY_STEP)) !== undefined;
  if (!waiting || isProved) return goOn(ctx, activation);
  const { ceremony, shown = '', expiresAt } = waiting;
  if (ceremony === 'split-letter') return render(ctx, halfPage, { errors });
  ctx.set('Refresh', LOOKS_AGAIN_SECONDS);
  render(ctx, waitingPage, { ceremony, shown, expiresAt, issuer: edgeOf(ctx).issuer });
}

/** The electronic half, where the paper half was typed. A link in the message only opens this page. */
export async function takeHalf(from: Dependencies, ctx: Context): Promise<void> {
  await passAddress(from, ctx);
  const form = readForm(ctx, halfForm);
  if (form.outcome === 'invalid') return showHalfAgain(from, ctx, form.fields);
  const typed = await from.activation.typeHalf(tokenOf(ctx), form.values.proof);
  if (typed.outcome === 'begun') return seeOther(ctx, PAGE_OF.proved);
  await from.addresses.noteFailure(clientAddressOf(ctx), 'closed');
  await showHalfAgain(from, ctx, { proof: 'activation.half_wrong' });
}

async function showHalfAgain(from: Dependencies, ctx: Context, errors: FieldErrors): Promise<void> {
  ctx.status = 422;
  await showWaiting(from, ctx, errors);
}
