import type { Context } from 'koa';
import { startPage } from '../../views/console/start.ts';
import { listWindows } from '../activation/windows/list-windows.ts';
import type { OpenWindow } from '../activation/windows/store.ts';
import { type Establishment, findEstablishments } from '../directory/establishments.ts';
import { render } from '../http/render.ts';
import { listBudgets } from '../reading/list-budgets.ts';
import { type Right, rightFor } from '../rights/rights.ts';
import type { Settings } from '../settings.ts';
import type { Db } from '../storage/postgres.ts';
import type { Visit } from './for-staff.ts';

export interface Dependencies {
  db: Db;
  config: Pick<Settings, 'reading'>;
  now: () => Date;
}

/** What I may do, what is open now, how much I have read. */
export async function showStart(
  { db, config, now }: Dependencies,
  ctx: Context,
  visit: Visit,
): Promise<void> {
  const { rights } = visit;
  const at = now();
  const reader = visit.signedIn.person.number;
  const [windows, budgets] = await Promise.all([
    windowsFor(db, rights, at),
    listBudgets(db, { settings: config.reading, at, reader }),
  ]);
  const schools = await findEstablishments(db, [
    ...new Set([...rights.flatMap(({ scope }) => uaiOf(scope)), ...windows.map(({ uai }) => uai)]),
  ]);
  render(ctx, startPage, {
    staff: visit,
    rights: rights.map((right) => describe(right, schools)),
    windows: windows.flatMap((window) => {
      const school = schools.find(({ uai }) => uai === window.uai);
      const place = { ...window, academie: school?.academie };
      const isMine = rightFor(rights, 'see-progress', place) !== undefined;
      return school && isMine ? { ...window, school: school.name } : [];
    }),
    budgets,
  });
}

/** Of my schools; of my académie for whoever stands above them. */
function windowsFor(db: Db, rights: readonly Right[], at: Date): Promise<OpenWindow[]> {
  const scopes = rights.map(({ scope }) => scope);
  if (scopes.some(({ kind }) => kind === 'nation')) return listWindows(db, at);
  const above = scopes.find(({ kind }) => kind === 'academie');
  if (above?.kind === 'academie') return listWindows(db, at, { academie: above.academie });
  return listWindows(db, at, { uais: scopes.flatMap(uaiOf) });
}

function uaiOf(scope: Right['scope']): string[] {
  return 'uai' in scope ? [scope.uai] : [];
}

function describe({ role, scope, until }: Right, schools: readonly Establishment[]) {
  const [uai] = uaiOf(scope);
  return {
    role,
    until,
    where: schools.find((school) => school.uai === uai)?.name ?? uai,
    academie: scope.kind === 'academie' ? scope.academie : undefined,
    classes: scope.kind === 'classes' ? scope.classes : [],
  };
}
