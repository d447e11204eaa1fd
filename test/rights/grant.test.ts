import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import { countReadable } from '../../src/rights/count-readable.ts';
import { areLinked, type RightScope } from '../../src/rights/rights.ts';
import { ROUNDS } from '../support/amount.ts';
import { FAR_SCHOOL, OTHER_SCHOOL, type RightsWorld, rightsWorld, SCHOOL } from './world.ts';

let world: RightsWorld;
let head: number;
let clerk: number;
beforeAll(async () => {
  world = await rightsWorld();
});
afterAll(() => world.close());
beforeEach(async () => {
  [head, clerk] = [await world.head(), await world.clerk()];
});

const school = (uai = SCHOOL): RightScope => ({ kind: 'establishment', uai });
const roles = async (person: number) => (await world.rightsOf(person)).map(({ role }) => role);
const distributor = (by?: number, to = clerk, scope = school()) =>
  world.grant({ ...(by !== undefined && { by }), to, role: 'distributor', scope });

async function granted(by?: number, to = clerk): Promise<string> {
  const answer = await distributor(by, to);
  if (answer.outcome !== 'granted') throw new Error(answer.outcome);
  return answer.right;
}

describe('granting a right', () => {
  it('goes from a head to the staff of the school, until the end of the head’s own', async () => {
    const answer = await distributor(head);
    expect(answer).toMatchObject({ outcome: 'granted', until: new Date('2027-08-31T22:00:00Z') });
    expect(await world.rightsOf(clerk)).toMatchObject([
      { role: 'distributor', origin: 'granted', grantedBy: { kind: 'person', person: head } },
    ]);
    expect(await world.events(clerk)).toEqual(['right.granted']);
    expect(await areLinked(world.stores.db, clerk, head)).toBe(true);
  });

  it('goes downwards only: not upwards, not sideways, not to oneself', async () => {
    const deputy = await world.clerk();
    expect(await world.grant({ by: head, to: deputy, role: 'head', scope: school() })).toEqual({
      outcome: 'not-allowed',
    });
    expect(await distributor(head, head)).toEqual({ outcome: 'to-oneself' });
    await granted(head);
    expect(await distributor(clerk, deputy)).toEqual({ outcome: 'not-allowed' });
    const teacher = await world.teacher(['6B']);
    const scope: RightScope = { kind: 'classes', uai: SCHOOL, classes: ['6B'] };
    expect(await world.grant({ by: teacher, to: deputy, role: 'teacher', scope })).toEqual({
      outcome: 'not-allowed',
    });
    expect(await world.events(deputy)).toEqual(['right.refused', 'right.refused', 'right.refused']);
    const nation: RightScope = { kind: 'nation' };
    expect(await world.grant({ to: deputy, role: 'national-officer', scope: nation })).toEqual({
      outcome: 'no-such-right',
    });
  });

  it('stays within the school: nobody of another one, and nothing there', async () => {
    const [otherHead, otherClerk] = [await world.head(OTHER_SCHOOL), await world.clerk(OTHER_SCHOOL)];
    expect(await distributor(head, otherClerk)).toEqual({ outcome: 'cannot-hold' });
    expect(await distributor(head, clerk, school(OTHER_SCHOOL))).toEqual({ outcome: 'not-allowed' });
    expect(await distributor(head, otherClerk, school(OTHER_SCHOOL))).toEqual({ outcome: 'not-allowed' });
    expect(await distributor(head, 999_999)).toEqual({ outcome: 'cannot-hold' });
    const right = await granted(otherHead, otherClerk).catch(() => undefined);
    expect(right).toBeUndefined();
    const theirs = await distributor(otherHead, otherClerk, school(OTHER_SCHOOL));
    if (theirs.outcome !== 'granted') throw new Error(theirs.outcome);
    expect(await world.revoke(theirs.right, head)).toEqual({ outcome: 'not-allowed' });
    expect(await world.renew(theirs.right, head)).toEqual({ outcome: 'not-allowed' });
    expect(await roles(otherClerk)).toEqual(['distributor']);
  });

  it.each([
    ['pupil', () => world.person({ profile: 'pupil', classes: ['6B'] })],
    ['guardian', () => world.person({ profile: 'guardian' })],
    ['dormant account', () => world.person({ state: 'dormant' })],
    ['closed account', () => world.person({ state: 'closed' })],
  ])('refuses a %s', async (_, make) => {
    expect(await distributor(head, await make())).toEqual({ outcome: 'cannot-hold' });
  });

  it('never gives longer than one’s own, nor what is over', async () => {
    const scope = school();
    const late = new Date('2027-09-02T00:00:00Z');
    const asked = { by: head, to: clerk, role: 'distributor', scope } as const;
    expect(await world.grant({ ...asked, until: late })).toMatchObject({ outcome: 'too-long' });
    expect(await world.grant({ ...asked, until: world.now() })).toMatchObject({ outcome: 'too-long' });
  });

  it('is confirmed by the granter’s factor, in the same transaction', async () => {
    const asked = { by: head, to: clerk, role: 'distributor', scope: school() } as const;
    const confirm = async () => ({ outcome: 'wrong-code' }) as const;
    expect(await world.grant({ ...asked, confirm })).toEqual({ outcome: 'wrong-code' });
    expect(await roles(clerk)).toEqual([]);
  });

  it('gives it once, however many ask at once', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => distributor(head)));
    const outcomes = answers.map(({ outcome }) => outcome).sort();
    expect(outcomes).toEqual([...Array(19).fill('already-held'), 'granted']);
    expect(await roles(clerk)).toEqual(['distributor']);
  });

  it('knows only classes that there are', async () => {
    await world.pupils(1, '6C');
    const scope = (code: string): RightScope => ({ kind: 'classes', uai: SCHOOL, classes: [code] });
    const asked = { by: head, to: clerk, role: 'teacher' } as const;
    expect(await world.grant({ ...asked, scope: scope('9Z') })).toEqual({ outcome: 'unknown-place' });
    expect(await world.grant({ ...asked, scope: scope('6C') })).toMatchObject({ outcome: 'granted' });
  });
});

