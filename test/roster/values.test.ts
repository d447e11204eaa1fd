import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseRelation } from '../../src/roster/aaf/relations.ts';
import { parseBirthDate, parseMail, parseName, parsePhone, parseUai } from '../../src/roster/values.ts';

describe('roster values', () => {
  it('read every day of a century in both notations, and no other', () => {
    const day = fc.date({ min: new Date('1920-01-01'), max: new Date('2025-12-31'), noInvalidDate: true });
    fc.assert(
      fc.property(day, (date) => {
        const iso = date.toISOString().slice(0, 10);
        expect(parseBirthDate(iso)).toBe(iso);
        expect(parseBirthDate(iso.split('-').reverse().join('/'))).toBe(iso);
      }),
    );
    for (const text of [
      '29/02/2015',
      '31/04/2015',
      '00/01/2015',
      '1/1/2015',
      '01/13/2015',
      '3015-01-01',
      '',
    ]) {
      expect(parseBirthDate(text)).toBeUndefined();
    }
  });

  it('read a phone number however it is written', () => {
    for (const text of [
      '06 39 98 12 34',
      '06.39.98.12.34',
      '+33639981234',
      '0033 6 39 98 12 34',
      '+33 (0)6 39 98 12 34',
    ]) {
      expect(parsePhone(text)).toBe('+33639981234');
    }
    expect(parsePhone('12')).toBeUndefined();
  });

  it('refuse what no name or address holds', () => {
    expect(parseName("D'Aubréac-Le  Goëlic")).toBe("D'Aubréac-Le Goëlic");
    expect(parseName('<b>')).toBeUndefined();
    expect(parseName('a\nb\u0000')).toBeUndefined();
    expect(parseMail('a@b.example\nBcc: c@d.example')).toBeUndefined();
    expect(parseMail('A.B@Example.example')).toBe('a.b@example.example');
    expect(parseUai('0750001a')).toBe('0750001A');
    expect(parseUai('75A0001A')).toBeUndefined();
  });

  it('read relations by legal rank and never by who pays', () => {
    expect(parseRelation('900$20$1$2$1$1')).toEqual({ guardian: '900', relation: 'father', rank: 2 });
    expect(parseRelation('900$70$1$1$1$1')).toEqual({ guardian: '900', relation: 'self', rank: 1 });
    expect(parseRelation('900$38$1$0$1$1')).toMatchObject({ rank: 0 });
    expect(parseRelation('900')).toBeUndefined();
    expect(parseRelation('900$10$1$7$1$1')).toBeUndefined();
  });
});
