import { type AppliedOrder, applyOrder, ENFORCED, type OrderRefusal } from '../crisis/apply-order.ts';
import { countScope, type ScopeCount } from '../crisis/count-scope.ts';
import { type EndedOrder, endOrder } from '../crisis/end-order.ts';
import { listOrders } from '../crisis/list-orders.ts';
import type { OrderRecord, OrderState } from '../crisis/order-record.ts';
import { readScope } from '../crisis/scope-options.ts';
import { isMeasure, MEASURES, type Measure } from '../orders/measures.ts';
import type { Scope } from '../orders/scope.ts';
import { type Command, type Input, type Result, UsageError } from './command.ts';

export const commands: Command[] = [
  {
    name: 'crisis apply',
    summary:
      'orders a crisis measure: freeze or suspend-rights (until ended), close-sessions (what is open now is dead)',
    operands: ENFORCED.join('|'),
    isActOfPower: true,
    options: {
      scope: {
        type: 'string',
        multiple: true,
        value: 'KEY=VALUE',
        help: 'whom: all, profile=, establishment=, academie=, class=, state=, person=; again to widen or narrow',
      },
      starts: {
        type: 'string',
        value: 'TIME',
        help: 'when it begins (2026-10-05T08:00Z, or 30m, 2h, 3d from now); now if not said',
      },
      ends: { type: 'string', value: 'TIME', help: 'when it ends by itself' },
      drill: { type: 'boolean', help: 'evaluate and count it, enforce nothing' },
    },
    async run(context, input) {
      const measure = readMeasure(input);
      const { db } = await context.parts();
      // The order's own time is when it can be seen, not when the command was typed.
      const at = context.now();
      const dates = { startsAt: readTime(input, 'starts', at), endsAt: readTime(input, 'ends', at) };
      const read = await readScope(db, input.texts('scope'));
      if (read.outcome === 'refused') throw new UsageError(read.message);
      const count = await countScope(db, read.scope);
      context.say(`${measure} over ${scopeText(read.scope)}: ${countText(count)}`);
      const mode = input.flag('drill') ? 'drill' : 'live';
      const wish = { measure, scope: read.scope, reason: context.reason ?? '', mode, ...dates } as const;
      return appliedResult(await applyOrder(db, context.by, wish, at), measure, count);
    },
  },
  {
    name: 'crisis end',
    summary: 'ends a standing order; what was there before is there again',
    operands: 'ID',
    isActOfPower: true,
    async run(context, input) {
      const [id] = input.operands;
      if (!id || input.operands.length > 1) throw new UsageError('name one order: npx preau crisis end ID');
      const { db } = await context.parts();
      return endedResult(
        await endOrder(db, context.by, { id, reason: context.reason ?? '' }, context.now()),
        id,
      );
    },
  },
  {
    name: 'crisis list',
    summary: 'lists the orders, the newest first',
    options: { all: { type: 'boolean', help: 'ended ones too' } },
    async run(context, input) {
      const { db } = await context.parts();
      const orders = await listOrders(db, context.now());
      const shown = orders.filter(({ state }) => input.flag('all') || state !== 'ended');
      const lines = shown.length > 0 ? shown.map(orderLine) : ['no order in force'];
      return { outcome: 'done', json: shown, lines };
    },
  },
];

function readMeasure({ operands }: Input): Measure {
  const [measure = ''] = operands;
  if (operands.length !== 1 || !isMeasure(measure))
    throw new UsageError(`name one measure: ${Object.keys(MEASURES).join(', ')}`);
  return measure;
}

const SPANS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

function readTime(input: Input, name: string, at: Date): Date | undefined {
  const text = input.text(name);
  if (text === undefined) return undefined;
  const span = /^(\d{1,4})([mhd])$/.exec(text);
  if (span) return new Date(at.getTime() + Number(span[1]) * (SPANS[span[2] ?? ''] ?? 0));
  // Without a zone two hosts would read two different moments.
  const isDated = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/.test(text);
  if (!isDated || Number.isNaN(Date.parse(text)))
    throw new UsageError(`--${name} ${text} is no time: 2026-10-05T08:00Z, or 30m, 2h, 3d from now`);
  return new Date(text);
}

const REFUSALS: Record<OrderRefusal, (measure: Measure) => string> = {
  'not-enforced-yet': (measure) => `${measure} is not enforced yet: only ${ENFORCED.join(', ')} are`,
  'no-reason': () => 'an order states its reason: --reason',
  'cut-off-has-no-dates': (measure) =>
    `${measure} takes effect at once and has no end: no --starts, no --ends`,
  'ends-before-it-starts': () => 'it would end before it starts',
  'not-about-a-relying-party': (measure) => `${measure} is about persons, not about a relying party`,
};

function appliedResult(applied: AppliedOrder, measure: Measure, count: ScopeCount | undefined): Result {
  if (applied.outcome === 'refused')
    return { outcome: 'refused', message: REFUSALS[applied.refusal](measure) };
  const { order } = applied;
  const json = { ...order, inScope: count ?? null };
  if (order.drill)
    return {
      outcome: 'done',
      json,
      lines: [`drill ${order.id}: evaluated and counted, nothing is enforced`],
    };
  const end = order.kind === 'standing' ? [`to end it: npx preau crisis end ${order.id}`] : ['it has no end'];
  return { outcome: 'done', json, lines: [`order ${order.id}: in force everywhere within a second`, ...end] };
}

function endedResult(ended: EndedOrder, id: string): Result {
  switch (ended.outcome) {
    case 'ended':
      return { outcome: 'done', json: ended.order, lines: [`order ${id} is ended`] };
    case 'unknown-order':
      return { outcome: 'refused', message: `there is no order ${id} (npx preau crisis list)` };
    case 'already-ended':
      return { outcome: 'refused', message: `order ${id} had ended before`, json: ended.order };
    case 'has-no-end':
      return {
        outcome: 'refused',
        message: `${ended.order.measure} has no end: what it killed stays dead`,
        json: ended.order,
      };
  }
}

function orderLine(order: OrderRecord & { state: OrderState }): string {
  const { id, measure, drill, state, scope, reason, createdAt, endsAt } = order;
  const until = endsAt ? ` until ${endsAt.toISOString()}` : '';
  return `${id}  ${createdAt.toISOString()}  ${drill ? 'drill: ' : ''}${measure}  ${scopeText(scope)}  ${state}${until}  ${reason}`;
}

function scopeText(scope: Scope): string {
  if ('all' in scope) return 'everybody';
  return Object.entries(scope)
    .map(([key, values]) => `${key} ${[values].flat().join(' or ')}`)
    .join(', ');
}

function countText(count: ScopeCount | undefined): string {
  if (!count) return 'too many to count at once';
  const { dormant, active, closed } = count.byState;
  const decoys = count.decoys > 0 ? ` and ${count.decoys} decoys` : '';
  return `${count.persons} persons (${active} active, ${dormant} dormant, ${closed} closed)${decoys}`;
}
