import { RosterFault } from '../problem.ts';

/** Column → the header names that mean it, in lower case without accents or punctuation. First English, then French. */
const COLUMNS = {
  profile: ['profile', 'profil'],
  key: ['key', 'cle', 'identifiant'],
  familyName: ['familyname', 'lastname', 'nom', 'nomusage'],
  givenName: ['givenname', 'firstname', 'prenom'],
  birthName: ['birthname', 'nomnaissance', 'nomdenaissance', 'nomdefamille'],
  birthDate: ['birthdate', 'datenaissance', 'datedenaissance'],
  ine: ['ine', 'nationalid'],
  mail: ['mail', 'email', 'courriel'],
  phone: ['phone', 'mobile', 'telephone', 'portable', 'telephoneportable'],
  uai: ['uai', 'rne'],
  establishment: ['establishment', 'school', 'etablissement', 'ecole'],
  academie: ['academie', 'academy'],
  kind: ['kind', 'type', 'typeetablissement'],
  classes: ['classes', 'class', 'classe'],
  mainClasses: ['mainclasses', 'mainclass', 'classesprincipales', 'professeurprincipal'],
  functions: ['functions', 'function', 'fonctions', 'fonction'],
  children: ['children', 'enfants'],
} as const;
export type Column = keyof typeof COLUMNS;

const REQUIRED: readonly Column[] = [
  'profile',
  'key',
  'familyName',
  'givenName',
  'uai',
  'establishment',
  'academie',
];

/** Which field of a row holds which column. Columns of other names are never looked at. */
export function readHeader(fields: readonly string[], line: number): ReadonlyMap<Column, number> {
  const places = new Map<Column, number>();
  for (const [index, header] of fields.entries()) {
    const column = columnNamed(header);
    if (!column) continue;
    if (places.has(column)) throw new RosterFault('header', line, `${column} stands twice`);
    places.set(column, index);
  }
  if (!places.has('profile') && !places.has('key')) throw new RosterFault('not-roster', line);
  const missing = REQUIRED.filter((column) => !places.has(column));
  if (missing.length > 0) throw new RosterFault('header', line, `missing ${missing.join(', ')}`);
  return places;
}

function columnNamed(header: string): Column | undefined {
  const plain = header
    .normalize('NFD')
    .toLowerCase()
    .replace(/[^a-z]/g, '');
  for (const column of Object.keys(COLUMNS) as Column[]) {
    if ((COLUMNS[column] as readonly string[]).includes(plain)) return column;
  }
  return undefined;
}

/** Several values in one field are separated by `|`. */
export function splitCell(cell: string): string[] {
  return cell
    .split('|')
    .map((part) => part.trim())
    .filter(Boolean);
}
