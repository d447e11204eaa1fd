import { Router } from '@koa/router';
import { guardForms } from '../http/csrf.ts';
import { createJudged } from '../orders/judged.ts';
import type { Orders } from '../orders/orders.ts';
import {
  createPresentFactor,
  type Dependencies as FactorDependencies,
} from '../second-factors/confirm-act.ts';
import { type Dependencies as AlarmDependencies, alarmRoutes } from './alarms/pages.ts';
import { auditRoutes } from './audit/pages.ts';
import { classRoutes } from './classes/pages.ts';
import { contractRoutes } from './contracts/pages.ts';
import { type Dependencies as DeskDependencies, deskRoutes } from './desk/pages.ts';
import { forStaff, type Dependencies as StaffDependencies } from './for-staff.ts';
import { type Dependencies as BatchDependencies, batchRoutes } from './letters/batch-pages.ts';
import { type Dependencies as PrintDependencies, printRoutes } from './letters/print-pages.ts';
import { type Dependencies as ReprintDependencies, reprintRoutes } from './letters/reprint-pages.ts';
import { type Dependencies as PeopleDependencies, peopleRoutes } from './people/pages.ts';
import { type Dependencies as RightsDependencies, rightsRoutes } from './rights/pages.ts';
import { type Dependencies as RosterDependencies, rosterRoutes } from './rosters/pages.ts';
import { type Dependencies as StartDependencies, showStart } from './start-page.ts';
import { createBoardWord } from './windows/board-word.ts';
import { type Dependencies as WindowDependencies, windowRoutes } from './windows/pages.ts';

export type Dependencies = StaffDependencies &
  FactorDependencies &
  Omit<
    BatchDependencies &
      DeskDependencies &
      PrintDependencies &
      WindowDependencies &
      RightsDependencies &
      RosterDependencies &
      StartDependencies &
      ReprintDependencies &
      PeopleDependencies &
      AlarmDependencies,
    'presentFactor' | 'boardWord' | 'judged'
  > & {
    cookieKey: Buffer;
    orders: Pick<Orders, 'inForce' | 'upTo'>;
  };

/** `/console`: each page names the act it is for; `forStaff` lets in. */
export function createConsoleRoutes(given: Dependencies): Router {
  const presentFactor = createPresentFactor(given);
  const from = {
    ...given,
    presentFactor,
    boardWord: createBoardWord(given.cookieKey),
    judged: createJudged(given),
  };
  const router = new Router();
  const guarded = guardForms();
  const staff = forStaff(from);
  router.get(
    '/console',
    staff('any', (ctx, visit) => showStart(from, ctx, visit)),
  );
  classRoutes(router, { from, staff });
  printRoutes(router, { from, guarded, staff });
  batchRoutes(router, { from, guarded, staff });
  reprintRoutes(router, { from, guarded, staff });
  windowRoutes(router, { from, guarded, staff });
  deskRoutes(router, { from, guarded, staff });
  rightsRoutes(router, { from, guarded, staff });
  contractRoutes(router, { from, guarded, staff });
  peopleRoutes(router, { from, guarded, staff });
  rosterRoutes(router, { from, staff });
  alarmRoutes(router, { from, guarded, staff });
  auditRoutes(router, { from, staff });
  return router;
}
