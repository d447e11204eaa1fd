import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RosterItem } from '../../src/roster/entry.ts';
import type { Problem } from '../../src/roster/problem.ts';
import { readRoster } from '../../src/roster/read.ts';
import { loadRosterRules } from '../../src/roster/rules.ts';

export type Attributes = Record<string, string | string[]>;

const HEAD = '<!-- codeAcademieExport="13" degre="2D" dateGenerationExport="16/09/2026" -->';
const DOCTYPE = '<!DOCTYPE ficAlimMENESR SYSTEM "ficAlimMENESR.dtd">';

export function aafXml(
  category: string,
  records: readonly Attributes[],
  {
    encoding = 'UTF-8',
    head = HEAD,
    doctype = DOCTYPE,
  }: { encoding?: string; head?: string; doctype?: string } = {},
): string {
  const kind = category === 'EtabEducNat' ? 'categorieStructure' : 'categoriePersonne';
  const all = records.map(
    (attributes) => `<addRequest>
<operationalAttributes><attr name="${kind}"><value>${category}</value></attr></operationalAttributes>
<identifier><id>1</id></identifier>
<attributes>
${Object.entries(attributes).map(attributeXml).join('\n')}
</attributes>
</addRequest>`,
  );
  return `<?xml version="1.0" encoding="${encoding}"?>\n${doctype}\n<ficAlimMENESR>\n${head}\n${all.join('\n')}\n</ficAlimMENESR>\n`;
}

function attributeXml([name, values]: [string, string | string[]]): string {
  const inside = [values].flat().map((value) => `<value>${value.replaceAll('&', '&amp;')}</value>`);
  return `<attr name="${name}">${inside.join('') || '<value/>'}</attr>`;
}

export const SCHOOL: Attributes = {
  ENTStructureJointure: '43',
  ENTStructureUAI: '0130001A',
  ENTStructureNomCourant: 'COLLEGE$DES SOURCES$VALMONT',
  ENTStructureTypeStruct: 'COLLEGE',
  ENTStructureClasses: ['6EA$SIXIEME A$', '6EB$SIXIEME B$'],
};
export const MOTHER: Attributes = {
  ENTPersonJointure: '900',
  sn: 'VALNAC',
  givenName: 'Éléonore',
  ENTPersonNomPatro: 'DORMONT',
  mail: 'Eleonore.Valnac@familles.example',
  mobile: '06 39 98 12 34',
};
export const PUPIL: Attributes = {
  ENTPersonJointure: '100',
  sn: 'VALNAC',
  givenName: 'Lina',
  ENTPersonDateNaissance: '07/03/2015',
  ENTEleveINE: '100000000AA',
  ENTPersonStructRattach: '43',
  ENTEleveClasses: '43$6EA',
  ENTElevePersRelEleve: '900$10$1$1$1$0',
};
export const TEACHER: Attributes = {
  ENTPersonJointure: '500',
  sn: 'CORLET',
  givenName: 'Basile',
  mail: 'basile.corlet@academie.example',
  ENTPersonFonctions: '43$ENS$ENSEIGNEMENT$L0100$MATHEMATIQUES',
  ENTAuxEnsClassesMatieres: ['43$6EA$MATHEMATIQUES', '43$6EB$MATHEMATIQUES'],
  ENTAuxEnsClassesPrincipal: '43$6EA',
  PersEducNatPresenceDevantEleves: 'O',
};

/** File name → its content. */
export type Files = Record<string, string | Buffer>;

export function aafFiles(changes: Files = {}): Files {
  return {
    'etab.xml': aafXml('EtabEducNat', [SCHOOL]),
    'rel.xml': aafXml('PersRelEleve', [MOTHER]),
    'eleve.xml': aafXml('Eleve', [PUPIL]),
    'educ.xml': aafXml('PersEducNat', [TEACHER]),
    ...changes,
  };
}

export async function readFiles(files: Files): Promise<RosterItem[]> {
  return withFiles(files, readPaths);
}

export async function withFiles<T>(files: Files, act: (paths: string[]) => Promise<T>): Promise<T> {
  const dir = mkdtempSync(join(tmpdir(), 'preau-roster-'));
  try {
    for (const [name, content] of Object.entries(files)) writeFileSync(join(dir, name), content);
    return await act(Object.keys(files).map((name) => join(dir, name)));
  } finally {
    rmSync(dir, { recursive: true });
  }
}

export async function readPaths(paths: readonly string[]): Promise<RosterItem[]> {
  const items: RosterItem[] = [];
  for await (const item of readRoster(paths, loadRosterRules())) items.push(item);
  return items;
}

export function problemsOf(items: readonly RosterItem[]): Problem[] {
  return items.filter((item) => item.type === 'problem');
}
