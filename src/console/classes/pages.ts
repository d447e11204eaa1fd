import type { Router } from '@koa/router';
import type { Context } from 'koa';
import { classPage, pupilsPage } from '../../../views/console/classes/class.ts';
import { schoolPage, schoolsPage } from '../../../views/console/classes/schools.ts';
import type { BatchShown } from '../../../views/console/letters/batch-list.ts';
import { type Batch, selectBatches } from '../../activation/letters/batches/store.ts';
import type { KeyRing } from '../../crypto/key-ring.ts';
import type { Establishment } from '../../directory/establishments.ts';
import { classMembers } from '../../directory/memberships.ts';
import { render } from '../../http/render.ts';
import type { Reading } from '../../reading/reading.ts';
import { type Place, type Right, rightFor } from '../../rights/rights.ts';
import type { Db } from '../../storage/postgres.ts';
import { isToldOfDecoys } from '../auditors.ts';
import type { ForStaff, Visit } from '../for-staff.ts';
import { nameOf, openNames, sortedByName } from '../names.ts';
import { pageOf } from '../paging.ts';
import { findClass, findSchool } from '../place.ts';
import { readFirst } from '../read-first.ts';
import { decoysAmongPupils, progressOfClasses, progressOfSchools, statesOf } from './store.ts';

export interface Dependencies {
  db: Db;
  keyRing: KeyRing;
  reading: Pick<Reading, 'read'>;
  now: () => Date;
}

/** Schools, their classes, the pupils of one: numbers first, names only where they are asked for. */
export function classRoutes(router: Router, { from, staff }: { from: Dependencies; staff: ForStaff }): void {
  router.get(
    '/console/schools',
    staff('see-progress', (ctx, visit) => showSchools(from, ctx, visit)),
  );
  router.get(
    '/console/schools/:uai',
    staff('see-progress', (ctx, visit) => showSchool(from, ctx, visit)),
  );
  router.get(
    '/console/schools/:uai/classes/:code',
    staff('see-progress', (ctx, visit) => showClass(from, ctx, visit)),
  );
  router.get(
    '/console/schools/:uai/classes/:code/pupils',
    staff('read-people', (ctx, visit) => showPupils(from, ctx, visit)),
  );
}

const PAGE = 50;

async function showSchools(from: Dependencies, ctx: Context, visit: Visit): Promise<void> {
  const { db, now } = from;
  const above = visit.rights.find(({ scope }) => scope.kind === 'nation' || scope.kind === 'academie');
  const typed = wordOf(ctx.query.uai).toUpperCase();
  const after = wordOf(ctx.query.after);
  const which = above ? { ...areaOf(above), uaiFrom: typed, after } : { uais: uaisOf(visit.rights), after };
  const schools = await progressOfSchools(db, { ...which, limit: PAGE, at: now() });
  const last = schools.length === PAGE ? schools.at(-1) : undefined;
  const query = new URLSearchParams({ ...(typed && { uai: typed }), ...(last && { after: last.uai }) });
  const decoys = await decoysFor(from, visit, schools);
  render(ctx, schoolsPage, {
    staff: visit,
    schools: schools.map((school) => ({ ...school, decoys: decoys({ uai: school.uai }) })),
    search: above && { typed },
    next: last && `/console/schools?${query}`,
  });
}

function areaOf({ scope }: Right): { academie?: string } {
  return scope.kind === 'academie' ? { academie: scope.academie } : {};
}

function uaisOf(rights: readonly Right[]): string[] {
  return [...new Set(rights.flatMap(({ scope }) => ('uai' in scope ? scope.uai : [])))];
}

function wordOf(given: string | string[] | undefined): string {
  return typeof given === 'string' && /^\w{0,8}$/.test(given) ? given : '';
}

async function showSchool(from: Dependencies, ctx: Context, visit: Visit): Promise<void> {
  const { db, now } = from;
  const { establishment, classes } = await findSchool(db, ctx, { visit, act: 'see-progress' });
  const all = await progressOfClasses(db, establishment.uai, now());
  const seen = new Set(classes.map(({ code }) => code));
  render(ctx, schoolPage, {
    staff: visit,
    school: establishment,
    classes: all.filter(({ className }) => seen.has(className)),
    decoys: (await decoysFor(from, visit, [establishment]))({ uai: establishment.uai }),
    batches: await batchesOfNoClass(db, { visit, school: establishment, at: now() }),
    mayPrint: rightFor(visit.rights, 'print-letters', placeOf(establishment)) !== undefined,
  });
}

