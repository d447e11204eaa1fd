import { randomBytes } from 'node:crypto';
import { type FileHandle, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Files as the reader wants them: by path. Each loses its name as soon as it is open, and lives on under its descriptor
 * alone: a process that is killed leaves nothing behind.
 */
export async function withPrivateFiles<T>(
  files: readonly AsyncIterable<Uint8Array>[],
  act: (paths: readonly string[]) => Promise<T>,
): Promise<T> {
  const opened: FileHandle[] = [];
  try {
    for (const pieces of files) {
      const path = join(tmpdir(), `preau-${randomBytes(16).toString('hex')}`);
      const handle = await open(path, 'wx+', 0o600);
      opened.push(handle);
      await rm(path);
      for await (const piece of pieces) await handle.writeFile(piece);
    }
    return await act(opened.map(({ fd }) => `/proc/self/fd/${fd}`));
  } finally {
    await Promise.all(opened.map((handle) => handle.close()));
  }
}
