import { basename } from 'node:path';
import type { RosterItem } from './entry.ts';
import { type Problem, problem, RosterFault } from './problem.ts';

/** What goes wrong inside a file's reader becomes its last item. */
export async function* guarded(path: string, items: AsyncIterable<RosterItem>): AsyncGenerator<RosterItem> {
  try {
    yield* items;
  } catch (error) {
    yield asProblem(path, error);
  }
}

export function asProblem(path: string, error: unknown): Problem {
  const file = basename(path);
  if (error instanceof RosterFault) {
    return problem({ file, line: error.line || 1 }, error.reason, 'nothing-applied', error.detail);
  }
  if (isFileError(error)) return problem({ file, line: 1 }, 'unreadable');
  throw error;
}

function isFileError(error: unknown): boolean {
  return /^(ENOENT|EACCES|EISDIR|EPERM|EIO|ENOTDIR|ELOOP|EMFILE)$/.test(
    String((error as { code?: unknown } | null)?.code),
  );
}
