import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createCurrent, currentOf, type Known } from '../../src/orders/known.ts';
import type { LiveOrder } from '../../src/orders/order.ts';

const day = (n: number) => new Date(Date.UTC(2026, 9, n));
const aDay = fc.integer({ min: 1, max: 9 }).map(day);
const maybeADay = fc.option(aDay, { nil: undefined });

const anOrder = fc.record({ startsAt: maybeADay, endsAt: maybeADay }).map(
  (dates): LiveOrder => ({
    ...{ id: 'order', drill: false, kind: 'standing', measure: 'freeze', parameters: {} },
    ...{ scope: { all: true }, ...dates },
  }),
);
const CLOCK = { version: 1, generation: 1, clientsVersion: 1, askedAt: 0 };
const known = (orders: LiveOrder[], clock = CLOCK): Known => ({ ...clock, orders });

describe('the orders in force at a moment', () => {
  it('are those of that moment, however the clock moves', () => {
    fc.assert(
      fc.property(fc.array(anOrder, { maxLength: 4 }), fc.array(aDay), (orders, moments) => {
        const current = createCurrent();
        for (const at of moments) {
          const answer = known(orders);
          expect(current(answer, at)).toEqual(currentOf(answer, at));
        }
      }),
    );
  });

  it('are the same object until one starts or ends, or PostgreSQL answers otherwise', () => {
    const [order] = fc.sample(anOrder, 1);
    if (!order) throw new Error('no order');
    const orders = [{ ...order, startsAt: day(3), endsAt: day(6) } as LiveOrder];
    const current = createCurrent();
    const between = current(known(orders), day(3));
    expect(current(known(orders, { ...CLOCK, askedAt: 5 }), day(5))).toBe(between);
    expect(between.live).toHaveLength(1);
    expect(current(known(orders), day(6)).live).toEqual([]);
    expect(current(known(orders), day(2)).live).toEqual([]);
    for (const moved of ['version', 'generation', 'clientsVersion'] as const) {
      const after = current(known(orders, { ...CLOCK, [moved]: 2 }), day(5));
      expect(after).toMatchObject({ [moved]: 2 });
    }
  });
});
