import type { Router } from '@koa/router';
import type { Context, Middleware } from 'koa';
import { chooseSchoolPage, rightsPage, staffPage } from '../../../views/console/rights/list.ts';
import { findEstablishment } from '../../directory/establishments.ts';
import { seeOther } from '../../http/addresses.ts';
import { render } from '../../http/render.ts';
import { selectStaff } from '../../rights/giving-store.ts';
import { endsSoon, type ListedRight, listRights } from '../../rights/list.ts';
import { type Place, rightFor } from '../../rights/rights.ts';
import { ROLES } from '../../rights/roles.ts';
import type { ForStaff, Visit } from '../for-staff.ts';
import { pageOf } from '../paging.ts';
import { type Dependencies, findSchoolHere, pathOfRights, readNames } from './asking.ts';
import { endRoutes } from './end-pages.ts';
import { grantRoutes } from './grant-pages.ts';
import { officerRoutes } from './officer-pages.ts';

export type { Dependencies } from './asking.ts';

export interface Given {
  from: Dependencies;
  guarded: Middleware;
  staff: ForStaff;
}

/** Who may do what: seen, given, ended and renewed by whoever may give such a right. */
export function rightsRoutes(router: Router, given: Given): void {
  const { from, staff } = given;
  router.get(
    '/console/rights',
    staff('grant-rights', (ctx, visit) => showStart(from, ctx, visit)),
  );
  officerRoutes(router, given);
  router.get(
    '/console/rights/schools/:uai',
    staff('grant-rights', (ctx, visit) => showRights(from, ctx, visit)),
  );
  router.get(
    '/console/rights/schools/:uai/staff',
    staff('grant-rights', (ctx, visit) => showStaff(from, ctx, visit)),
  );
  grantRoutes(router, given);
  endRoutes(router, given);
}

/** A head has one school; officers say which. */
async function showStart({ db }: Dependencies, ctx: Context, visit: Visit): Promise<void> {
  const heads = visit.rights.filter(({ role }) => role === 'head');
  const [only] = heads.flatMap(({ scope }) => ('uai' in scope ? scope.uai : []));
  const isOfficer = visit.rights.some(({ role }) => role.endsWith('-officer'));
  if (only && heads.length === 1 && !isOfficer) return seeOther(ctx, pathOfRights(only));
  const asked = typeof ctx.query.uai === 'string' ? ctx.query.uai.trim().toUpperCase() : undefined;
  const found = asked ? await findEstablishment(db, asked) : undefined;
  if (found) return seeOther(ctx, pathOfRights(found.uai));
  const schools = await Promise.all(
    heads.flatMap(({ scope }) => ('uai' in scope ? [findEstablishment(db, scope.uai)] : [])),
  );
  render(ctx, chooseSchoolPage, {
    staff: visit,
    isOfficer,
    schools: schools.filter((school) => school !== undefined),
    asked,
  });
}

async function showRights(from: Dependencies, ctx: Context, visit: Visit): Promise<void> {
  const { establishment } = await findSchoolHere(from.db, ctx, visit);
  const { uai } = establishment;
  const at = from.now();
  const { shown, pages } = pageOf(ctx, await listRights(from.db, { uai }, at));
  const names = await readNames(from, ctx, {
    ...{ visit, place: establishment, page: `rights ${uai} ${pages.current}` },
    persons: personsOf(shown),
  });
  if (!names) return;
  const me = visit.signedIn.person.number;
  render(ctx, rightsPage, {
    staff: visit,
    school: establishment,
    path: pathOfRights(uai),
    pages,
    done: said(ctx),
    rights: shown.map((right) => ({
      ...{ right, name: names.get(right.person) ?? '', endsSoon: endsSoon(right, at) },
      ...{ mayEnd: right.person !== me && mayEnd(visit, right, establishment) },
      givenBy: giverOf(right, names),
    })),
  });
}

/** The links stand only where they lead somewhere. */
function mayEnd({ rights }: Visit, { role }: ListedRight, place: Place): boolean {
  return rights.some(
    (mine) => ROLES[mine.role].grants.includes(role) && rightFor([mine], 'grant-rights', place) !== undefined,
  );
}

/** Holders, and who gave them the right: their names stand on the page too. */
function personsOf(rights: readonly ListedRight[]): number[] {
  return rights.flatMap(({ person, grantedBy }) =>
    grantedBy?.kind === 'person' ? [person, grantedBy.person] : [person],
  );
}

function giverOf({ grantedBy }: ListedRight, names: ReadonlyMap<number, string>): string | undefined {
  return grantedBy?.kind === 'person' ? names.get(grantedBy.person) : undefined;
}

const DONE = ['granted', 'revoked', 'renewed'] as const;

function said(ctx: Context): (typeof DONE)[number] | undefined {
  return DONE.find((word) => word === ctx.query.done);
}

/** To choose who is given a right. */
async function showStaff(from: Dependencies, ctx: Context, visit: Visit): Promise<void> {
  const { establishment } = await findSchoolHere(from.db, ctx, visit);
  const { uai } = establishment;
  const { shown, pages } = pageOf(ctx, await selectStaff(from.db, { uai, at: from.now() }));
  const names = await readNames(from, ctx, {
    ...{ visit, place: establishment, page: `staff ${uai} ${pages.current}` },
    persons: shown.map(({ person }) => person),
  });
  if (!names) return;
  const people = shown
    .filter(({ person }) => person !== visit.signedIn.person.number)
    .map(({ person, personId }) => ({ personId, name: names.get(person) ?? '' }));
  render(ctx, staffPage, { staff: visit, school: establishment, path: pathOfRights(uai), pages, people });
}
