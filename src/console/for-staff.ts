import type { Context } from 'koa';
import { needsFactorPage, nothingToDoPage } from '../../views/console/closed.ts';
import { frozenPage } from '../../views/my-account/lock.ts';
import type { Settings } from '../config.ts';
import type { Digests } from '../crypto/digests.ts';
import type { KeyRing } from '../crypto/key-ring.ts';
import { seeOther } from '../http/addresses.ts';
import { Refusal } from '../http/refusal.ts';
import { render } from '../http/render.ts';
import { clientAddressOf } from '../http/request.ts';
import { devicesOf } from '../login/device-cookie.ts';
import { findDevice, isNewDevice } from '../login/known-devices.ts';
import type { OwnSession } from '../login/own-session.ts';
import type { SignedIn } from '../login/signed-in.ts';
import { type Holder, openHolder } from '../my-account/holder.ts';
import { acrNow, isAtLeast } from '../oidc/acr.ts';
import type { BudgetState } from '../reading/budget.ts';
import {
  type Place,
  type Right,
  type RightScope,
  rightFor,
  rightsOf,
  type StaffAct,
} from '../rights/rights.ts';
import { findTotp } from '../second-factors/store.ts';
import type { Db } from '../storage/postgres.ts';

export interface Dependencies {
  db: Db;
  digests: Digests;
  keyRing: KeyRing;
  lifetimes: Pick<Settings['lifetimes'], 'secondFactorCountsForSeconds' | 'knownDeviceSeconds'>;
  own: Pick<OwnSession, 'signedIn'>;
  now: () => Date;
}

/** Somebody of the staff on one page: signed in with two factors, with the rights they hold at this moment. */
export interface Visit {
  signedIn: SignedIn;
  holder: Holder;
  rights: readonly Right[];
  /** What reads name: from where, in which session, whether it is a device of theirs. */
  address: string;
  session: Buffer;
  isNewDevice: boolean;
  at: Date;
  /** After the read of this page. */
  budget?: BudgetState;
  /** Anywhere within one of the rights. */
  may(act: StaffAct): boolean;
}

export type StaffPage = (ctx: Context, visit: Visit) => Promise<void>;
/** `any`: whoever has a right at all. */
export type ForStaff = (act: StaffAct | 'any', page: StaffPage) => (ctx: Context) => Promise<void>;

/**
 * The door of every page of the console. Signing in is the engine's interaction, always with a second factor; where
 * somebody sits counts for nothing. Rights are asked anew at each page, and what acts asks them once more.
 */
export function forStaff(from: Dependencies): ForStaff {
  return (act, page) => async (ctx) => {
    const signedIn = await from.own.signedIn(ctx);
    if (!signedIn) return signInWithTwo(ctx);
    if (signedIn.isFrozen) return close(ctx, frozenPage);
    if (!hasTwoFactors(from, signedIn)) return askForTwo(from, ctx, signedIn);
    const rights = await rightsOf(from.db, signedIn.person.number, from.now());
    if (rights.length === 0) return close(ctx, nothingToDoPage);
    const visit = visitOf(from, ctx, { signedIn, rights });
    if (act !== 'any' && !visit.may(act)) throw new Refusal('not-allowed');
    await page(ctx, visit);
  };
}

/** What a form held is not sent on: it is typed again, by whoever signs in. */
export function signInWithTwo(ctx: Context): void {
  const to = ctx.method === 'GET' ? `${ctx.path}${ctx.search}` : '/console';
  seeOther(ctx, `/login?to=${encodeURIComponent(to)}&factors=two`);
}

function hasTwoFactors({ lifetimes, now }: Dependencies, { acr, authTime }: SignedIn): boolean {
  const countsForSeconds = lifetimes.secondFactorCountsForSeconds;
  const held = acrNow({ acr, loginTs: authTime }, { at: now(), countsForSeconds });
  return isAtLeast(held, 'urn:preau:acr:two');
}

/** Whoever has no second factor cannot give one: they are told where it is added, and come back. */
async function askForTwo({ db }: Dependencies, ctx: Context, { person }: SignedIn): Promise<void> {
  if (await findTotp(db, person.number)) return signInWithTwo(ctx);
  close(ctx, needsFactorPage);
}

function close(ctx: Context, view: Parameters<typeof render<object>>[1]): void {
  ctx.status = 403;
  render(ctx, view, {});
}

function visitOf(
  { digests, keyRing, lifetimes, now }: Dependencies,
  ctx: Context,
  { signedIn, rights }: Pick<Visit, 'signedIn' | 'rights'>,
): Visit {
  const at = now();
  const asked = { digests, personId: signedIn.person.id, at, lifetimeSeconds: lifetimes.knownDeviceSeconds };
  return {
    signedIn,
    rights,
    holder: openHolder(keyRing, signedIn.person),
    address: clientAddressOf(ctx),
    session: signedIn.uidDigest,
    isNewDevice: isNewDevice(findDevice(devicesOf(ctx), asked), at),
    at,
    may: (act) => rights.some((right) => rightFor([right], act, somewhereIn(right.scope)) !== undefined),
  };
}

function somewhereIn(scope: RightScope): Place {
  switch (scope.kind) {
    case 'nation':
      return {};
    case 'academie':
      return { academie: scope.academie };
    case 'establishment':
      return { uai: scope.uai };
    case 'classes':
      return { uai: scope.uai, ...(scope.classes[0] !== undefined && { className: scope.classes[0] }) };
    default:
      return scope satisfies never;
  }
}
