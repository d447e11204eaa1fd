import { RosterFault } from '../problem.ts';
import type { Category, RosterRules } from '../rules.ts';
import { parseDay } from '../values.ts';
import { readRecords } from './records.ts';

export interface AafFile {
  path: string;
  category: Category;
  /** From the head's codeAcademieExport; some exports leave it out. */
  academie: string | undefined;
  /** yyyy-mm-dd, from the head's dateGenerationExport. */
  generatedOn: string | undefined;
}

/** Files of the same export that hold no person and no establishment. */
const NOT_NEEDED = new Set(['MatiereEducNat', 'MefEducNat']);

/** What a file is, by its first record and never by its name; undefined where the roster has no use for it. */
export async function recogniseAafFile(path: string, rules: RosterRules): Promise<AafFile | undefined> {
  for await (const { category, head, line } of readRecords(path, rules)) {
    if (NOT_NEEDED.has(category)) return undefined;
    if (!isCategory(category)) throw new RosterFault('category', line);
    return { path, category, academie: academieIn(head), generatedOn: dayIn(head) };
  }
  throw new RosterFault('category', 1);
}

function isCategory(text: string): text is Category {
  return text === 'EtabEducNat' || text === 'PersRelEleve' || text === 'Eleve' || text === 'PersEducNat';
}

function academieIn(head: ReadonlyMap<string, string>): string | undefined {
  // 01 and 1 are the same académie.
  const code = head.get('codeAcademieExport')?.replace(/^0+(?=\d)/, '');
  return code && /^[\w-]{1,20}$/.test(code) ? code : undefined;
}

function dayIn(head: ReadonlyMap<string, string>): string | undefined {
  const day = /^(\d{2})\/(\d{2})\/(\d{4})/.exec(head.get('dateGenerationExport') ?? '');
  return day ? parseDay(day[0]) : undefined;
}
