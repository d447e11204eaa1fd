import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { auditEvents } from '../../src/audit/events.ts';

/**
 * Events of the catalogue that no test of this run recorded: asked of the audits that were written, not of the source.
 * Each test's database leaves its names in the folder (see stores.ts).
 */
export function unrecordedEvents(folder: string): string[] {
  const files = readdirSync(folder).map((file) => readFileSync(join(folder, file), 'utf8'));
  const recorded = new Set(files.flatMap((text) => text.split('\n')));
  return Object.keys(auditEvents).filter((name) => !recorded.has(name));
}
