import { randomUUID } from 'node:crypto';
import { raise } from '../alarms/raise.ts';
import { record } from '../audit/record.ts';
import type { Disclosure } from '../ledger/append.ts';
import { maskOf } from '../ledger/fields.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { OrdersInForce } from '../orders/order.ts';
import { noteUse, rightsOf } from '../rights/rights.ts';
import { judgeStanding } from '../sessions/judge-standing.ts';
import { standing } from '../sessions/standing.ts';
import type { Tx } from '../storage/postgres.ts';
import { Unavailable } from '../storage/unavailable.ts';
import {
  type BudgetSettings,
  type BudgetState,
  endOfWindow,
  limitsOf,
  pauseSeconds,
  type Row,
  shareOf,
  stateOf,
  twice,
} from './budget.ts';
import { isNight, parisDay } from './night.ts';
import type { Asked, Read, Watch } from './reading.ts';
import {
  type Charge,
  chargeBudget,
  ensureBudget,
  findBudget,
  forgetOnce,
  noteExhausted,
  noteOnce,
  setReadyAt,
} from './store.ts';

export interface Given {
  asked: Asked;
  inForce: OrdersInForce;
  ledger: Pick<Ledger, 'append'>;
  settings: BudgetSettings;
  watches: readonly Watch[];
  at: Date;
}

/** Charge, then lines, then it may be opened. Whatever refuses leaves neither. */
export async function read(tx: Tx, given: Given): Promise<Read> {
  const { asked, at } = given;
  if (asked.right.person !== asked.reader) throw new Error('a right of somebody else');
  if (!(await mayRead(tx, given))) return { outcome: 'not-allowed' };
  const fresh = await notYetRead(tx, given);
  const shown = asked.once === undefined ? everybody(asked) : fresh;
  const cost = costOf(given, fresh);
  const charging = chargeOf(given, cost);
  const charged = cost > 0 ? await charge(tx, given, charging) : await findBudget(tx, charging);
  if (!charged) return refuse(tx, given, { fresh, charging });
  const rows = linesOf(asked, shown);
  if (rows.length > 0) await write(tx, given, rows);
  await noteUse(tx, { right: asked.right.id, at });
  const persons = rows.map(({ person }) => person);
  for (const watch of given.watches) await watch(tx, { asked, persons, inForce: given.inForce, at });
  return { outcome: 'read', budget: budgetOf(charged, given, charging), charge: charging.charge };
}

/** Judged here and now, under orders that do not move: a session or a right that ended a moment ago reads nothing. */
async function mayRead(tx: Tx, { asked, inForce, at }: Given): Promise<boolean> {
  const { reader, right, session } = asked;
  const known = await standing(tx, { person: reader, sessionUidDigest: session, at });
  if (judgeStanding(known, { stamps: [], inForce, at }).outcome !== 'good') return false;
  return (await rightsOf(tx, reader, at)).some(({ id }) => id === right.id);
}

function everybody({ persons }: Asked): number[] {
  return [...new Set(persons)].sort((one, other) => one - other);
}

async function notYetRead(tx: Tx, { asked, at }: Given): Promise<number[]> {
  const [persons, key] = [everybody(asked), keyOf(asked)];
  if (key === undefined || persons.length === 0) return persons;
  return noteOnce(tx, { ...onceOf(asked, key), persons, at });
}

function keyOf({ once, chargedOnce }: Asked): string | undefined {
  return once ?? chargedOnce;
}

function onceOf(asked: Asked, key: string) {
  return { session: asked.session, right: asked.right.id, key, fields: maskOf(asked.fields) };
}

/** A search that names nobody costs one, so that probing ends too. */
function costOf({ asked, at }: Given, fresh: readonly number[]): number {
  const { alongside = [] } = asked;
  const others = alongside
    .filter(({ costs }) => costs === 'a-read')
    .reduce((sum, { persons }) => sum + new Set(persons).size, 0);
  const namesNobody = asked.persons.length === 0 && alongside.length === 0;
  const persons = namesNobody ? 1 : fresh.length;
  return (persons + others) * (countsDouble(asked, at) ? 2 : 1);
}

