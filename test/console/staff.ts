import { ensureClasses } from '../../src/directory/establishments.ts';
import { openMemberships } from '../../src/directory/memberships.ts';
import { PASSWORD, type Someone, somebody, UAI, withTotp } from '../login/people.ts';
import type { Answer, Visitor } from '../support/visitor.ts';
import type { World } from '../support/world.ts';

export const YEAR = 2026;

/** Somebody of the staff, active, with a telephone whose codes they know. */
export interface StaffMember extends Someone {
  codeAt(at: Date): string;
}

/** The roster names them as the head of the school. */
export async function aHead(world: World, uai = UAI): Promise<StaffMember> {
  const who = await aMember(world, 'staff');
  await world.parts.db
    .updateTable('memberships')
    .set({ function: 'DIR', uai })
    .where('person', '=', who.person)
    .execute();
  return who;
}

/** The roster names them as teaching these classes. */
export async function aTeacher(world: World, classes: readonly string[], uai = UAI): Promise<StaffMember> {
  const who = await aMember(world, 'teacher');
  const at = world.now();
  await world.parts.db.transaction().execute(async (tx) => {
    const found = await ensureClasses(
      tx,
      classes.map((code) => ({ uai, schoolYear: YEAR, code })),
    );
    const teaching = found.map(({ id }) => ({
      ...{ person: who.person, uai, schoolYear: YEAR, classId: id, function: null },
      profile: 'teacher' as const,
    }));
    await openMemberships(tx, teaching, at);
  });
  return who;
}

export async function aMember(world: World, profile: 'staff' | 'teacher'): Promise<StaffMember> {
  const who = await somebody(world, profile);
  return { ...who, ...(await withTotp(world, who)) };
}

/** From a page of the console through password and code. */
export async function enter(world: World, who: StaffMember, to = '/console'): Promise<Visitor> {
  const visitor = world.visitor();
  await visitor.open(to);
  await visitor.submit({ username: who.username, password: PASSWORD });
  await arrive(visitor.submit({ otp: who.codeAt(world.now()) }), to);
  return visitor;
}

async function arrive(answer: Promise<Answer>, to: string): Promise<void> {
  const { url, status, text } = await answer;
  if (url !== to) throw new Error(`${status} at ${url} instead of ${to}: ${text.slice(0, 2000)}`);
}

/** A code that nothing was confirmed with yet: the clock goes on to the next one. */
export function nextCode(world: World, who: StaffMember): string {
  world.wait(30_000);
  return who.codeAt(world.now());
}

/** Appointed over the académie; in no roster. */
export async function anOfficer(world: World, academie = 'Paris'): Promise<StaffMember> {
  const who = await aMember(world, 'staff');
  const { db } = world.parts;
  await db
    .updateTable('memberships')
    .set({ until_at: world.now() })
    .where('person', '=', who.person)
    .execute();
  await db
    .insertInto('rights')
    .values({
      ...{
        person: who.person,
        role: 'academie-officer',
        scope_kind: 'academie',
        academie,
        origin: 'appointed',
      },
      ...{ uai: null, classes: null, school_year: null, granted_under: null, last_used_at: null },
      ...{ ended_at: null, end_reason: null },
      granted_by: JSON.stringify({ kind: 'operator', name: 'test', osUser: 'root', host: 'here' }),
      from_at: world.now(),
      until_at: new Date(world.now().getTime() + 200 * 86_400_000),
    })
    .execute();
  return who;
}
