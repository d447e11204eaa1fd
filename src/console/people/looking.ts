import type { Context } from 'koa';
import { nobodyPage } from '../../../views/console/people/person.ts';
import { render } from '../../http/render.ts';
import type { Looker } from '../../reading/looker.ts';
import type { Visit } from '../for-staff.ts';

/** The visit as reading asks for it. */
export function lookerOf({ signedIn, session, address, isNewDevice, rights }: Visit): Looker {
  return { reader: signedIn.person.number, session, address, isNewDevice, rights };
}

/** Whoever is not within the rights of the one who asks, and whoever is not at all. */
export function showNobody(ctx: Context, visit: Visit): void {
  ctx.status = 404;
  render(ctx, nobodyPage, { staff: visit });
}
