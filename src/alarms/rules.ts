/** Every rule that can raise an alarm, with what it says. Names never change: old alarms keep them. */
export const alarmRules = {
  'address-many-codes':
    'One address tried codes over many: far more unknown codes, or schools, than a family types',
  'address-many-schools': 'One address claimed accounts in many schools',
  'bait-used': 'The code of a bait letter was typed: somebody holds a letter that nobody was given',
  'budget-exhausted': 'A staff member has read as many records as their role may',
  'change-disowned':
    'Whoever was told of a new password, second factor or recovery codes, or that a code was used, said that it was not them, or not their child; the account is locked',
  'claim-elsewhere-after-reset': 'An account was claimed after a reset, from where its owner has never been',
  'claim-disowned':
    'Whoever was told of a claim said that it was not them, or not their child; the account is locked',
  'claims-burst': 'Many accounts of one school were claimed in a few minutes, outside any class window',
  'decoy-found': 'A decoy was found by an identifier that no roster holds',
  'decoy-opened': 'The record of a decoy was opened',
  'decoy-printed': 'Letters were printed in the names of decoys, at the console',
  'decoys-of-two-schools': 'The decoy classes of several schools were listed in one session',
  'roster-departures':
    'A roster was applied that takes away a great part of a school, or all of its teachers: their accounts are closed',
  'void-code-used': 'A void code was typed: reprinted, out of time or cut off by an order',
  'vouch-refused': 'A guardian said that the screen which waits for their word is not their child’s',
  'window-guessed':
    'A class window closed because of too many wrong words: somebody with letters of the class guessed',
} as const;

export type AlarmRule = keyof typeof alarmRules;

export const ALARM_RULES = Object.keys(alarmRules) as AlarmRule[];
