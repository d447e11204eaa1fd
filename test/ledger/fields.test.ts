import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { FIELDS, type Field, fieldsOf, maskOf } from '../../src/ledger/fields.ts';
import { KINDS, kindOf } from '../../src/ledger/kinds.ts';

/** As first released. Add lines; changing one rewrites what old ledger rows say. */
const FIELDS_FOR_EVER = `sub 0,name 1,given_name 2,family_name 3,preferred_username 4,birthdate 5,gender 6,picture 7,
locale 8,zoneinfo 9,updated_at 10,email 11,email_verified 12,phone_number 13,phone_number_verified 14,address 15,
profiles 16,establishments 17,children 18,ine 19,roster_keys 20,child_of 21,username 22,account_state 23,locks 24,
distributions 25,second_factors 26,recent_sign_ins 27,readers 28,contacts 29,guardians 30,activation_code 31,rights 32,
usage_name 33,nickname 34,middle_name 35,profile 36,website 37`;
const KINDS_FOR_EVER =
  'id-token 1,userinfo 2,introspection 3,refresh 4,staff-read 5,print 6,export 7,holder-export 8';

describe('the numbers of the ledger', () => {
  it('never move', () => {
    expect(FIELDS).toMatchObject(numbersOf(FIELDS_FOR_EVER));
    expect(KINDS).toMatchObject(numbersOf(KINDS_FOR_EVER));
  });

  it('are each of one field, and fit an exact mask', () => {
    const bits = Object.values(FIELDS);
    expect(new Set(bits).size).toBe(bits.length);
    expect(Math.max(...bits)).toBeLessThanOrEqual(52);
    expect(new Set(Object.values(KINDS)).size).toBe(Object.keys(KINDS).length);
  });

  it('say exactly what they were told', () => {
    const names = Object.keys(FIELDS) as Field[];
    fc.assert(
      fc.property(fc.subarray(names), (fields) => {
        expect(new Set(fieldsOf(maskOf(fields)))).toEqual(new Set(fields));
        expect(maskOf([...fields, ...fields])).toBe(maskOf(fields));
      }),
    );
    expect(fieldsOf(maskOf(names))).toHaveLength(names.length);
  });

  it('know no name and no number of their own making', () => {
    expect(() => maskOf(['sub', 'constructor'])).toThrow(/no field "constructor"/);
    expect(() => kindOf(99)).toThrow(/does not know/);
  });
});

function numbersOf(text: string): Record<string, number> {
  return Object.fromEntries(
    text.split(/,\s*/).map((pair): [string, number] => {
      const [name = '', number] = pair.split(' ');
      return [name, Number(number)];
    }),
  );
}
