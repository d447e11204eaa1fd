import { open } from 'node:fs/promises';
import { type AafFile, recogniseAafFile } from './aaf/files.ts';
import { readAaf } from './aaf/read.ts';
import { readCsv } from './csv/read.ts';
import type { RosterItem } from './entry.ts';
import { asProblem } from './guarded.ts';
import { type Problem, RosterFault } from './problem.ts';
import type { RosterRules } from './rules.ts';

/**
 * Files of any kind, recognised by what they hold → entries and problems, streaming. A problem whose effect is `nothing-applied` condemns the whole import.
 */
export async function* readRoster(paths: readonly string[], rules: RosterRules): AsyncGenerator<RosterItem> {
  const aaf: AafFile[] = [];
  const csv: string[] = [];
  for (const path of [...paths].sort()) {
    const found = yield* recognise(path, rules);
    if (found === 'csv') csv.push(path);
    else if (found) aaf.push(found);
  }
  if (aaf.length > 0) yield* readAaf(aaf, rules);
  if (csv.length > 0) yield* readCsv(csv, rules);
}

async function* recognise(
  path: string,
  rules: RosterRules,
): AsyncGenerator<Problem, AafFile | 'csv' | undefined> {
  try {
    const kind = await kindOf(path);
    return kind === 'csv' ? 'csv' : await recogniseAafFile(path, rules);
  } catch (error) {
    yield asProblem(path, error);
    return undefined;
  }
}

/** XML begins with `<`; a compressed or other binary file with none of what text begins with. */
async function kindOf(path: string): Promise<'xml' | 'csv'> {
  const handle = await open(path);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(512), 0, 512, 0);
    const start = buffer.subarray(0, bytesRead);
    if (bytesRead === 0) throw new RosterFault('empty', 1);
    if (start[0] === 0xff || start[0] === 0xfe) throw new RosterFault('encoding', 1, 'it is UTF-16');
    if (start.includes(0))
      throw new RosterFault('not-roster', 1, 'it is not a text; unpack it first if it is an archive');
    return /^(\xef\xbb\xbf)?\s*</.test(start.toString('latin1')) ? 'xml' : 'csv';
  } finally {
    await handle.close();
  }
}
