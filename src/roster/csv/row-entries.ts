import type {
  EstablishmentEntry,
  GuardianEntry,
  PersonEntry,
  PupilEntry,
  Relation,
  StaffEntry,
} from '../entry.ts';
import type { RecordReading } from '../record-reading.ts';
import {
  parseBirthDate,
  parseFunction,
  parseIne,
  parseKey,
  parseLabel,
  parseMail,
  parseName,
  parsePhone,
  parseUai,
} from '../values.ts';

/** One row read on its own: an establishment, and a pupil, a guardian with children, or a member of staff. */
export interface RowEntries {
  reading: RecordReading;
  establishment: EstablishmentEntry | undefined;
  person: PupilEntry | (GuardianEntry & { children: Child[] }) | StaffEntry | undefined;
}
export interface Child extends Relation {
  child: string;
}

export function readRow(reading: RecordReading): RowEntries {
  const profile = reading.list('profile')[0]?.toLowerCase() ?? '';
  const read = PROFILES[profile];
  if (!read) reading.note('profile', 'nothing-applied');
  // Guardians belong where their children are; a school on their line is welcome and unused.
  const establishment = read === readGuardian ? undefined : readEstablishment(reading);
  return { reading, establishment, person: read?.(reading, establishment?.uai ?? '') };
}

const PROFILES: Readonly<Record<string, (reading: RecordReading, uai: string) => RowEntries['person']>> = {
  __proto__: null as never,
  pupil: readPupil,
  eleve: readPupil,
  élève: readPupil,
  guardian: readGuardian,
  responsable: readGuardian,
  teacher: (reading, uai) => readStaff(reading, uai, 'teacher'),
  enseignant: (reading, uai) => readStaff(reading, uai, 'teacher'),
  staff: (reading, uai) => readStaff(reading, uai, 'staff'),
  personnel: (reading, uai) => readStaff(reading, uai, 'staff'),
};

function readEstablishment(reading: RecordReading): EstablishmentEntry {
  const kind = reading
    .list('kind')[0]
    ?.normalize('NFD')
    .toLowerCase()
    .replace(/[^a-z]/g, '');
  return {
    type: 'establishment',
    at: reading.at,
    academie: reading.required('academie', parseKey, 'academie', 'nothing-applied'),
    uai: reading.required('uai', parseUai, 'uai', 'nothing-applied'),
    name: reading.required('establishment', parseLabel, 'name', 'nothing-applied'),
    kind: kind === 'ecole' || kind === 'college' || kind === 'lycee' ? kind : 'other',
    mail: undefined,
    classes: readClasses(reading),
    schoolYear: undefined,
  };
}

function readClasses(reading: RecordReading): string[] {
  const codes = [...reading.list('classes'), ...reading.list('mainClasses')].map(parseLabel);
  if (codes.includes(undefined)) reading.note('class', 'record-refused');
  return [...new Set(codes.filter((code) => code !== undefined))];
}

function readPerson(reading: RecordReading): PersonEntry {
  return {
    at: reading.at,
    academie: reading.required('academie', parseKey, 'academie', 'nothing-applied'),
    source: 'csv',
    key: reading.required('key', parseKey, 'key', 'nothing-applied'),
    givenName: reading.required('givenName', parseName, 'name'),
    familyName: reading.required('familyName', parseName, 'name'),
    birthName: reading.stated('birthName', parseName, { reason: 'name', effect: 'record-refused' }),
  };
}

function readPupil(reading: RecordReading, uai: string): PupilEntry {
  const effect = 'record-refused';
  return {
    type: 'pupil',
    ...readPerson(reading),
    birthDate: reading.stated('birthDate', parseBirthDate, { reason: 'birth-date', effect }),
    ine: reading.stated('ine', parseIne, { reason: 'ine', effect }),
    enrolments: [{ uai, classes: readClasses(reading) }],
    relations: [],
  };
}

function readGuardian(reading: RecordReading): GuardianEntry & { children: Child[] } {
  const person = readPerson(reading);
  const children = reading.list('children').map((text) => parseChild(text, person.key));
  if (children.includes(undefined)) reading.note('relation', 'record-refused');
  return {
    type: 'guardian',
    ...person,
    mail: reading.stated('mail', parseMail, { reason: 'mail', effect: 'value-ignored' }),
    phone: reading.stated('phone', parsePhone, { reason: 'phone', effect: 'value-ignored' }),
    children: children.filter((child) => child !== undefined),
  };
}

const RELATIONS = [
  'mother',
  'father',
  'sibling',
  'ascendant',
  'family',
  'educator',
  'foster',
  'childminder',
  'guardian',
  'welfare',
  'self',
  'other',
] as const;

/** `key:rank` or `key:rank:relation` */
function parseChild(text: string, guardian: string): Child | undefined {
  const [, key = '', rank = '', name = 'other'] = /^(.+?):([012])(?::([a-z]+))?$/.exec(text) ?? [];
  const child = parseKey(key);
  const relation = RELATIONS.find((known) => known === name);
  if (!child || !relation) return undefined;
  return { child, guardian, relation, rank: rank === '1' ? 1 : rank === '2' ? 2 : 0 };
}

function readStaff(reading: RecordReading, uai: string, profile: 'teacher' | 'staff'): StaffEntry {
  const functions = reading.list('functions').map(parseFunction);
  if (functions.includes(undefined)) reading.note('function', 'record-refused');
  const mainClasses = reading.list('mainClasses').flatMap((code) => parseLabel(code) ?? []);
  return {
    type: 'staff',
    ...readPerson(reading),
    mail: reading.stated('mail', parseMail, { reason: 'mail', effect: 'value-ignored' }),
    posts: [
      {
        ...{ uai, profile, classes: readClasses(reading), mainClasses },
        functions: [...new Set(functions.filter((code) => code !== undefined))],
      },
    ],
  };
}
