import { accessSync, constants } from 'node:fs';
import { dirname } from 'node:path';
import { type Input, UsageError } from './command.ts';

/** `--out`, in a folder where a file can be made: looked at before anything is done that only the file would tell. */
export function outFileOf(input: Input): string {
  const out = input.required('out');
  try {
    accessSync(dirname(out), constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new UsageError(`--out ${out}: ${(error as Error).message}`);
  }
  return out;
}
