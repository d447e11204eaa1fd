import type { Router } from '@koa/router';
import type { Context } from 'koa';
import { z } from 'zod';
import { confirmGrantPage, grantPage } from '../../../views/console/rights/grant.ts';
import { classesOf } from '../../directory/establishments.ts';
import { seeOther } from '../../http/addresses.ts';
import { type FieldErrors, readForm, tickedIn, typedIn } from '../../http/forms.ts';
import { Refusal } from '../../http/refusal.ts';
import { render } from '../../http/render.ts';
import { endOfCalendarDay } from '../../reading/night.ts';
import { countReadable } from '../../rights/count-readable.ts';
import { isNamedBySchool } from '../../rights/giving-store.ts';
import { createGrantRight, type Granted } from '../../rights/grant.ts';
import { type Right, type RightScope, rightFor } from '../../rights/rights.ts';
import { ROLES, type Role } from '../../rights/roles.ts';
import { otpOfAct } from '../acting.ts';
import type { Visit } from '../for-staff.ts';
import {
  actorOf,
  confirmWith,
  type Dependencies,
  findPersonOf,
  findSchoolHere,
  pathOfRights,
  readNames,
  type SchoolHere,
  unconfirmed,
} from './asking.ts';
import type { Given } from './pages.ts';

const PATH = '/console/rights/schools/:uai/staff/:person';

/** What is to be given is said, then what it can read, and only then the code is asked for. */
export function grantRoutes(router: Router, { from, guarded, staff }: Given): void {
  router.get(
    PATH,
    staff('grant-rights', (ctx, visit) => showForm(from, ctx, { visit })),
  );
  router.post(
    PATH,
    guarded,
    staff('grant-rights', (ctx, visit) => takeForm(from, ctx, visit)),
  );
  router.post(
    `${PATH}/confirm`,
    guarded,
    staff('grant-rights', (ctx, visit) => takeConfirmation(from, ctx, visit)),
  );
}

interface Here extends SchoolHere {
  person: number;
  personId: string;
  name: string;
  path: string;
}

/** Undefined: the answer was given instead. */
async function findHere(from: Dependencies, ctx: Context, visit: Visit): Promise<Here | undefined> {
  const school = await findSchoolHere(from.db, ctx, visit);
  const { uai } = school.establishment;
  const { number: person, id: personId } = await findPersonOf(from.db, ctx);
  if (!(await isOfSchool(from, { person, uai }))) throw new Refusal('not-found');
  const page = `grant ${uai} ${person}`;
  const names = await readNames(from, ctx, { visit, place: school.establishment, persons: [person], page });
  const path = `${pathOfRights(uai)}/staff/${personId}`;
  return names && { ...school, person, personId, name: names.get(person) ?? '', path };
}

async function isOfSchool({ db, now }: Dependencies, who: { person: number; uai: string }): Promise<boolean> {
  return isNamedBySchool(db, { ...who, at: now() });
}

interface Typed {
  role?: string | undefined;
  classes: readonly string[];
  until?: string | undefined;
}

async function showForm(
  from: Dependencies,
  ctx: Context,
  { visit, typed, errors }: { visit: Visit; typed?: Typed; errors?: FieldErrors },
): Promise<void> {
  const here = await findHere(from, ctx, visit);
  if (!here) return;
  const { establishment: school, name, path } = here;
  render(ctx, grantPage, {
    ...{ staff: visit, school, name, path, typed, errors },
    roles: rolesFor(visit, school),
    classes: (await classesOf(from.db, school.uai)).map(({ code }) => code),
    back: `${pathOfRights(school.uai)}/staff`,
  });
}

function rolesFor({ rights }: Visit, place: { uai: string; academie: string }): Role[] {
  const may = rights.filter((right) => rightFor([right], 'grant-rights', place) !== undefined);
  return [...new Set(may.flatMap(({ role }: Right) => ROLES[role].grants))];
}

const wish = {
  role: z.enum(['head', 'distributor', 'teacher', 'auditor'], 'rights.role_missing'),
  'classes[]': z.array(z.string().max(64)).max(200).default([]),
  until: z
    .string()
    .trim()
    .refine((text) => text === '' || endOfCalendarDay(text) !== undefined, 'rights.until_wrong')
    .default(''),
};
const form = z.object(wish);
const confirmation = z.object({ ...wish, otp: otpOfAct });
type Wish = z.output<typeof form>;

