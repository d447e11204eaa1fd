import type { OrdersInForce } from '../orders/order.ts';
import { noteUse, type Place, type Right, rightFor, rightsOf, type StaffAct } from '../rights/rights.ts';
import type { Tx } from '../storage/postgres.ts';
import { type Confirmed, confirmAct, type PresentedFactor } from './confirm-act.ts';

/**
 * What lets a member of the staff act: asked first thing inside the act's own transaction, which says where it is done.
 * Operators come without: they stand outside the school and its rights.
 */
export type Authority = (
  tx: Tx,
  where: { place: Place | readonly Place[]; inForce: OrdersInForce; at: Date },
) => Promise<Authorised>;

export type Authorised =
  | { outcome: 'authorised'; right: Right; asked: StaffRequest }
  /** Taken away, ended or lapsed by now, or for another place. */
  | { outcome: 'no-right' }
  | Exclude<Confirmed, { outcome: 'confirmed' }>;
export type NotAuthorised = Exclude<Authorised, { outcome: 'authorised' }>;

/** For the ledger: in which session, from where. */
export interface StaffRequest {
  sessionUidDigest: Buffer;
  address: string;
}

/** The right is looked up anew, then the code is spent: for this act, here, now, and for nothing else. */
export function authorityFor(act: StaffAct, factor: PresentedFactor, asked: StaffRequest): Authority {
  return async (tx, { place, inForce, at }) => {
    const right = rightOver(await rightsOf(tx, factor.person, at), act, [place].flat());
    if (!right) return { outcome: 'no-right' };
    const confirmed = await confirmAct(tx, factor, { inForce, at });
    if (confirmed.outcome !== 'confirmed') return confirmed;
    await noteUse(tx, { right: right.id, at });
    return { outcome: 'authorised', right, asked };
  };
}

/** One right that reaches all of the places, the narrowest. Nowhere is beyond everybody. */
export function rightOver(
  rights: readonly Right[],
  act: StaffAct,
  places: readonly Place[],
): Right | undefined {
  const [first, ...others] = places;
  if (!first) return undefined;
  const reaching = rights.filter((right) => others.every((place) => rightFor([right], act, place)));
  return rightFor(reaching, act, first);
}