function countsDouble({ isNewDevice }: Asked, at: Date): boolean {
  return isNewDevice || isNight(at);
}

function chargeOf({ asked, settings, at }: Given, cost: number): Charge {
  const { reader, right, continuing } = asked;
  const { role, scope } = right;
  const limits = limitsOf(settings, role);
  const uai = 'uai' in scope ? scope.uai : undefined;
  const academie = 'academie' in scope ? scope.academie : undefined;
  const place = { right: right.id, uai, academie };
  return { reader, role, cost, limits, charge: randomUUID(), continuing, ...place, at };
}

async function charge(tx: Tx, { settings, at }: Given, charging: Charge): Promise<Row | undefined> {
  await ensureBudget(tx, charging);
  const row = await chargeBudget(tx, charging);
  if (!row) return undefined;
  const isOpened = row.openedUntil !== undefined && row.openedUntil > at;
  const share = shareOf(row.spent, isOpened ? twice(charging.limits) : charging.limits);
  const pause = pauseSeconds(share, settings);
  if (pause === 0) return row;
  const readyAt = new Date(at.getTime() + pause * 1000);
  await setReadyAt(tx, { ...charging, readyAt });
  return { ...row, readyAt };
}

async function refuse(
  tx: Tx,
  given: Given,
  { fresh, charging }: { fresh: readonly number[]; charging: Charge },
): Promise<Read> {
  const { asked, at } = given;
  const key = keyOf(asked);
  if (key !== undefined) await forgetOnce(tx, { ...onceOf(asked, key), persons: fresh });
  const row = await findBudget(tx, charging);
  const budget = budgetOf(row, given, charging);
  const isSpent =
    budget.hour.spent + charging.cost > budget.hour.limit ||
    budget.day.spent + charging.cost > budget.day.limit;
  if (!isSpent) return { outcome: 'paused', budget, until: budget.readyAt ?? at };
  if (await noteExhausted(tx, charging)) await tell(tx, given, { charging, budget });
  return { outcome: 'exhausted', budget, until: endOfWindow(budget, at) };
}

/** The head and the académie hear of it; the reader reads what to do. */
async function tell(
  tx: Tx,
  { asked, at }: Given,
  { charging, budget }: { charging: Charge; budget: BudgetState },
): Promise<void> {
  const { reader, role, right, uai, academie } = charging;
  const by = { kind: 'system', name: 'reading' } as const;
  const details = { role, right, hour: { ...budget.hour }, day: { ...budget.day } };
  await record(tx, by, { name: 'reading.budget-exhausted', subject: reader, details }, at);
  const key = `${reader} ${role} ${parisDay(at)}`;
  const alarm = { rule: 'budget-exhausted', uai, academie, person: reader, session: asked.session } as const;
  await raise(tx, { ...alarm, details, key, at });
}

function budgetOf(row: Row, { asked, at }: Given, { limits }: Charge): BudgetState {
  return stateOf(row, { limits, at, countsDouble: countsDouble(asked, at) });
}

function linesOf({ fields, alongside = [] }: Asked, shown: readonly number[]): Disclosure[] {
  const groups = [{ persons: shown, fields }, ...alongside];
  return groups.flatMap((group) =>
    [...new Set(group.persons)].map(
      (person) => ({ person, kind: 'staff-read', fields: group.fields }) as const,
    ),
  );
}

async function write(tx: Tx, { asked, inForce, ledger, at }: Given, rows: Disclosure[]): Promise<void> {
  const { reader, right, session, address, details } = asked;
  const context = {
    recipient: 'staff',
    reader,
    rightId: right.id,
    sessionDigest: session,
    address,
    details: { ...details, role: right.role },
  } as const;
  const written = await ledger.append({ judgedAt: inForce, context, rows, at }, tx);
  // The transaction holds the orders' version, and no family steps here.
  if (written.outcome !== 'written') throw new Unavailable('ledger');
}