describe('the end of a right', () => {
  it('is the end of all that was granted under it', async () => {
    const deputy = await world.clerk();
    const made = await world.grant({ to: deputy, role: 'head', scope: school() });
    if (made.outcome !== 'granted') throw new Error(made.outcome);
    await granted(deputy);
    expect(await world.revoke(made.right)).toEqual({ outcome: 'revoked', alsoEnded: 1 });
    expect([await roles(deputy), await roles(clerk)]).toEqual([[], []]);
    expect(await world.events(clerk)).toEqual(['right.granted', 'right.ended-with-another']);
    expect(await world.revoke(made.right)).toEqual({ outcome: 'not-allowed' });
    expect(await granted(head)).toBeDefined();
  });

  it('comes with the import that no longer names its granter or its holder', async () => {
    await granted(head);
    const other = await world.clerk();
    await granted(head, other);
    await world.leave(other);
    expect([await roles(clerk), await roles(other)]).toEqual([['distributor'], []]);
    await world.leave(head);
    expect(await roles(clerk)).toEqual([]);
    expect(await granted(await world.head())).toBeDefined();
  });

  it('catches a grant that is under way', async () => {
    const deputy = await world.clerk();
    for (let round = 0; round < ROUNDS; round += 1) {
      const others = await Promise.all(Array.from({ length: 4 }, () => world.clerk()));
      const made = await world.grant({ to: deputy, role: 'head', scope: school() });
      if (made.outcome !== 'granted') throw new Error(made.outcome);
      await Promise.all([...others.map((to) => distributor(deputy, to)), world.revoke(made.right)]);
      // Written down as ended, and not only worth nothing.
      const { rows } = await sql`
        select r.id from rights r join rights up on up.id = r.granted_under
        where up.ended_at is not null and r.ended_at is null`.execute(world.stores.db);
      expect(rows).toEqual([]);
    }
  });

  it('may be made by whoever may give such a right, and is not one’s own', async () => {
    const right = await granted(head);
    expect(await world.revoke(right, clerk)).toEqual({ outcome: 'not-allowed' });
    const [own] = await world.rightsOf(head);
    expect(await world.revoke(own?.id ?? '', head)).toEqual({ outcome: 'not-allowed' });
    expect(await world.revoke('nonsense', head)).toEqual({ outcome: 'not-allowed' });
    expect(await world.revoke(right, await world.head())).toEqual({ outcome: 'revoked', alsoEnded: 0 });
    expect(await roles(clerk)).toEqual([]);
  });

  it('of a roster’s right does not come back with the next import', async () => {
    const teacher = await world.teacher(['6B']);
    const [right] = await world.rightsOf(teacher);
    expect(await world.revoke(right?.id ?? '', head)).toEqual({ outcome: 'revoked', alsoEnded: 0 });
    expect(await roles(teacher)).toEqual([]);
  });
});

