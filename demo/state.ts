import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { open, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

const applicationSchema = z.object({
  kind: z.enum(['timetable', 'library']),
  url: z.string(),
  clientId: z.string(),
  clientSecret: z.string(),
});

const stateSchema = z.object({
  version: z.literal(1),
  /** On the board of the demo's class, at every start the same. */
  word: z.string(),
  /** By roster key. */
  credentials: z.record(
    z.string(),
    z.object({ username: z.string(), password: z.string(), totpSecret: z.string() }),
  ),
  codes: z.record(z.string(), z.string()),
  /** Of those who claimed their account in the demo. */
  usernames: z.record(z.string(), z.string()),
  roster: z.enum(['missing', 'applied']),
  applications: z.array(applicationSchema),
});

/** What the demo must say again at its next start. It stands in this file alone; the database has digests. */
export type DemoState = z.infer<typeof stateSchema>;
export type StoredApplication = z.infer<typeof applicationSchema>;

/** Written before what it describes is done, so that a demo killed in between goes on with the same secrets. */
export interface StateFile {
  readonly state: DemoState;
  save(): Promise<void>;
}

export function openState(dataDir: string, fresh: () => DemoState): StateFile {
  const path = join(dataDir, 'demo-state.json');
  const state = existsSync(path) ? stateSchema.parse(JSON.parse(readFileSync(path, 'utf8'))) : fresh();
  return { state, save: () => writeWhole(path, state) };
}

/** Whoever reads sees the former or the next, never a part; nobody but the owner reads. */
export async function writeWhole(path: string, content: unknown): Promise<void> {
  const beside = `${path}.${randomBytes(4).toString('hex')}`;
  const file = await open(beside, 'wx', 0o600);
  try {
    await file.writeFile(`${JSON.stringify(content, null, 2)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(beside, path);
}
