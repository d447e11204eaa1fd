import type { Router } from '@koa/router';
import type { Context, Middleware } from 'koa';
import { z } from 'zod';
import { actOnPlanPage } from '../../../views/console/rosters/act.ts';
import { refusedFilesPage } from '../../../views/console/rosters/list.ts';
import { planPage } from '../../../views/console/rosters/plan.ts';
import type { KeyRing } from '../../crypto/key-ring.ts';
import { seeOther } from '../../http/addresses.ts';
import { type FieldErrors, readForm } from '../../http/forms.ts';
import { Refusal } from '../../http/refusal.ts';
import { render } from '../../http/render.ts';
import { guardUploads } from '../../http/uploads.ts';
import type { Reading } from '../../reading/reading.ts';
import type { StaffRosters } from '../../roster/operations.ts';
import type { ApplyStarted, UndoStarted } from '../../roster/start.ts';
import type { PresentFactor } from '../../second-factors/confirm-act.ts';
import type { Db } from '../../storage/postgres.ts';
import { actAs, otpOfAct, pausedErrors, refusedErrors } from '../acting.ts';
import type { ForStaff, Visit } from '../for-staff.ts';
import { showDifferences } from './differences-page.ts';
import { findVisiblePlan } from './plans.ts';
import { showRosters, takeFiles } from './upload-pages.ts';

export interface Dependencies {
  db: Db;
  keyRing: KeyRing;
  rosters: StaffRosters;
  reading: Pick<Reading, 'read'>;
  presentFactor: PresentFactor;
  /** Of one upload, in all. */
  uploadBytes: number;
  now: () => Date;
}

interface Given {
  from: Dependencies;
  staff: ForStaff;
}

type Way = 'apply' | 'undo';

/** Files become a plan, the plan is applied or taken back: by one code each, the work in the queue. */
export function rosterRoutes(router: Router, { from, staff }: Given): void {
  const guarded = guardUploads({ mostBytes: from.uploadBytes });
  const door = filesFromStaffAlone(staff);
  router.get(
    '/console/rosters',
    staff('see-roster', (ctx, visit) => showRosters(from, ctx, { visit })),
  );
  router.post(
    '/console/rosters',
    door,
    guarded,
    staff('apply-roster', (ctx, visit) => takeFiles(from, ctx, visit)),
  );
  router.get(
    '/console/rosters/:id',
    staff('see-roster', (ctx, visit) => showPlan(from, ctx, visit)),
  );
  router.get(
    '/console/rosters/:id/differences',
    staff('see-roster', (ctx, visit) => showDifferences(from, ctx, visit)),
  );
  for (const way of ['apply', 'undo'] as const) {
    router.get(
      `/console/rosters/:id/${way}`,
      staff('apply-roster', (ctx, visit) => showAct(from, ctx, { visit, way })),
    );
    router.post(
      `/console/rosters/:id/${way}`,
      door,
      guarded,
      staff('apply-roster', (ctx, visit) => takeAct(from, ctx, { visit, way })),
    );
  }
}

/** Before a byte of a file is read: a stranger fills neither the memory nor the few places for uploads. */
function filesFromStaffAlone(staff: ForStaff): Middleware {
  return (ctx, next) => (ctx.is('multipart/form-data') ? staff('apply-roster', next)(ctx) : next());
}

const REFRESH_SECONDS = 5;
const MOST_PROBLEMS = 50;

async function showPlan(from: Dependencies, ctx: Context, visit: Visit): Promise<void> {
  const { plan } = await findVisiblePlan(from.db, ctx, { visit, act: 'see-roster' });
  const isMoving = ['reading', 'applying', 'undoing'].includes(plan.state);
  const isLive = isMoving && ctx.query.live !== undefined;
  if (isLive) ctx.set('Refresh', String(REFRESH_SECONDS));
  const problems = await from.rosters.openRefused(plan.id);
  const { notPlanned } = plan;
  if (notPlanned) {
    return render(ctx, refusedFilesPage, {
      ...{ staff: visit, because: notPlanned, problems: problems.slice(0, MOST_PROBLEMS) },
    });
  }
  render(ctx, planPage, {
    staff: visit,
    plan,
    isLive,
    problems: problems.slice(0, MOST_PROBLEMS),
    more: Math.max(0, problems.length - MOST_PROBLEMS),
    mayApply: visit.may('apply-roster'),
    mayReadPeople: visit.may('read-people'),
  });
}

interface ActShown {
  visit: Visit;
  way: Way;
  errors?: FieldErrors | undefined;
}

async function showAct(from: Dependencies, ctx: Context, { visit, way, errors }: ActShown): Promise<void> {
  const { plan, right } = await findVisiblePlan(from.db, ctx, { visit, act: 'apply-roster' });
  const isReady = way === 'apply' ? plan.state === 'planned' : plan.isUndoable;
  if (!isReady && !errors) return seeOther(ctx, `/console/rosters/${plan.id}`);
  const isBeyond = right.role === 'head' && plan.bearsOnProofs;
  render(ctx, actOnPlanPage, { staff: visit, plan, way, isBeyond, errors });
}

const form = z.object({ otp: otpOfAct, closures: z.literal('accepted').optional() });

async function takeAct(from: Dependencies, ctx: Context, { visit, way }: ActShown): Promise<void> {
  const { plan } = await findVisiblePlan(from.db, ctx, { visit, act: 'apply-roster' });
  const again = (errors: FieldErrors) => showAct(from, ctx, { visit, way, errors });
  const read = readForm(ctx, form);
  if (read.outcome === 'invalid') {
    ctx.status = 422;
    return again(read.fields);
  }
  const { otp, closures } = read.values;
  const acting = await actAs(from, visit, { act: 'apply-roster', otp });
  if (acting.outcome === 'paused') return again(pausedErrors(ctx, acting, from.now()));
  const by = { kind: 'person', person: visit.signedIn.person.number } as const;
  const asked = { id: plan.id, by, authority: acting.authority };
  const started =
    way === 'apply'
      ? await from.rosters.startApply({ ...asked, closures })
      : await from.rosters.startUndo(asked);
  return answer(ctx, started, { again, plan: plan.id });
}

async function answer(
  ctx: Context,
  started: ApplyStarted | UndoStarted,
  { again, plan }: { again: (errors: FieldErrors) => Promise<void>; plan: string },
): Promise<void> {
  switch (started.outcome) {
    case 'started':
      return seeOther(ctx, `/console/rosters/${plan}?live=yes`);
    case 'unknown-plan':
      throw new Refusal('not-found');
    case 'needs-academie':
      ctx.status = 403;
      return again({ form: 'rosters.needs_academie' });
    case 'needs-acceptance':
      ctx.status = 422;
      return again({ closures: 'rosters.closures_missing' });
    case 'stale':
      ctx.status = 409;
      return again({ form: 'rosters.stale' });
    case 'half-done':
      ctx.status = 409;
      return again({ form: 'rosters.half_done' });
    case 'not-planned':
    case 'not-applied':
      return seeOther(ctx, `/console/rosters/${plan}`);
    default: {
      const errors = refusedErrors(ctx, started);
      return errors && again(errors);
    }
  }
}
