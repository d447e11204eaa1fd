import { basename } from 'node:path';
import type { RosterItem } from '../entry.ts';
import { asProblem } from '../guarded.ts';
import { type Problem, RosterFault } from '../problem.ts';
import { RecordReading } from '../record-reading.ts';
import type { RosterRules } from '../rules.ts';
import { type Column, readHeader, splitCell } from './columns.ts';
import { CsvPeople } from './people.ts';
import { type CsvRow, parseCsv, readCsvText } from './rows.ts';

/** Documented plain CSV files (docs/roster.md), all of one delivery → the same entries as any other source. */
export async function* readCsv(paths: readonly string[], rules: RosterRules): AsyncGenerator<RosterItem> {
  const people = new CsvPeople();
  for (const path of paths) {
    const fault = await readFile(path, rules, people);
    if (fault) yield fault;
  }
  yield* people.items();
}

async function readFile(path: string, rules: RosterRules, into: CsvPeople): Promise<Problem | undefined> {
  try {
    await readRows(path, rules, into);
    return undefined;
  } catch (error) {
    return asProblem(path, error);
  }
}

async function readRows(path: string, rules: RosterRules, people: CsvPeople): Promise<void> {
  const rows = parseCsv(await readCsvText(path, rules.limits.csvBytes));
  const header = rows.next();
  if (header.done) throw new RosterFault('empty', 1);
  const columns = readHeader(header.value.fields, header.value.line);
  for (const row of rows) {
    if (row.fields.length !== header.value.fields.length) throw new RosterFault('csv-width', row.line);
    people.add(readingOf(row, columns, basename(path)));
  }
}

const LISTS = new Set<Column>(['classes', 'mainClasses', 'functions', 'children']);

function readingOf(row: CsvRow, columns: ReadonlyMap<Column, number>, file: string): RecordReading {
  return new RecordReading({ file, line: row.line }, (name) => {
    const index = columns.get(name as Column);
    if (index === undefined) return undefined;
    const cell = row.fields[index]?.trim() ?? '';
    if (LISTS.has(name as Column)) return splitCell(cell);
    return cell ? [cell] : [];
  });
}
