import type { SignedIn } from '../login/signed-in.ts';
import type { OrdersInForce } from '../orders/order.ts';
import type { Orders } from '../orders/orders.ts';
import { assertOrdersUnmoved } from '../orders/unmoved.ts';
import { judgeStanding } from '../sessions/judge-standing.ts';
import { type StandingPerson, standing } from '../sessions/standing.ts';
import type { Db, Tx } from '../storage/postgres.ts';
import { Unavailable } from '../storage/unavailable.ts';

export interface Dependencies {
  db: Db;
  orders: Pick<Orders, 'upTo'>;
  now: () => Date;
}

/** The holder as the transaction sees them. */
export interface Acting {
  person: StandingPerson;
  inForce: OrdersInForce;
  at: Date;
}

/** Their session ended, was cut off, or the account is locked or frozen by now. */
export type NotActing = { outcome: 'start-again' };

/** A change of one's own account: judged again inside its transaction, under orders that have not moved. */
export async function actAsHolder<T>(
  { db, orders, now }: Dependencies,
  signedIn: SignedIn,
  act: (tx: Tx, acting: Acting) => Promise<T>,
): Promise<T | NotActing> {
  let { inForce } = signedIn;
  for (let attempt = 0; attempt < 3; attempt += 1) {
    const result = await db.transaction().execute(async (tx) => {
      const moved = await assertOrdersUnmoved(tx, inForce.version);
      if (moved.outcome === 'orders-moved') return { again: moved.version };
      const at = now();
      const asked = { person: signedIn.person.number, sessionUidDigest: signedIn.uidDigest, at };
      const verdict = judgeStanding(await standing(tx, asked), { stamps: [], inForce, at });
      if (verdict.outcome !== 'good') return { result: { outcome: 'start-again' } as const };
      return { result: await act(tx, { person: verdict.person, inForce, at }) };
    });
    if (!('again' in result)) return result.result;
    inForce = await orders.upTo(result.again ?? inForce.version);
  }
  throw new Unavailable('orders');
}
