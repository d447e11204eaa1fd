import { saveEstablishments } from '../../src/directory/establishments.ts';
import type { World } from '../support/world.ts';
import { aMember, type StaffMember } from './staff.ts';

export const FAR_UAI = '0690003C';

/** A school of another académie. */
export async function aFarSchool({ parts }: World): Promise<void> {
  const school = {
    uai: FAR_UAI,
    name: 'Collège des Saules',
    academie: 'Lyon',
    kind: 'college',
    decoy: false,
  };
  await parts.db.transaction().execute((tx) => saveEstablishments(tx, [school]));
}

type Given =
  | { role: 'auditor' | 'national-officer'; scope: 'nation' }
  | { role: 'auditor'; scope: 'academie'; academie: string }
  | { role: 'auditor'; scope: 'establishment'; uai: string };

/** With these rights alone; in a roster only where one is over a school, for it holds no longer than that. */
export async function aRightHolder(world: World, ...given: Given[]): Promise<StaffMember> {
  const who = await aMember(world, 'staff');
  const { db } = world.parts;
  const at = world.now();
  const uai = given.flatMap((one) => ('uai' in one ? [one.uai] : []))[0];
  const membership = uai === undefined ? { until_at: at } : { uai };
  await db.updateTable('memberships').set(membership).where('person', '=', who.person).execute();
  const rows = given.map(({ role, scope, ...where }) => ({
    ...{
      person: who.person,
      role,
      scope_kind: scope,
      origin: 'appointed' as const,
      academie: null,
      uai: null,
    },
    ...{ classes: null, school_year: null, granted_under: null, last_used_at: null, ended_at: null },
    ...{ end_reason: null, ...where },
    granted_by: JSON.stringify({ kind: 'operator', name: 'test', osUser: 'root', host: 'here' }),
    from_at: at,
    until_at: new Date(at.getTime() + 200 * 86_400_000),
  }));
  await db.insertInto('rights').values(rows).execute();
  return who;
}

/** The figures of a row: by the name in small letters, or by its first words. */
export function rowOf(html: string, of: string): string[] | undefined {
  const rows = [...html.matchAll(/<tr><th scope="row">(.*?)<\/th>(.*?)<\/tr>/gs)];
  const row = rows.find(([, head = '']) => head.includes(`<small>${of}</small>`) || head === of);
  return row && [...(row[2] ?? '').matchAll(/<td>(.*?)<\/td>/gs)].map(([, cell = '']) => cell);
}
