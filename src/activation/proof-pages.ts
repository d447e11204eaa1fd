import type { Context } from 'koa';
import { beginPage } from '../../views/activation/begin.ts';
import { passwordPage } from '../../views/activation/password.ts';
import { offerPhrase } from '../accounts/offered-phrase.ts';
import type { Digests } from '../crypto/digests.ts';
import { seeOther } from '../http/addresses.ts';
import { type FieldErrors, readForm } from '../http/forms.ts';
import { Refusal } from '../http/refusal.ts';
import { render } from '../http/render.ts';
import { clientAddressOf, edgeOf } from '../http/request.ts';
import type { Addresses } from '../throttling/addresses.ts';
import type { Activation } from './activation.ts';
import { type ActivationCode, parseActivationCode } from './activation-code.ts';
import { goOn, keepToken, PAGE_OF, tokenOf } from './browser.ts';
import { beginForm, passwordForm } from './forms.ts';
import { PREFILL_SECONDS, type Prefill } from './prefill.ts';
import { knownWords } from './visit.ts';

export interface Dependencies {
  activation: Activation;
  digests: Digests;
  addresses: Addresses;
  prefill: Prefill;
  /** How long an address that failed too often waits. */
  addressWindowSeconds: number;
  /** From both proofs to the end. */
  ceremonySeconds: number;
  now: () => Date;
}

const PREFILL_COOKIE = 'letter';

/** The letter's link spends nothing and shows nothing: its code leaves the address bar at once (see README). */
export function showBegin(from: Dependencies, ctx: Context): void {
  const { code: scanned } = ctx.query;
  if (scanned === undefined) {
    render(ctx, beginPage, { code: keptCode(from, ctx) });
    return;
  }
  const code = typeof scanned === 'string' ? parseActivationCode(scanned) : undefined;
  if (code) keepCode(from, ctx, code);
  seeOther(ctx, '/activate');
}

/** Between two pages the code lies in a sealed cookie, for ten minutes. */
function keepCode({ prefill, now }: Dependencies, ctx: Context, code: ActivationCode): void {
  const value = prefill.seal(code, now());
  edgeOf(ctx).cookies.set(ctx, { base: PREFILL_COOKIE, value, maxAge: PREFILL_SECONDS });
}

export function keptCode({ prefill, now }: Dependencies, ctx: Context): string | undefined {
  return prefill.open(edgeOf(ctx).cookies.get(ctx, PREFILL_COOKIE), now());
}

export function forgetCode(ctx: Context): void {
  edgeOf(ctx).cookies.clear(ctx, PREFILL_COOKIE);
}

/** The code with its second proof at once, or alone: then the next page asks what the person has. */
export async function takeProofs(from: Dependencies, ctx: Context): Promise<void> {
  await passAddress(from, ctx);
  const form = readForm(ctx, beginForm);
  if (form.outcome === 'invalid') return showRefused(ctx, form.fields);
  const { code, proof } = form.values;
  if (proof !== '') return takeWord(from, ctx, { code, proof });
  const parsed = parseActivationCode(code);
  // Said of what was typed alone: nobody is asked whether there is such a code.
  if (!parsed) return showRefused(ctx, { code: 'activation.code_no_code' });
  keepCode(from, ctx, parsed);
  seeOther(ctx, '/activate/way');
}

export async function passAddress(
  { addresses, addressWindowSeconds }: Dependencies,
  ctx: Context,
): Promise<void> {
  if (await addresses.isAllowed(clientAddressOf(ctx), 'closed')) return;
  throw new Refusal('too-many', { retryAfter: addressWindowSeconds });
}

export async function takeWord(
  { activation, addresses }: Dependencies,
  ctx: Context,
  typed: { code: string; proof: string },
): Promise<void> {
  const begun = await activation.begin(activation.classWindow, typed, clientAddressOf(ctx));
  if (begun.outcome === 'refused') {
    await addresses.noteFailure(clientAddressOf(ctx), 'closed');
    return showRefused(ctx, { form: 'activation.refused' });
  }
  forgetCode(ctx);
  keepToken(ctx, begun.token, begun.seconds);
  seeOther(ctx, PAGE_OF.proved);
}

/** The same for every reason: what was typed does not come back, and nothing says what was wrong. */
function showRefused(ctx: Context, errors: FieldErrors): void {
  ctx.status = 422;
  render(ctx, beginPage, { errors });
}

export async function showPassword(from: Dependencies, ctx: Context, errors?: FieldErrors): Promise<void> {
  const visit = await from.activation.findVisit(tokenOf(ctx), ['proved']);
  if (!visit) return goOn(ctx, from.activation);
  const { givenName } = knownWords(visit);
  const { phrase: passphrase, offer } = offerPhrase(from.digests, visit.ceremony.id);
  const choice = visit.isYoungest ? 'offered-only' : 'own';
  render(ctx, passwordPage, { givenName, passphrase, offer, choice, errors });
}

const WEAK = {
  'too-short': 'activation.password_too_short',
  'too-long': 'activation.password_too_long',
  'too-common': 'activation.password_too_common',
  'contains-context': 'activation.password_contains_context',
  'not-offered': 'activation.password_not_offered',
} as const;

export async function takePassword(from: Dependencies, ctx: Context): Promise<void> {
  const form = readForm(ctx, passwordForm);
  if (form.outcome === 'invalid') return showAgain(from, ctx, form.fields);
  const { password, passphrase, offer } = form.values;
  const claimed = await from.activation.claim(
    tokenOf(ctx),
    { password: passphrase ?? password, offer },
    clientAddressOf(ctx),
  );
  switch (claimed.outcome) {
    case 'claimed':
      return seeOther(ctx, PAGE_OF.claimed);
    case 'weak-password':
      return showAgain(from, ctx, { password: WEAK[claimed.because] });
    case 'ended':
      return goOn(ctx, from.activation);
    default:
      return claimed satisfies never;
  }
}

async function showAgain(from: Dependencies, ctx: Context, errors: FieldErrors): Promise<void> {
  ctx.status = 422;
  await showPassword(from, ctx, errors);
}