async function takeForm(from: Dependencies, ctx: Context, visit: Visit): Promise<void> {
  const read = readForm(ctx, form);
  if (read.outcome === 'invalid') {
    ctx.status = 422;
    return showForm(from, ctx, { visit, typed: typedBefore(ctx), errors: read.fields });
  }
  return showConfirmation(from, ctx, { visit, wanted: read.values });
}

async function showConfirmation(
  from: Dependencies,
  ctx: Context,
  { visit, wanted, errors }: { visit: Visit; wanted: Wish; errors?: FieldErrors },
): Promise<void> {
  const here = await findHere(from, ctx, visit);
  if (!here) return;
  const { establishment: school, name, path } = here;
  const scope = scopeOf(wanted, school.uai);
  if (!scope) {
    ctx.status = 422;
    const typed = typedOf(wanted);
    return showForm(from, ctx, { visit, typed, errors: { 'classes[]': 'rights.classes_missing' } });
  }
  const readable = await countReadable(from.db, { role: wanted.role, scope }, from.now());
  render(ctx, confirmGrantPage, {
    ...{ staff: visit, school, name, path, readable, errors },
    wanted: {
      role: wanted.role,
      classes: scope.kind === 'classes' ? scope.classes : [],
      until: wanted.until,
    },
  });
}

/** A teacher's is over classes; a distributor's over some or all; the others over the school. */
function scopeOf({ role, 'classes[]': classes }: Wish, uai: string): RightScope | undefined {
  const isOverClasses = role === 'teacher' || (role === 'distributor' && classes.length > 0);
  if (!isOverClasses) return { kind: 'establishment', uai };
  return classes.length > 0 ? { kind: 'classes', uai, classes } : undefined;
}

function typedOf({ role, 'classes[]': classes, until }: Wish): Typed {
  return { role, classes, until };
}

/** A class that was ticked stays: without any, letters would be over the whole school. */
function typedBefore(ctx: Context): Typed {
  const until = typedIn(ctx, 'until');
  return { role: typedIn(ctx, 'role'), classes: tickedIn(ctx, 'classes[]'), until };
}

async function takeConfirmation(from: Dependencies, ctx: Context, visit: Visit): Promise<void> {
  const whole = readForm(ctx, form);
  const read = readForm(ctx, confirmation);
  if (whole.outcome === 'invalid') {
    ctx.status = 422;
    return showForm(from, ctx, { visit, typed: typedBefore(ctx), errors: whole.fields });
  }
  const wanted = whole.values;
  const again = (errors: FieldErrors) => showConfirmation(from, ctx, { visit, wanted, errors });
  if (read.outcome === 'invalid') {
    ctx.status = 422;
    return again(read.fields);
  }
  const { establishment } = await findSchoolHere(from.db, ctx, visit);
  const scope = scopeOf(wanted, establishment.uai);
  if (!scope) return again({});
  const { number: to } = await findPersonOf(from.db, ctx);
  const confirming = await confirmWith(from, ctx, { visit, act: 'grant-rights', otp: read.values.otp });
  if (confirming.outcome === 'paused') return again(confirming.errors);
  const granted = await createGrantRight(from)({
    ...{ by: actorOf(visit), to, role: wanted.role, scope, confirm: confirming.confirm },
    until: endOfCalendarDay(wanted.until),
  });
  return answer(ctx, granted, { uai: establishment.uai, again });
}

async function answer(
  ctx: Context,
  granted: Granted,
  { uai, again }: { uai: string; again: (errors: FieldErrors) => Promise<void> },
): Promise<void> {
  switch (granted.outcome) {
    case 'granted':
      return seeOther(ctx, `${pathOfRights(uai)}?done=granted`);
    case 'not-allowed':
    case 'no-such-right':
      throw new Refusal('not-allowed');
    case 'unknown-place':
    case 'cannot-hold':
    case 'to-oneself':
    case 'already-held':
    case 'too-long':
      ctx.status = 422;
      return again({ form: `rights.grant_${granted.outcome}` });
    default: {
      const errors = unconfirmed(ctx, granted.outcome);
      return errors && again(errors);
    }
  }
}
