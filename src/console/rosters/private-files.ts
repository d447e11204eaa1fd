import { randomBytes } from 'node:crypto';
import { open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { UploadedFile } from '../../http/uploads.ts';

/**
 * The files of a roster as the reader wants them: by path. Each loses its name as soon as it is open, and lives on
 * under its descriptor alone: a process that is killed leaves nothing behind.
 */
export async function withPrivateFiles<T>(
  files: readonly UploadedFile[],
  act: (paths: readonly string[]) => Promise<T>,
): Promise<T> {
  const opened: Awaited<ReturnType<typeof open>>[] = [];
  try {
    for (const { bytes } of files) {
      const path = join(tmpdir(), `preau-${randomBytes(16).toString('hex')}`);
      const handle = await open(path, 'wx+', 0o600);
      opened.push(handle);
      await rm(path);
      await handle.writeFile(bytes);
    }
    return await act(opened.map(({ fd }) => `/proc/self/fd/${fd}`));
  } finally {
    await Promise.all(opened.map((handle) => handle.close()));
  }
}
