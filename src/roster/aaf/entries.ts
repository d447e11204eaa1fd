import type {
  Enrolment,
  EstablishmentEntry,
  EstablishmentKind,
  GuardianEntry,
  PersonEntry,
  PupilEntry,
  Relation,
  StaffEntry,
} from '../entry.ts';
import type { RecordReading } from '../record-reading.ts';
import {
  parseBirthDate,
  parseIne,
  parseKey,
  parseLabel,
  parseMail,
  parseName,
  parsePhone,
  parseUai,
} from '../values.ts';
import { isReadableFunction, parsePosts, type RawPost } from './posts.ts';
import { parseRelation } from './relations.ts';

/** AAF attributes → entries, still naming establishments by their structure key, as AAF does. */

export interface RawEstablishment extends EstablishmentEntry {
  structure: string;
}
export type RawPupil = Omit<PupilEntry, 'enrolments'> & { enrolments: RawEnrolment[] };
export type RawEnrolment = Omit<Enrolment, 'uai'> & { structure: string };
export type RawStaff = Omit<StaffEntry, 'posts'> & { posts: RawPost[] };

export function readEstablishment(reading: RecordReading, academie: string): RawEstablishment {
  const named = reading.list('ENTStructureUAI').length > 0 ? 'ENTStructureUAI' : 'ENTEtablissementUAI';
  return {
    type: 'establishment',
    at: reading.at,
    academie,
    structure: reading.required('ENTStructureJointure', parseKey, 'key', 'nothing-applied'),
    uai: reading.required(named, parseUai, 'uai', 'nothing-applied'),
    name: reading.required('ENTStructureNomCourant', parseStructureName, 'name', 'nothing-applied'),
    kind: kindOf(reading.list('ENTStructureTypeStruct')[0] ?? ''),
    mail: reading.stated('ENTStructureMailSI', parseMail, { reason: 'mail', effect: 'value-ignored' }),
    classes: classCodes(reading),
    schoolYear: undefined,
  };
}

/** `TYPE$NOM$VILLE` */
function parseStructureName(text: string): string | undefined {
  const [type = '', name = '', town = ''] = text.split('$').map((part) => part.trim());
  const title = [type, name].filter(Boolean).join(' ');
  return parseLabel(town ? `${title}, ${town}` : title);
}

function kindOf(type: string): EstablishmentKind {
  if (/^ECOLE/i.test(type)) return 'ecole';
  if (/^COLL[EÈ]GE|^CLG/i.test(type)) return 'college';
  return /^LYC[EÉ]E|^LP|^LPO|^LGT/i.test(type) ? 'lycee' : 'other';
}

/** ENTStructureClasses: `code$libellé$…` */
function classCodes(reading: RecordReading): string[] {
  const codes = reading.list('ENTStructureClasses').map((value) => parseLabel(value.split('$', 1)[0] ?? ''));
  if (codes.includes(undefined)) reading.note('class', 'nothing-applied');
  return [...new Set(codes.filter((code) => code !== undefined))];
}

export function readGuardian(reading: RecordReading, academie: string): GuardianEntry {
  return {
    type: 'guardian',
    ...readPerson(reading, academie),
    mail: reading.stated('mail', parseMail, { reason: 'mail', effect: 'value-ignored' }),
    phone: reading.stated('mobile', parsePhone, { reason: 'phone', effect: 'value-ignored' }),
  };
}

export function readPupil(reading: RecordReading, academie: string): RawPupil {
  const enrolments = readEnrolments(reading);
  if (enrolments.length === 0) reading.note('no-establishment', 'record-refused');
  return {
    type: 'pupil',
    ...readPerson(reading, academie),
    birthDate: reading.stated('ENTPersonDateNaissance', parseBirthDate, {
      reason: 'birth-date',
      effect: 'record-refused',
    }),
    ine: reading.stated('ENTEleveINE', parseIne, { reason: 'ine', effect: 'record-refused' }),
    enrolments,
    relations: readRelations(reading),
  };
}

/** ENTPersonStructRattach names the school; ENTEleveClasses (`etab$classe`) may name it and others. */
function readEnrolments(reading: RecordReading): RawEnrolment[] {
  const classesOf = new Map<string, string[]>();
  for (const structure of reading.list('ENTPersonStructRattach')) classesOf.set(structure, []);
  for (const value of reading.list('ENTEleveClasses')) {
    const [structure = '', text = ''] = value.split('$', 2).map((part) => part.trim());
    const code = parseLabel(text);
    const classes = classesOf.get(structure) ?? [];
    if (!structure || !code) reading.note('class', 'record-refused');
    else if (!classes.includes(code)) classesOf.set(structure, [...classes, code]);
  }
  return [...classesOf].map(([structure, classes]) => ({ structure, classes }));
}

function readRelations(reading: RecordReading): Relation[] {
  const relations = reading.list('ENTElevePersRelEleve').map(parseRelation);
  if (relations.includes(undefined)) reading.note('relation', 'record-refused');
  return relations.filter((relation) => relation !== undefined);
}

export function readStaff(reading: RecordReading, academie: string): RawStaff {
  const functions = [...reading.list('ENTPersonFonctions')];
  if (!functions.every(isReadableFunction)) reading.note('function', 'record-refused');
  const posts = parsePosts({
    functions,
    classes: [...reading.list('ENTAuxEnsClassesMatieres')],
    mainClasses: [...reading.list('ENTAuxEnsClassesPrincipal')],
    attachedTo: [...reading.list('ENTPersonStructRattach')],
    facesPupils: reading.list('PersEducNatPresenceDevantEleves')[0] === 'O',
  });
  if (posts.length === 0) reading.note('no-establishment', 'record-refused');
  return {
    type: 'staff',
    ...readPerson(reading, academie),
    mail: reading.stated('mail', parseMail, { reason: 'mail', effect: 'value-ignored' }),
    posts,
  };
}

function readPerson(reading: RecordReading, academie: string): PersonEntry {
  return {
    at: reading.at,
    academie,
    source: 'aaf',
    key: reading.required('ENTPersonJointure', parseKey, 'key', 'nothing-applied'),
    givenName: reading.required('givenName', parseName, 'name'),
    familyName: reading.required('sn', parseName, 'name'),
    birthName: reading.stated('ENTPersonNomPatro', parseName, { reason: 'name', effect: 'record-refused' }),
  };
}
