import fc from 'fast-check';
import { CUTS, type CutOffMeasure, type Made, type StandingMeasure } from '../../src/orders/measures.ts';
import type { DrillOrder, LiveOrder } from '../../src/orders/order.ts';
import type { Scope, Subject } from '../../src/orders/scope.ts';

const profile = fc.constantFrom('pupil', 'guardian', 'teacher', 'staff');
const establishment = fc.constantFrom('0750001A', '0690002B');
const academie = fc.constantFrom('Paris', 'Lyon');
const code = fc.constantFrom('6A', '5B');
const person = fc.integer({ min: 1, max: 4 });
const state = fc.constantFrom('dormant', 'active', 'closed');
const relyingParty = fc.constantFrom('timetable', 'library');
const moment = fc.integer({ min: 0, max: 9 }).map((day) => new Date(Date.UTC(2026, 9, 1 + day)));

const some = <T>(one: fc.Arbitrary<T>) => fc.array(one, { minLength: 1, maxLength: 2 });

export const aScope: fc.Arbitrary<Scope> = fc.oneof(
  fc.constant<Scope>({ all: true }),
  fc.record(
    {
      person: some(person),
      state: some(state),
      profile: some(profile),
      establishment: some(establishment),
      academie: some(academie),
      class: some(code),
      relyingParty: some(relyingParty),
    },
    { requiredKeys: [] },
  ),
);

export const aSubject: fc.Arbitrary<Subject> = fc.record({
  person,
  state,
  relyingParty: fc.option(relyingParty, { nil: undefined }),
  memberships: fc.array(
    fc.record({
      profile,
      establishment,
      academie,
      class: fc.option(code, { nil: undefined }),
      fromAt: moment,
      untilAt: fc.option(moment, { nil: undefined }),
    }),
    { maxLength: 3 },
  ),
});

const STANDING: StandingMeasure[] = [
  'freeze',
  'suspend-relying-party',
  'withhold-claims',
  'require-second-factor',
  'suspend-rights',
];

const common = { id: fc.uuid(), scope: aScope, parameters: fc.constant({}) };

const anOrder = fc.oneof(
  fc.record({
    ...common,
    kind: fc.constant('standing' as const),
    measure: fc.constantFrom(...STANDING),
    startsAt: fc.constant(undefined),
    endsAt: fc.constant(undefined),
  }),
  fc.record({
    ...common,
    kind: fc.constant('cut-off' as const),
    measure: fc.constantFrom(...(Object.keys(CUTS) as CutOffMeasure[])),
    generation: fc.integer({ min: 1, max: 9 }),
    orderedAt: moment,
  }),
);

export const liveOrders: fc.Arbitrary<LiveOrder[]> = fc.array(
  anOrder.map((order): LiveOrder => ({ ...order, drill: false })),
  { maxLength: 6 },
);
export const drillOrders: fc.Arbitrary<DrillOrder[]> = fc.array(
  anOrder.map((order): DrillOrder => ({ ...order, drill: true })),
  { maxLength: 6 },
);
export const aStamp = fc.record({
  made: fc.constantFrom<Made>('session', 'code', 'credential'),
  generation: fc.integer({ min: 0, max: 9 }),
});