describe('a lapsed right', () => {
  it('comes back by an act of whoever may give it, once', async () => {
    const teacher = await world.teacher(['6B']);
    const [right] = await world.rightsOf(teacher);
    const id = right?.id ?? '';
    expect(await world.renew(id, head)).toEqual({ outcome: 'not-lapsed' });
    world.later(95);
    expect([await roles(teacher), await roles(head)]).toEqual([[], []]);
    // The head's has lapsed as well: the level above renews it first.
    expect(await world.renew(id, head)).toEqual({ outcome: 'not-allowed' });
    expect(await world.renew(id, teacher)).toEqual({ outcome: 'not-allowed' });
    const answers = await Promise.all(Array.from({ length: 20 }, () => world.renew(id)));
    expect(answers.filter(({ outcome }) => outcome === 'renewed')).toHaveLength(1);
    expect(await roles(teacher)).toEqual(['teacher']);
    expect(await world.events(teacher)).toContain('right.renewed');
  });

  it('that was granted makes room for the same one given anew', async () => {
    const former = await granted(head);
    world.later(95);
    expect(await roles(clerk)).toEqual([]);
    const again = await granted();
    expect(again).not.toBe(former);
    expect(await roles(clerk)).toEqual(['distributor']);
  });
});

describe('what is said before a right is given', () => {
  it('is how many persons, and how many pupils, it can read', async () => {
    const far = { uai: FAR_SCHOOL };
    await Promise.all([world.pupils(3, '2A', FAR_SCHOOL), world.pupils(2, '2B', FAR_SCHOOL)]);
    await world.teacher(['2A'], FAR_SCHOOL);
    const mother = await world.person({ ...far, profile: 'guardian' });
    const count = (role: 'distributor' | 'teacher' | 'auditor', scope: RightScope) =>
      countReadable(world.stores.db, { role, scope }, world.now());
    expect(await count('distributor', { kind: 'establishment', ...far })).toEqual({ persons: 7, pupils: 5 });
    expect(await count('teacher', { kind: 'classes', ...far, classes: ['2A'] })).toEqual({
      persons: 4,
      pupils: 3,
    });
    expect(await count('distributor', { kind: 'academie', academie: 'Lyon' })).toEqual({
      persons: 7,
      pupils: 5,
    });
    expect(await count('auditor', { kind: 'establishment', ...far })).toEqual({ persons: 0, pupils: 0 });
    const { db } = world.stores;
    const [child = 0] = await world.pupils(1, '2A', FAR_SCHOOL);
    const [father, former] = [await world.nobody(), await world.nobody()];
    const row = { child, rank: 1, relation: null, from_at: world.now() };
    const guardians = [mother, father].map((guardian) => ({ ...row, guardian, until_at: null }));
    await db
      .insertInto('guardianships')
      .values([...guardians, { ...row, guardian: former, until_at: world.now() }])
      .execute();
    const over = { kind: 'classes', ...far, classes: ['2A'] } as const;
    expect(await count('teacher', over)).toEqual({ persons: 5, pupils: 4 });
    expect(await count('distributor', over)).toEqual({ persons: 7, pupils: 4 });
    expect(await count('distributor', { kind: 'establishment', ...far })).toEqual({ persons: 9, pupils: 6 });
  });
});
