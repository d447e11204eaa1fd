/**
 * What a line can say has left, by bit. Claims bear their claim's name. The numbers stand in the ledger for ever:
 * never change or reuse one; 52 is the last, for a mask must stay an exact number.
 */
export const FIELDS = {
  sub: 0,
  name: 1,
  given_name: 2,
  family_name: 3,
  preferred_username: 4,
  birthdate: 5,
  gender: 6,
  picture: 7,
  locale: 8,
  zoneinfo: 9,
  updated_at: 10,
  email: 11,
  email_verified: 12,
  phone_number: 13,
  phone_number_verified: 14,
  address: 15,
  profiles: 16,
  establishments: 17,
  children: 18,
  ine: 19,
  roster_keys: 20,
  // Of a release about a guardian's child: what the line of the child names.
  child_of: 21,
  // What staff see of a record.
  username: 22,
  account_state: 23,
  locks: 24,
  distributions: 25,
  second_factors: 26,
  recent_sign_ins: 27,
  readers: 28,
  contacts: 29,
  guardians: 30,
  activation_code: 31,
  rights: 32,
  usage_name: 33,
  nickname: 34,
  middle_name: 35,
  profile: 36,
  website: 37,
} as const;

export type Field = keyof typeof FIELDS;

export function isField(name: string): name is Field {
  return Object.hasOwn(FIELDS, name);
}

/** Sums, not shifts: masks pass 32 bits. Throws on a name the catalogue lacks: nothing leaves unnamed. */
export function maskOf(fields: Iterable<string>): number {
  let mask = 0;
  for (const field of new Set(fields)) {
    if (!isField(field)) throw new Error(`the ledger has no field "${field}" (src/ledger/fields.ts)`);
    mask += 2 ** FIELDS[field];
  }
  return mask;
}

/** The names of a mask, in the order of their bits. */
export function fieldsOf(mask: number): Field[] {
  const bits = BigInt(mask);
  return (Object.keys(FIELDS) as Field[])
    .filter((field) => (bits >> BigInt(FIELDS[field])) & 1n)
    .sort((one, other) => FIELDS[one] - FIELDS[other]);
}
