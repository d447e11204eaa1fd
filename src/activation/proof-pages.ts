import type { Context } from 'koa';
import { beginPage } from '../../views/activation/begin.ts';
import { passwordPage } from '../../views/activation/password.ts';
import { generatePassphrase } from '../accounts/passphrase.ts';
import { seeOther } from '../http/addresses.ts';
import { type FieldErrors, readForm } from '../http/forms.ts';
import { Refusal } from '../http/refusal.ts';
import { render } from '../http/render.ts';
import { clientAddressOf, edgeOf } from '../http/request.ts';
import type { Addresses } from '../throttling/addresses.ts';
import type { Activation } from './activation.ts';
import { parseActivationCode } from './activation-code.ts';
import { goOn, keepToken, PAGE_OF, tokenOf } from './browser.ts';
import { beginForm, passwordForm } from './forms.ts';
import { PREFILL_SECONDS, type Prefill } from './prefill.ts';
import { knownWords } from './visit.ts';

export interface Dependencies {
  activation: Activation;
  addresses: Addresses;
  prefill: Prefill;
  /** How long an address that failed too often waits. */
  addressWindowSeconds: number;
  now: () => Date;
}

const PREFILL_COOKIE = 'letter';

/** The letter's link spends nothing and shows nothing: its code leaves the address bar at once (see README). */
export function showBegin({ prefill, now }: Dependencies, ctx: Context): void {
  const { code: scanned } = ctx.query;
  if (scanned !== undefined) {
    keepScanned(ctx, prefill, { scanned, at: now() });
    return;
  }
  const code = prefill.open(edgeOf(ctx).cookies.get(ctx, PREFILL_COOKIE), now());
  render(ctx, beginPage, { code });
}

function keepScanned(ctx: Context, prefill: Prefill, given: { scanned: string | string[]; at: Date }): void {
  const { scanned, at } = given;
  const code = typeof scanned === 'string' ? parseActivationCode(scanned) : undefined;
  if (code) {
    const value = prefill.seal(code, at);
    edgeOf(ctx).cookies.set(ctx, { base: PREFILL_COOKIE, value, maxAge: PREFILL_SECONDS });
  }
  seeOther(ctx, '/activate');
}

export async function takeProofs(from: Dependencies, ctx: Context): Promise<void> {
  const { activation, addresses, addressWindowSeconds } = from;
  const address = clientAddressOf(ctx);
  if (!(await addresses.isAllowed(address, 'closed'))) {
    throw new Refusal('too-many', { retryAfter: addressWindowSeconds });
  }
  const form = readForm(ctx, beginForm);
  if (form.outcome === 'invalid') return showRefused(ctx, form.fields);
  const begun = await activation.begin(activation.classWindow, form.values, address);
  if (begun.outcome === 'refused') {
    await addresses.noteFailure(address, 'closed');
    return showRefused(ctx, { form: 'activation.refused' });
  }
  edgeOf(ctx).cookies.clear(ctx, PREFILL_COOKIE);
  keepToken(ctx, begun.token, begun.seconds);
  seeOther(ctx, PAGE_OF.proved);
}

/** The same for every reason: what was typed does not come back, and nothing says what was wrong. */
function showRefused(ctx: Context, errors: FieldErrors): void {
  ctx.status = 422;
  render(ctx, beginPage, { errors });
}

export async function showPassword(from: Dependencies, ctx: Context, errors?: FieldErrors): Promise<void> {
  const { findVisit } = from.activation;
  const visit = await findVisit(tokenOf(ctx), ['proved']);
  if (!visit) return goOn(ctx, findVisit);
  const { givenName } = knownWords(visit);
  render(ctx, passwordPage, { givenName, passphrase: generatePassphrase(), errors });
}

const WEAK = {
  'too-short': 'activation.password_too_short',
  'too-long': 'activation.password_too_long',
  'too-common': 'activation.password_too_common',
  'contains-context': 'activation.password_contains_context',
} as const;

export async function takePassword(from: Dependencies, ctx: Context): Promise<void> {
  const form = readForm(ctx, passwordForm);
  if (form.outcome === 'invalid') return showAgain(from, ctx, form.fields);
  const { password, passphrase } = form.values;
  const claimed = await from.activation.claim(tokenOf(ctx), passphrase ?? password, clientAddressOf(ctx));
  switch (claimed.outcome) {
    case 'claimed':
      return seeOther(ctx, PAGE_OF.claimed);
    case 'weak-password':
      return showAgain(from, ctx, { password: WEAK[claimed.because] });
    case 'ended':
      return goOn(ctx, from.activation.findVisit);
    default:
      return claimed satisfies never;
  }
}

async function showAgain(from: Dependencies, ctx: Context, errors: FieldErrors): Promise<void> {
  ctx.status = 422;
  await showPassword(from, ctx, errors);
}
