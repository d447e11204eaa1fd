import type { Router } from '@koa/router';
import type { Context } from 'koa';
import { auditPage } from '../../../views/console/audit/audit.ts';
import { eventsPage } from '../../../views/console/audit/events.ts';
import { auditLedgerPage } from '../../../views/console/audit/ledger.ts';
import type { AuditEvent } from '../../audit/events.ts';
import { auditEvents } from '../../audit/events.ts';
import { render } from '../../http/render.ts';
import { noteUse, rightFor } from '../../rights/rights.ts';
import type { Db } from '../../storage/postgres.ts';
import { isToldOfDecoys } from '../auditors.ts';
import type { ForStaff, Visit } from '../for-staff.ts';
import { placeOfArea } from './area.ts';
import { type Asked, readAsked } from './asked.ts';
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
export function auditRoutes(router: Router, { from, staff }: { from: Dependencies; staff: ForStaff }): void {
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

async function showAudit(from: Dependencies, ctx: Context, visit: Visit): Promise<void> {
  const asked = await ask(from, ctx, visit);
  const counts = asked.area
    ? await countEvents(from.db, { ...asked, area: asked.area, ...wantedFor(asked, visit) })
    : [];
  const figures = figuresOfEvents(counts);
  render(ctx, auditPage, {
    staff: visit,
    asked,
    figures: { ...figures, decoys: isTold(asked, visit) ? figures.decoys : 0 },
  });
}

const PAGE = 50;

async function showEvents(from: Dependencies, ctx: Context, visit: Visit): Promise<void> {
  const asked = await ask(from, ctx, visit);
  const before = numberIn(ctx.query.before);
  const wanted = asked.area && {
    ...asked,
    area: asked.area,
    ...wantedFor(asked, visit),
    before,
    limit: PAGE + 1,
  };
  const events = wanted ? await selectEvents(from.db, wanted) : [];
  const shown = events.slice(0, PAGE);
  render(ctx, eventsPage, {
    staff: visit,
    asked,
    events: shown,
    before: events.length > PAGE ? shown.at(-1)?.id : undefined,
  });
}

async function showLedger(from: Dependencies, ctx: Context, visit: Visit): Promise<void> {
  const asked = await ask(from, ctx, visit);
  const counts = asked.area ? await countLines(from.db, { ...asked, area: asked.area, at: visit.at }) : [];
  const figures = figuresOfLines(counts);
  const names = await namesOfClients(
    from.db,
    figures.byClient.map(({ clientId }) => clientId),
  );
  render(ctx, auditLedgerPage, {
    staff: visit,
    asked,
    figures: { ...figures, decoys: isTold(asked, visit) ? figures.decoys : 0 },
    names,
  });
}

async function ask({ db }: Dependencies, ctx: Context, visit: Visit): Promise<Asked> {
  const asked = await readAsked(db, ctx, visit);
  const right = asked.area && rightFor(visit.rights, 'see-audit', placeOfArea(asked.area));
  if (right) await noteUse(db, { right: right.id, at: visit.at });
  if (!asked.area) ctx.status = 404;
  return asked;
}

function isTold({ area }: Asked, { rights }: Visit): boolean {
  return area !== undefined && isToldOfDecoys(rights, placeOfArea(area));
}

const EVENTS = Object.keys(auditEvents) as AuditEvent[];

/**
 * Alarms have a page with rules of its own: whoever one is about is not told of it, nor which records are decoys. Their
 * events are for whoever is told of decoys.
 */
function wantedFor(asked: Asked, visit: Visit): { names: AuditEvent[]; at: Date } {
  const isShown = isTold(asked, visit) ? () => true : (name: string) => !/^(alarm|canaries)\./.test(name);
  return { names: EVENTS.filter(isShown), at: visit.at };
}

function numberIn(given: string | string[] | undefined): number | undefined {
  return typeof given === 'string' && /^\d{1,15}$/.test(given) ? Number(given) : undefined;
}
