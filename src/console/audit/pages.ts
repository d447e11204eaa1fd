import type { Router } from '@koa/router';
import type { Context } from 'koa';
import { auditPage } from '../../../views/console/audit/audit.ts';
import { eventsPage } from '../../../views/console/audit/events.ts';
import { auditLedgerPage } from '../../../views/console/audit/ledger.ts';
import { type AuditEvent, auditEvents } from '../../audit/events.ts';
import { render } from '../../http/render.ts';
import { noteUse, rightFor } from '../../rights/rights.ts';
import type { Db } from '../../storage/postgres.ts';
import { isToldOfDecoys } from '../auditors.ts';
import type { ForStaff, Visit } from '../for-staff.ts';
import { type Area, placeOfArea } from './area.ts';
import { type Asked, readAsked } from './asked.ts';
import { type Counting, createCounting } from './counting.ts';
import { countEvents, selectEvents } from './events-store.ts';
import { figuresOfEvents, figuresOfLines } from './figures.ts';
import { countLines, namesOfClients } from './lines-store.ts';

export interface Dependencies {
  db: Db;
}

/**
 * The audit and the ledger in numbers. Nobody is read here: no line, no budget; the right is noted as used, for it is
 * all an auditor does with it.
 */
export function auditRoutes(
  router: Router,
  { from: { db }, staff }: { from: Dependencies; staff: ForStaff },
): void {
  const from = { db, counting: createCounting() };
  router.get(
    '/console/audit',
    staff('see-audit', (ctx, visit) => showAudit(from, ctx, visit)),
  );
  router.get(
    '/console/audit/events',
    staff('see-audit', (ctx, visit) => showEvents(from, ctx, visit)),
  );
  router.get(
    '/console/audit/ledger',
    staff('see-audit', (ctx, visit) => showLedger(from, ctx, visit)),
  );
}

interface From extends Dependencies {
  counting: Counting;
}

async function showAudit({ db, counting }: From, ctx: Context, visit: Visit): Promise<void> {
  const asked = await ask(db, ctx, visit);
  const wanted = wantedFor(asked, visit);
  const counts = wanted && (await counting(ctx, () => countEvents(db, wanted)));
  render(ctx, auditPage, {
    staff: visit,
    asked,
    figures: counts && asToldTo(visit, asked, figuresOfEvents(counts)),
  });
}

const PAGE = 50;

async function showEvents({ db, counting }: From, ctx: Context, visit: Visit): Promise<void> {
  const asked = await ask(db, ctx, visit);
  const wanted = wantedFor(asked, visit);
  const before = numberIn(ctx.query.before);
  const events =
    wanted && (await counting(ctx, () => selectEvents(db, { ...wanted, before, limit: PAGE + 1 })));
  const shown = events?.slice(0, PAGE);
  render(ctx, eventsPage, {
    staff: visit,
    asked,
    events: shown,
    before: events && events.length > PAGE ? shown?.at(-1)?.id : undefined,
  });
}

async function showLedger({ db, counting }: From, ctx: Context, visit: Visit): Promise<void> {
  const asked = await ask(db, ctx, visit);
  const wanted = wantedFor(asked, visit);
  const counts = wanted && (await counting(ctx, () => countLines(db, wanted)));
  const figures = counts && figuresOfLines(counts);
  const clients = figures?.byClient.map(({ clientId }) => clientId) ?? [];
  render(ctx, auditLedgerPage, {
    staff: visit,
    asked,
    figures: figures && asToldTo(visit, asked, figures),
    names: await namesOfClients(db, clients),
  });
}

async function ask(db: Db, ctx: Context, visit: Visit): Promise<Asked> {
  const asked = await readAsked(db, ctx, visit);
  const right = asked.area && rightFor(visit.rights, 'see-audit', placeOfArea(asked.area));
  if (right) await noteUse(db, { right: right.id, at: visit.at });
  if (!asked.area) ctx.status = 404;
  return asked;
}

interface Wanted {
  area: Area;
  days: number;
  at: Date;
  names: AuditEvent[];
}

const EVENTS = Object.keys(auditEvents) as AuditEvent[];

/**
 * Alarms have a page with rules of its own: whoever one is about is not told of it, nor which records are decoys. Their
 * events are for whoever is told of decoys.
 */
function wantedFor(asked: Asked, visit: Visit): Wanted | undefined {
  const { area, days } = asked;
  if (!area) return undefined;
  const isShown = isTold(visit, asked) ? () => true : (name: string) => !/^(alarm|canaries)\./.test(name);
  return { area, days, at: visit.at, names: EVENTS.filter(isShown) };
}

function asToldTo<T extends { decoys: number }>(visit: Visit, asked: Asked, figures: T): T {
  return { ...figures, decoys: isTold(visit, asked) ? figures.decoys : 0 };
}

function isTold({ rights }: Visit, { area }: Asked): boolean {
  return area !== undefined && isToldOfDecoys(rights, placeOfArea(area));
}

function numberIn(given: string | string[] | undefined): number | undefined {
  return typeof given === 'string' && /^\d{1,15}$/.test(given) ? Number(given) : undefined;
}
