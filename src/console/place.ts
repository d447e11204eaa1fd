import type { Context } from 'koa';
import {
  classesOf,
  type Establishment,
  findEstablishment,
  type SchoolClass,
} from '../directory/establishments.ts';
import { Refusal } from '../http/refusal.ts';
import { type Right, rightFor, type StaffAct } from '../rights/rights.ts';
import type { Db } from '../storage/postgres.ts';
import type { Visit } from './for-staff.ts';

export interface School {
  establishment: Establishment;
  classes: SchoolClass[];
}

export interface ClassHere extends School {
  schoolClass: SchoolClass;
  right: Right;
}

/**
 * The school of the address, as far as a right reaches it: its classes that one may see. What is outside one's rights
 * and what is nowhere have one answer.
 */
export async function findSchool(db: Db, ctx: Context, { visit, act }: Asking): Promise<School> {
  const { uai = '' } = ctx.params as { uai?: string };
  const establishment = await findEstablishment(db, uai);
  if (!establishment) throw new Refusal('not-found');
  const { academie } = establishment;
  const classes = (await classesOf(db, uai)).filter(
    ({ code: className }) => rightFor(visit.rights, act, { uai, academie, className }) !== undefined,
  );
  if (classes.length === 0 && !rightFor(visit.rights, act, { uai, academie })) throw new Refusal('not-found');
  return { establishment, classes };
}

/** The school of the address, where a right reaches the whole of it: one over some classes does not. */
export async function findWholeSchool(
  db: Db,
  ctx: Context,
  { visit, act }: Asking,
): Promise<Pick<School, 'establishment'>> {
  const { establishment } = await findSchool(db, ctx, { visit, act });
  const { uai, academie } = establishment;
  if (!rightFor(visit.rights, act, { uai, academie })) throw new Refusal('not-found');
  return { establishment };
}

export async function findClass(db: Db, ctx: Context, { visit, act }: Asking): Promise<ClassHere> {
  const school = await findSchool(db, ctx, { visit, act });
  const { code = '' } = ctx.params as { code?: string };
  const schoolClass = school.classes.find((one) => one.code === code);
  const { uai, academie } = school.establishment;
  const right = rightFor(visit.rights, act, { uai, academie, className: code });
  if (!schoolClass || !right) throw new Refusal('not-found');
  return { ...school, schoolClass, right };
}

interface Asking {
  visit: Pick<Visit, 'rights'>;
  act: StaffAct;
}

export function pathOfSchool(uai: string): string {
  return `/console/schools/${encodeURIComponent(uai)}`;
}

export function pathOfClass({ uai, className }: { uai: string; className: string }): string {
  return `${pathOfSchool(uai)}/classes/${encodeURIComponent(className)}`;
}
