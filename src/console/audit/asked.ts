import type { Context } from 'koa';
import { Refusal } from '../../http/refusal.ts';
import type { Db } from '../../storage/postgres.ts';
import type { Visit } from '../for-staff.ts';
import { type Area, areasOf, findSchoolWithin, keyOf } from './area.ts';

export const PERIODS = [1, 7, 30, 90] as const;
const USUAL = 30;

/** What the form of the pages asked, as far as the rights reach. */
export interface Asked {
  days: number;
  /** Undefined: the code typed is of no school within the rights. */
  area: Area | undefined;
  /** Of the area, where it is a school. */
  school: string | undefined;
  /** One's own to choose from. */
  areas: readonly Area[];
  /** The one chosen of these. */
  within: Area;
  /** A school's code, for whoever has more than a school. */
  typed: string;
}

export async function readAsked(db: Db, ctx: Context, visit: Visit): Promise<Asked> {
  const areas = areasOf(visit.rights);
  const wanted = wordOf(ctx.query.area);
  const within = wanted === '' ? areas[0] : areas.find((area) => keyOf(area) === wanted);
  if (!within) throw new Refusal('not-found');
  const typed = wordOf(ctx.query.uai).trim().toUpperCase().slice(0, 8);
  const uai = typed || (within.kind === 'establishment' ? within.uai : undefined);
  const given = { days: daysOf(ctx), areas, within, typed };
  if (uai === undefined) return { ...given, area: within, school: undefined };
  const school = await findSchoolWithin(db, visit.rights, uai);
  const area = school && ({ kind: 'establishment', uai, academie: school.academie } as const);
  return { ...given, area, school: school?.name };
}

function daysOf(ctx: Context): number {
  return PERIODS.find((days) => String(days) === ctx.query.days) ?? USUAL;
}

/** Given twice it is none. */
function wordOf(given: string | string[] | undefined): string {
  return typeof given === 'string' ? given : '';
}
