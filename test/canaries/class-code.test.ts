import { describe, expect, it } from '@jest/globals';
import { fittingClass } from '../../src/canaries/class-code.ts';
import { fictionalPhone, keysLike, mailLike } from '../../src/canaries/shapes.ts';
import { SeededRandom } from '../../src/roster/generate/random.ts';

const random = new SeededRandom('shapes');

describe('the code of a decoy class', () => {
  it.each([
    [['6EA', '6EB', '6EC', '5EA', '5EB'], '5EC', ['5EA', '5EB']],
    [['2DEA', '1REA', 'TLEA', 'TLEB', '2DEB', '1REB'], /^(2DE|1RE|TLE)C$/, undefined],
    [['601', '602', '603'], '604', ['601', '602', '603']],
    [['6 1', '6 2', '5 1', '5 2', '5 3'], '6 3', ['6 1', '6 2']],
    [['CP', 'CE1', 'CE2', 'CM1', 'CM2'], /^C(P|E1|E2|M1|M2) B$/, undefined],
    [['6A', '6B', 'ULIS'], '6C', ['6A', '6B']],
  ])('follows those of %j', (codes, expected, like) => {
    const fitting = fittingClass(codes, random);
    expect(fitting?.code).toEqual(expected instanceof RegExp ? expect.stringMatching(expected) : expected);
    if (like) expect(fitting?.like).toEqual(like);
    expect(codes).not.toContain(fitting?.code);
  });

  it('is none where there is no class', () => {
    expect(fittingClass([], random)).toBeUndefined();
  });
});

describe('what a decoy is given', () => {
  it('keeps the shape of keys, and runs on where all of them are taken', () => {
    const keys = keysLike('0042', ['0040', '0041', '0042', '0043'], random);
    for (const key of keys) expect(key).toMatch(/^00\d\d$/);
    expect(keys.some((key) => Number(key) > 43)).toBe(true);
    for (const key of keysLike('AB-12', ['AB-12', 'CD-34'], random))
      expect(key).toMatch(/^[AC][BD]-[13][24]$/);
  });

  it('reaches nobody', () => {
    expect(fictionalPhone('06 12 34 56 78', random)).toMatch(/^\+33 6 39 98 \d\d \d\d$/);
    expect(fictionalPhone('0612345678', random)).toMatch(/^063998\d{4}$/);
    const names = new Map([
      ['Zoé', 'Léa'],
      ['MARTIN', 'VALDEAU'],
    ]);
    const own = ['Léa', 'VALDEAU'];
    const like = (mail: string) => mailLike(mail, { names, own, domain: 'familles.example' }, random);
    expect(like('zoe.martin42@orange.fr')).toMatch(/^lea\.valdeau\d\d@familles\.example$/);
    expect(like('ZMartin@orange.fr')).toBe('lvaldeau@familles.example');
    // Of these nothing is taken over: whose they are could be told by them.
    for (const mail of ['superpapa75@orange.fr', 'zoe.dupond-martin@orange.fr', 'famille.martin@free.fr'])
      expect(like(mail)).toBe('lea.valdeau@familles.example');
  });
});
