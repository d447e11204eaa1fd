import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { sql } from 'kysely';
import type { RightScope, Role } from '../../src/rights/rights.ts';
import { SEEDS, SEQUENCES } from '../support/amount.ts';
import { FAR_SCHOOL, OTHER_SCHOOL, type RightsWorld, rightsWorld, SCHOOL } from './world.ts';

/** Numbers from 0 to 2^20 choose; what they choose from is made anew for each sequence. */
type Step =
  | { act: 'grant'; by: number; to: number; role: Role; scope: RightScope; days: number }
  | { act: 'revoke' | 'renew'; by: number; right: number }
  | { act: 'propose'; by: number; to: number }
  | { act: 'approve'; by: number }
  | { act: 'leave'; who: number }
  | { act: 'wait'; days: number };

const ROLES: Role[] = ['head', 'distributor', 'teacher', 'auditor', 'academie-officer', 'national-officer'];
const SCHOOLS = [SCHOOL, OTHER_SCHOOL, FAR_SCHOOL];
const ACADEMIES: Record<string, string> = {
  [SCHOOL]: 'Paris',
  [OTHER_SCHOOL]: 'Paris',
  [FAR_SCHOOL]: 'Lyon',
};

const any = fc.nat(2 ** 20);
const uai = fc.constantFrom(...SCHOOLS);
const scope: fc.Arbitrary<RightScope> = fc.oneof(
  fc.record({ kind: fc.constant('establishment' as const), uai }),
  fc.record({
    kind: fc.constant('classes' as const),
    uai,
    classes: fc.subarray(['6A', '6B'], { minLength: 1 }),
  }),
  fc.record({ kind: fc.constant('academie' as const), academie: fc.constantFrom('Paris', 'Lyon') }),
  fc.constant({ kind: 'nation' as const }),
);
/** What somebody of the cast might well give: officers come first, then head, clerk and teacher of each school. */
const likely: fc.Arbitrary<Step> = fc
  .record({
    school: fc.nat(2),
    by: fc.constantFrom('officer', 'head', 'clerk'),
    to: fc.constantFrom(1, 2),
    role: fc.constantFrom<Role>('head', 'distributor', 'teacher', 'auditor'),
    days: fc.integer({ min: 1, max: 250 }),
  })
  .map(({ school, by, to, role, days }): Step => {
    const head = 3 + 3 * school;
    const giver = { officer: school, head, clerk: head + 1 }[by] ?? 0;
    const uai = SCHOOLS[school] ?? SCHOOL;
    const scope: RightScope =
      role === 'teacher' ? { kind: 'classes', uai, classes: ['6A'] } : { kind: 'establishment', uai };
    return { act: 'grant', by: giver, to: head + to, role, scope, days };
  });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: likely },
  {
    weight: 6,
    arbitrary: fc.record({
      act: fc.constant('grant' as const),
      by: any,
      to: any,
      role: fc.constantFrom(...ROLES),
      scope,
      days: fc.integer({ min: -5, max: 400 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ act: fc.constantFrom('revoke' as const, 'renew' as const), by: any, right: any }),
  },
  fc.record({ act: fc.constant('propose' as const), by: any, to: any }),
  fc.record({ act: fc.constant('approve' as const), by: any }),
  fc.record({ act: fc.constant('leave' as const), who: any }),
  fc.record({ act: fc.constant('wait' as const), days: fc.integer({ min: 1, max: 60 }) }),
);

let world: RightsWorld;
beforeAll(async () => {
  world = await rightsWorld();
  for (const school of SCHOOLS) await world.pupils(2, '6A', school).then(() => world.pupils(1, '6B', school));
});
afterAll(() => world.close());

/** Two unlinked officers, an académie's, and the staff of three schools: nobody of an earlier sequence. */
async function cast(): Promise<number[]> {
  const { db } = world.stores;
  world.backToStart();
  await sql`update officer_proposals set decided_at = now(), outcome = 'expired' where decided_at is null`.execute(
    db,
  );
  await sql`update rights set ended_at = ${world.now()} where ended_at is null`.execute(db);
  const officers = await Promise.all([world.nobody(), world.nobody(), world.nobody()]);
  for (const [index, person] of officers.entries()) {
    const academie = index === 2 ? 'Paris' : null;
    await db
      .insertInto('rights')
      .values({
        ...{ person, role: academie ? 'academie-officer' : 'national-officer', origin: 'appointed' },
        ...{ scope_kind: academie ? 'academie' : 'nation', academie, uai: null, classes: null },
        ...{ school_year: null, granted_under: null, last_used_at: null, ended_at: null, end_reason: null },
        ...{ from_at: world.now(), until_at: new Date(world.now().getTime() + 300 * 86_400_000) },
      })
      .execute();
  }
  const staff = await Promise.all(
    SCHOOLS.flatMap((school) => [world.head(school), world.clerk(school), world.teacher(['6A'], school)]),
  );
  return [...officers, ...staff];
}

const pick = <T>(all: readonly T[], number: number): T | undefined => all[number % Math.max(all.length, 1)];

async function take(one: Step, people: readonly number[], tried: Set<string>): Promise<void> {
  const at = (number: number) => pick(people, number) ?? 0;
  switch (one.act) {
    case 'grant': {
      const { by, to, role, scope: over, days } = one;
      const until = new Date(world.now().getTime() + days * 86_400_000);
      const answer = await world.grant({ by: at(by), to: at(to), role, scope: over, until });
      tried.add(`grant ${answer.outcome}`);
      return;
    }
    case 'revoke':
    case 'renew': {
      const rows = await world.stores.db
        .selectFrom('rights')
        .select('id')
        .where('person', 'in', [...people])
        .execute();
      const id = pick(rows, one.right)?.id ?? '';
      const answer = await world[one.act](id, at(one.by));
      tried.add(`${one.act} ${answer.outcome}`);
      return;
    }
    case 'propose':
      tried.add(
        `propose ${(await world.propose({ by: at(one.by), person: at(one.to), role: 'academie-officer', scope: { kind: 'academie', academie: 'Lyon' } })).outcome}`,
      );
      return;
    case 'approve': {
      const [waiting] = await world.stores.db
        .selectFrom('officer_proposals')
        .select('id')
        .where('decided_at', 'is', null)
        .execute();
      tried.add(`approve ${(await world.approve(waiting?.id ?? '', at(one.by))).outcome}`);
      return;
    }
    case 'leave':
      // Officers are in no roster: nothing ends.
      return world.leave(at(one.who));
    case 'wait':
      world.later(one.days);
      return;
    default:
      return one satisfies never;
  }
}

const ORDER: Record<Role, number> = {
  'national-officer': 3,
  'academie-officer': 3,
  head: 2,
  distributor: 1,
  teacher: 1,
  auditor: 1,
};

interface Row {
  id: string;
  person: number;
  role: Role;
  academie: string | null;
  uai: string | null;
  until: Date;
  under: string | null;
  givers: number[];
  origin: string;
}

async function rows(people: readonly number[]): Promise<Map<string, Row>> {
  const { rows: found } = await sql<Row>`
    select r.id, r.person, r.role, r.academie, r.uai, r.until_at as until, r.granted_under as under, r.origin,
      array(select person from right_givers where right_id = r.id) as givers
    from rights r where r.person = any(${[...people]}::int[])`.execute(world.stores.db);
  return new Map(found.map((row) => [row.id, row]));
}

/** Written down anew, without a look at how it is made sure of. */
async function expectSound(people: readonly number[]): Promise<void> {
  const inForce = (await Promise.all(people.map((person) => world.rightsOf(person)))).flat();
  const all = await rows(people);
  const ids = new Set(inForce.map(({ id }) => id));
  for (const right of inForce) {
    const row = all.get(right.id);
    if (!row) throw new Error('a right without its row');
    expect(right.until.getTime()).toBeGreaterThan(world.now().getTime());
    expect(row.givers).not.toContain(row.person);
    if (row.origin === 'appointed' && row.givers.length > 0) expect(row.givers).toHaveLength(2);
    if (row.origin !== 'granted') continue;
    const above = all.get(row.under ?? '');
    if (!above) throw new Error('granted under nothing');
    expect(row.givers).toEqual([above.person]);
    expect(ORDER[above.role]).toBeGreaterThan(ORDER[row.role]);
    expect(row.until.getTime()).toBeLessThanOrEqual(above.until.getTime());
    if (above.uai !== null) expect(row.uai).toBe(above.uai);
    if (above.academie !== null) expect(ACADEMIES[row.uai ?? '']).toBe(above.academie);
    // What it was granted under still stands, be it lapsed by lack of use.
    const giver = await sql<{
      gone: boolean;
    }>`select ended_at is not null as gone from rights where id = ${above.id}`.execute(world.stores.db);
    expect(giver.rows).toEqual([{ gone: false }]);
  }
  expect(ids.size).toBe(inForce.length);
}

describe('any sequence of acts', () => {
  it.each(SEEDS)(
    'leaves nobody a right outside what its granter has, or after its end (seed %i)',
    async (seed) => {
      const tried = new Set<string>();
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 25 }), async (steps) => {
          const people = await cast();
          for (const one of steps) await take(one, people, tried);
          await expectSound(people);
        }),
        { seed, numRuns: Math.max(10, Math.round(SEQUENCES / 10)), endOnFailure: true },
      );
      // The sequences reach what they are about.
      for (const outcome of ['granted', 'not-allowed', 'no-such-right'])
        expect(tried).toContain(`grant ${outcome}`);
      expect(tried).toContain('revoke not-allowed');
    },
    3_600_000,
  );
});