function placeOf({ uai, academie }: Establishment): Place {
  return { uai, academie };
}

/** The staff's, and whatever else was printed for the whole school: of no concern to whoever has some classes of it. */
async function batchesOfNoClass(
  db: Db,
  { visit, school, at }: { visit: Visit; school: Establishment; at: Date },
): Promise<BatchShown[] | undefined> {
  if (!rightFor(visit.rights, 'see-progress', placeOf(school))) return undefined;
  return shown(await selectBatches(db, { uai: school.uai, classId: null, limit: PAGE, at }));
}

function shown(batches: readonly Batch[]): BatchShown[] {
  return batches.map(({ printed, ...batch }) => ({ ...batch, waiting: printed.length }));
}

/** Of the numbers of a school or a class, how many are nobody: 0 for whoever is not told. */
async function decoysFor(
  { db, now }: Dependencies,
  { rights }: Visit,
  schools: readonly Pick<Establishment, 'uai' | 'academie'>[],
): Promise<(of: { uai: string; className?: string }) => number> {
  const uais = schools.filter((place) => isToldOfDecoys(rights, place)).map(({ uai }) => uai);
  const all = await decoysAmongPupils(db, { uais, at: now() });
  return (of) =>
    all
      .filter(({ uai, className }) => uai === of.uai && (of.className ?? className) === className)
      .reduce((sum, { decoys }) => sum + decoys, 0);
}

const NO_PUPIL = { pupils: 0, dormant: 0, printed: 0, handedOver: 0, active: 0 };

async function showClass(from: Dependencies, ctx: Context, visit: Visit): Promise<void> {
  const { db, now } = from;
  const { establishment, schoolClass } = await findClass(db, ctx, { visit, act: 'see-progress' });
  const { uai, academie } = establishment;
  const className = schoolClass.code;
  const at = now();
  const [progress, batches] = await Promise.all([
    progressOfClasses(db, uai, at),
    selectBatches(db, { uai, classId: schoolClass.id, limit: PAGE, at }),
  ]);
  const may = (act: Parameters<typeof rightFor>[1]) =>
    rightFor(visit.rights, act, { uai, academie, className }) !== undefined;
  render(ctx, classPage, {
    staff: visit,
    school: establishment,
    className,
    progress: progress.find((one) => one.className === className) ?? NO_PUPIL,
    decoys: (await decoysFor(from, visit, [establishment]))({ uai, className }),
    batches: shown(batches),
    mayPrint: may('print-letters'),
    mayOpenWindow: may('open-window'),
    mayReadPeople: may('read-people'),
  });
}

const FIELDS = ['given_name', 'family_name', 'account_state', 'distributions', 'locks'];

/** Cut by number, sorted by name within a page: only who is shown is opened. */
async function showPupils(from: Dependencies, ctx: Context, visit: Visit): Promise<void> {
  const { db, keyRing, now } = from;
  const { establishment, schoolClass, right } = await findClass(db, ctx, { visit, act: 'read-people' });
  const at = now();
  const members = await classMembers(db, { classId: schoolClass.id, profile: 'pupil', at });
  const all = [...new Set(members.map(({ person }) => person))].sort((one, other) => one - other);
  const { shown: persons, pages } = pageOf(ctx, all);
  const { current } = pages;
  const wish = { right, persons, fields: FIELDS, details: { class: schoolClass.id, page: current } };
  if (!(await readFirst(from, ctx, { visit, wish }))) return;
  const [names, states] = await Promise.all([openNames(db, keyRing, persons), statesOf(db, persons, at)]);
  const pupils = states.map(({ person, ...pupil }) => ({ ...nameOf(names.get(person)), ...pupil }));
  const { uai, academie } = establishment;
  const place = { uai, academie, className: schoolClass.code };
  render(ctx, pupilsPage, {
    staff: visit,
    school: establishment,
    className: schoolClass.code,
    pupils: sortedByName(pupils),
    pages,
    may: {
      holdDesk: rightFor(visit.rights, 'hold-desk', place) !== undefined,
      reprint: rightFor(visit.rights, 'reprint-letter', place) !== undefined,
    },
  });
}
