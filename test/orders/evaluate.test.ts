import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { cutOffGeneration, evaluate, isCutOff, judge, wouldBeCutOff } from '../../src/orders/evaluate.ts';
import { MEASURES } from '../../src/orders/measures.ts';
import type { DrillOrder, LiveOrder, OrdersInForce } from '../../src/orders/order.ts';
import { isInScope, type Scope, type Subject, scopeSchema } from '../../src/orders/scope.ts';
import { aScope, aStamp, aSubject, drillOrders, liveOrders } from './arbitraries.ts';

const CLOCK = { version: 1, generation: 1, clientsVersion: 1 };
const inForce = (live: LiveOrder[], drills: DrillOrder[] = []): OrdersInForce => ({ ...CLOCK, live, drills });

const OCTOBER = new Date('2026-10-01');
const closing = (scope: Scope, generation: number): LiveOrder => ({
  ...{ id: 'order', drill: false, kind: 'cut-off', measure: 'close-sessions', parameters: {} },
  ...{ scope, generation, orderedAt: OCTOBER },
});
const aFreeze = (scope: Scope): LiveOrder => ({
  ...{ id: 'order', drill: false, kind: 'standing', measure: 'freeze', parameters: {} },
  ...{ scope, startsAt: undefined, endsAt: undefined },
});

describe('drills', () => {
  it('change no decision, whatever they are', () => {
    fc.assert(
      fc.property(liveOrders, drillOrders, aSubject, aStamp, (live, drills, subject, stamp) => {
        const without = inForce(live);
        const withDrills = inForce(live, drills);
        expect(judge(withDrills, subject).enforced).toEqual(judge(without, subject).enforced);
        expect(evaluate(withDrills, subject)).toEqual(evaluate(without, subject));
        expect(isCutOff(withDrills, subject, stamp)).toBe(isCutOff(without, subject, stamp));
      }),
    );
  });

  it('observe exactly what the same orders would enforce', () => {
    fc.assert(
      fc.property(liveOrders, aSubject, aStamp, (live, subject, stamp) => {
        const drilled = inForce(
          [],
          live.map((order): DrillOrder => ({ ...order, drill: true })),
        );
        expect(judge(drilled, subject).observed).toEqual(judge(inForce(live), subject).enforced);
        expect(judge(drilled, subject).enforced).toEqual([]);
        expect(wouldBeCutOff(drilled, subject, stamp)).toBe(isCutOff(inForce(live), subject, stamp));
      }),
    );
  });
});

describe('the evaluator', () => {
  it('names all eight measures', () => {
    const subject: Subject = { person: 1, state: 'active', memberships: [] };
    expect(Object.keys(evaluate(inForce([]), subject)).sort()).toEqual(Object.keys(MEASURES).sort());
  });

  it('kills what is older than a cut-off order, and spares what was made under it or later', () => {
    const subject: Subject = { person: 1, state: 'active', memberships: [] };
    const orders = inForce([
      closing({ all: true }, 3),
      closing({ person: [1] }, 5),
      closing({ person: [2] }, 8),
    ]);
    expect(cutOffGeneration(orders, subject, 'session')).toBe(5);
    const isDead = (generation: number) => isCutOff(orders, subject, { made: 'session', generation });
    expect([2, 4, 5, 6].map(isDead)).toEqual([true, true, false, false]);
    expect(isCutOff(orders, subject, { made: 'credential', generation: 1 })).toBe(false);
  });

  it('keeps a session dead when its person leaves the school that was cut off', () => {
    const left = { profile: 'pupil', establishment: '0750001A', academie: 'Paris' } as const;
    const moved: Subject = {
      person: 1,
      state: 'active',
      memberships: [
        { ...left, fromAt: new Date('2026-09-01'), untilAt: new Date('2026-10-02') },
        { ...left, establishment: '0690002B', academie: 'Lyon', fromAt: new Date('2026-10-02') },
      ],
    };
    const old = { made: 'session', generation: 1 } as const;
    expect(isCutOff(inForce([closing({ establishment: ['0750001A'] }, 2)]), moved, old)).toBe(true);
    expect(isCutOff(inForce([closing({ establishment: ['0690002B'] }, 2)]), moved, old)).toBe(false);
    expect(judge(inForce([aFreeze({ establishment: ['0750001A'] })]), moved).enforced).toEqual([]);
    expect(judge(inForce([aFreeze({ establishment: ['0690002B'] })]), moved).enforced).toEqual(['freeze']);
  });
});

describe('a scope', () => {
  it('asks profile and school of one and the same membership', () => {
    const teacherAndMother: Subject = {
      person: 1,
      state: 'active',
      memberships: [
        { profile: 'teacher', establishment: '0750001A', academie: 'Paris' },
        { profile: 'guardian', establishment: '0690002B', academie: 'Lyon' },
      ],
    };
    expect(isInScope({ profile: ['guardian'], establishment: ['0750001A'] }, teacherAndMother, 'now')).toBe(
      false,
    );
    expect(isInScope({ profile: ['guardian'], academie: ['Lyon', 'Paris'] }, teacherAndMother, 'now')).toBe(
      true,
    );
  });

  it('is over nobody more for another key', () => {
    fc.assert(
      fc.property(aScope, aScope, aSubject, (one, other, subject) => {
        fc.pre(!('all' in one) && !('all' in other));
        const both = { ...one, ...other };
        const isWithin = !isInScope(both, subject, 'now') || isInScope(other, subject, 'now');
        expect(isWithin).toBe(true);
      }),
    );
  });

  it.each([
    [{}],
    [{ all: false }],
    [{ all: true, profile: ['pupil'] }],
    [{ profile: [] }],
    [{ profile: 'pupil' }],
    [{ profile: ['admin'] }],
    [{ establishment: ["0750001A' or true"] }],
    [{ class: ['6A'] }],
    [{ everybody: ['x'] }],
    [{ person: ['1'] }],
  ])('is refused as %j', (scope) => {
    expect(scopeSchema.safeParse(scope).success).toBe(false);
  });
});
