import type { Place } from './entry.ts';

/** One sentence per reason, for the operator. It names no person and no key: file and line say where. */
const REASONS = {
  unreadable: 'the file cannot be opened or read',
  empty: 'the file is empty',
  'too-large': 'the file, or one piece of it, is larger than a roster may be',
  'not-roster': 'the file is neither an AAF XML file nor a CSV file with the documented header',
  'not-xml': 'the file is not well-formed XML',
  truncated: 'the file ends before its end: it was cut off while being written or copied',
  encoding: 'the bytes are not in the encoding the file declares (UTF-8 or ISO-8859-15 are read)',
  entities: 'the file declares entities or a document type of its own, which no roster does',
  'not-aaf': 'the XML is not laid out as an AAF file (ficAlimMENESR)',
  delta: 'the file is a delta; only complete files are read',
  category: 'the file mixes several kinds of records, or holds none that is known',
  academie: 'the file does not say which académie it comes from (codeAcademieExport)',
  'no-establishments': 'no file names the establishments (EtabEducNat) these people belong to',
  date: 'the file says that it was made on a day that is yet to come (dateGenerationExport)',
  header: 'the CSV header lacks a required column or names one twice',
  'csv-quotes': 'a quoted field is not closed, or is followed by something else than a separator',
  'csv-width': 'the line has not as many fields as the header',
  'duplicate-key': 'this key was already used by another record',
  'dangling-guardian': 'the pupil names a guardian who is in none of the files',
  'dangling-child': 'the guardian names a child who is in none of the files',
  'dangling-establishment': 'the record names an establishment that is in none of the files',
  'dangling-class': 'the record names a class that its establishment does not have',
  contradiction: 'the line names an establishment otherwise than an earlier line',
  key: 'the record has no key, or one that cannot be a key',
  uai: 'the UAI code is not seven digits and a letter',
  name: 'a name is missing, too long or holds characters no name has',
  'birth-date': 'the birth date is not a date',
  ine: 'the INE is not eleven letters and digits',
  relation: 'a relation between pupil and guardian cannot be read',
  profile: 'the profile is none of pupil, guardian, teacher, staff',
  'no-establishment': 'the person belongs to no establishment',
  class: 'a class code cannot be read',
  function: 'a function code cannot be read',
  erased: 'the person was erased at their request and is not created anew',
  outside: 'the file speaks of a school or an académie beyond what this import may change',
  elsewhere: 'the person is known to another school too: only their académie changes them',
  mail: 'the mail address cannot be one and was left out',
  phone: 'the phone number cannot be one and was left out',
} as const;
export type Reason = keyof typeof REASONS;

/** What a problem costs: the whole import, this record, or this value. */
export type Effect = 'nothing-applied' | 'record-refused' | 'value-ignored';

export interface Problem extends Place {
  type: 'problem';
  reason: Reason;
  effect: Effect;
  sentence: string;
}

export function problem(at: Place, reason: Reason, effect: Effect = 'nothing-applied', detail = ''): Problem {
  const sentence = detail ? `${REASONS[reason]}: ${detail}` : REASONS[reason];
  return { type: 'problem', file: at.file, line: at.line, reason, effect, sentence };
}

/** Leaves the middle of a parser; `readRoster` turns it into a Problem. */
export class RosterFault extends Error {
  override readonly name = 'RosterFault';
  readonly reason: Reason;
  readonly line: number;
  readonly detail: string;

  constructor(reason: Reason, line: number, detail = '') {
    super(reason);
    this.reason = reason;
    this.line = line;
    this.detail = detail;
  }

  at(line: number): RosterFault {
    return new RosterFault(this.reason, line, this.detail);
  }
}
