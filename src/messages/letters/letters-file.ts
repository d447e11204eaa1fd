import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream, openSync, rmSync, type WriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Writable } from 'node:stream';

export interface LettersFile {
  stream: Writable;
  /** On the disk, under its own name at last, in place of a former one. */
  keep(): Promise<void>;
  /** Whatever was written of it is gone. */
  discard(): Promise<void>;
}

/**
 * Only its owner reads it, from the first byte on; a link that somebody laid under the name is not followed. Whoever stops
 * the process before it is kept leaves nothing of it.
 */
export async function openLettersFile(path: string): Promise<LettersFile> {
  const draft = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}`);
  const forget = () => rmSync(draft, { force: true });
  // At once: between a file that is there and the promise to remove it no signal comes.
  const fd = openSync(draft, 'wx', 0o600);
  process.once('exit', forget);
  const stream = createWriteStream(draft, { fd, flush: true });
  // From here on a refused write is an error of the pipeline that feeds it.
  stream.on('error', () => {});
  return {
    stream,
    async keep() {
      await closed(stream);
      await rename(draft, path);
      process.off('exit', forget);
    },
    async discard() {
      stream.destroy();
      await closed(stream);
      await rm(draft, { force: true });
      process.off('exit', forget);
    },
  };
}

async function closed(stream: WriteStream): Promise<void> {
  if (!stream.closed) await once(stream, 'close');
}
