import type { Context } from 'koa';
import { frozenPage } from '../../views/my-account/lock.ts';
import { seeOther } from '../http/addresses.ts';
import { render } from '../http/render.ts';
import type { OwnSession } from '../login/own-session.ts';
import type { SignedIn } from '../login/signed-in.ts';
import type { Registry } from '../relying-parties/registry.ts';
import type { Dependencies as PasswordDependencies } from './change-password.ts';
import { type Holder, openHolder } from './holder.ts';
import type { Dependencies as FactorDependencies } from './second-factor.ts';

export interface Dependencies extends PasswordDependencies, FactorDependencies {
  issuer: string;
  /** The engine's authorization endpoint, a path. */
  authorizationEndpoint: string;
  own: OwnSession;
  registry: Pick<Registry, 'all'>;
}

export interface Visit {
  signedIn: SignedIn;
  holder: Holder;
}

export type Holding = (
  page: (ctx: Context, visit: Visit) => Promise<void>,
) => (ctx: Context) => Promise<void>;

/** For who is signed in; everybody else is sent to sign in, and comes back here. */
export function forHolder(from: Dependencies): Holding {
  return (page) => async (ctx) => {
    const signedIn = await from.own.signedIn(ctx);
    if (!signedIn) return signInFirst(ctx);
    if (signedIn.isFrozen) {
      ctx.status = 403;
      return render(ctx, frozenPage, {});
    }
    await page(ctx, { signedIn, holder: openHolder(from.keyRing, signedIn.person) });
  };
}

/** What a form held is not sent on: it is typed again, by whoever signs in. */
export function signInFirst(ctx: Context): void {
  const to = ctx.method === 'GET' ? ctx.path : '/account';
  seeOther(ctx, `/login?to=${encodeURIComponent(to)}`);
}

/** For what needs the credentials again. */
export function signInAgain(ctx: Context): void {
  seeOther(ctx, `/login?to=${encodeURIComponent(ctx.path)}&again=yes`);
}
