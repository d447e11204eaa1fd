import { randomBytes } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Writable } from 'node:stream';

export interface LettersFile {
  stream: Writable;
  /** Under its own name at last, in place of a former one. */
  keep(): Promise<void>;
  /** Whatever was written of it is gone. */
  discard(): Promise<void>;
}

/** Only its owner reads it, from the first byte on; a link that somebody laid under the name is not followed. */
export async function openLettersFile(path: string): Promise<LettersFile> {
  const draft = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}`);
  const handle = await open(draft, 'wx', 0o600);
  const stream = handle.createWriteStream({ autoClose: false });
  // A refused write is an error of the pipeline that feeds it, not of nobody.
  stream.on('error', () => {});
  return {
    stream,
    async keep() {
      await handle.sync();
      await handle.close();
      await rename(draft, path);
    },
    async discard() {
      stream.destroy();
      await handle.close().catch(() => {});
      await rm(draft, { force: true });
    },
  };
}
