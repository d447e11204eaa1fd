import { describe, expect, it } from '@jest/globals';
import { type Closure, groupOf, Leavers } from '../../src/roster/planning/closures.ts';
import type { Profile } from '../../src/storage/schema.ts';

const UAI = '0130001A';
const SCHOOL = { uai: UAI, name: 'Collège', academie: '13', kind: 'collège' };
const RULE = { closuresNeedingConsentPercent: 10, closuresNeedingConsentPeople: 5 };

const at = (profile: Profile) => ({ uai: UAI, profile });

/** So many of a profile leave a school of 100 people, of whom so many had it; somebody else takes their place or nobody. */
function closures(profile: Profile, gone: number, of: number, place: 'filled' | 'empty'): Closure[] {
  const leavers = new Leavers();
  for (let person = 1; person <= gone; person += 1) leavers.leave(person, [at(profile), at(profile)]);
  if (place === 'filled') leavers.stay([at(profile)]);
  const there = new Map([
    [groupOf(UAI), 100],
    [groupOf(UAI, profile), of],
  ]);
  return leavers.above(RULE, there, [SCHOOL]);
}

describe('consent to departures', () => {
  it('is asked for everybody together, and for each profile by itself', () => {
    expect(closures('pupil', 11, 80, 'filled')).toMatchObject([
      { percent: 11 },
      { percent: 13.8, profile: 'pupil' },
    ]);
    expect(closures('teacher', 9, 12, 'filled')).toEqual([
      { uai: UAI, name: 'Collège', percent: 75, profile: 'teacher' },
    ]);
    expect(closures('guardian', 5, 60, 'filled')).toEqual([]);
  });

  it('is not asked for three of five, nor for a head whom another follows', () => {
    expect(closures('staff', 3, 5, 'filled')).toEqual([]);
    expect(closures('staff', 1, 1, 'empty')).toEqual([]);
    expect(closures('staff', 5, 5, 'filled')).toMatchObject([{ percent: 100, profile: 'staff' }]);
  });

  it('is asked where nobody of a profile would be left, however few they were', () => {
    expect(closures('teacher', 2, 2, 'empty')).toMatchObject([{ percent: 100, profile: 'teacher' }]);
    expect(closures('teacher', 2, 2, 'filled')).toEqual([]);
  });

  it('counts whoever stays at the school by another profile among those who leave the first alone', () => {
    const leavers = new Leavers();
    for (let person = 1; person <= 20; person += 1) leavers.leave(person, [at('teacher')], [at('guardian')]);
    leavers.stay([at('teacher')]);
    const there = new Map([
      [groupOf(UAI), 100],
      [groupOf(UAI, 'teacher'), 40],
    ]);
    expect(leavers.above(RULE, there, [SCHOOL])).toMatchObject([{ percent: 50, profile: 'teacher' }]);
  });
});
