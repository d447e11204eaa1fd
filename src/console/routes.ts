import { Router } from '@koa/router';
import type { Context } from 'koa';
import { startPage } from '../../views/console/start.ts';
import { listWindows } from '../activation/windows/list-windows.ts';
import { type Establishment, findEstablishments } from '../directory/establishments.ts';
import { guardForms } from '../http/csrf.ts';
import { render } from '../http/render.ts';
import { createJudged } from '../orders/judged.ts';
import type { Orders } from '../orders/orders.ts';
import { type Right, rightFor } from '../rights/rights.ts';
import {
  createPresentFactor,
  type Dependencies as FactorDependencies,
} from '../second-factors/confirm-act.ts';
import { type Dependencies as AlarmDependencies, alarmRoutes } from './alarms/pages.ts';
import { classRoutes } from './classes/pages.ts';
import { contractRoutes } from './contracts/pages.ts';
import { type Dependencies as DeskDependencies, deskRoutes } from './desk/pages.ts';
import { forStaff, type Dependencies as StaffDependencies, type Visit } from './for-staff.ts';
import { type Dependencies as BatchDependencies, batchRoutes } from './letters/batch-pages.ts';
import { type Dependencies as PrintDependencies, printRoutes } from './letters/print-pages.ts';
import { type Dependencies as PeopleDependencies, peopleRoutes } from './people/pages.ts';
import { type Dependencies as RightsDependencies, rightsRoutes } from './rights/pages.ts';
import { type Dependencies as RosterDependencies, rosterRoutes } from './rosters/pages.ts';
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
  windowRoutes(router, { from, guarded, staff });
  deskRoutes(router, { from, guarded, staff });
  rightsRoutes(router, { from, guarded, staff });
  contractRoutes(router, { from, guarded, staff });
  peopleRoutes(router, { from, guarded, staff });
  rosterRoutes(router, { from, staff });
  alarmRoutes(router, { from, guarded, staff });
  return router;
}

async function showStart(from: Dependencies, ctx: Context, visit: Visit): Promise<void> {
  const windows = await listWindows(from.db, from.now());
  const named = [
    ...visit.rights.flatMap(({ scope }) => ('uai' in scope ? scope.uai : [])),
    ...uaisOf(windows),
  ];
  const schools = await findEstablishments(from.db, [...new Set(named)]);
  render(ctx, startPage, {
    staff: visit,
    rights: visit.rights.map((right) => describe(right, schools)),
    windows: windows.flatMap((window) => {
      const school = schools.find(({ uai }) => uai === window.uai);
      const place = { ...window, ...(school && { academie: school.academie }) };
      return school && rightFor(visit.rights, 'see-progress', place)
        ? { ...window, school: school.name }
        : [];
    }),
  });
}

function uaisOf(windows: readonly { uai: string }[]): string[] {
  return windows.map(({ uai }) => uai);
}

function describe({ role, scope, until }: Right, schools: readonly Establishment[]) {
  return {
    role,
    until,
    where: 'uai' in scope ? schools.find(({ uai }) => uai === scope.uai)?.name : whereAbove(scope),
    classes: scope.kind === 'classes' ? scope.classes : [],
  };
}

function whereAbove(scope: Right['scope']): string | undefined {
  return scope.kind === 'academie' ? scope.academie : undefined;
}
