import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CreateDecoys, createCreateDecoys } from '../../src/canaries/create-decoys.ts';
import { generateRoster } from '../../src/roster/generate/generate.ts';
import { BY, type RosterWorld, rosterWorld } from '../roster/world.ts';

export const SETTINGS = { afterRoster: true, mailDomain: 'familles.example' };

export interface Schools {
  world: RosterWorld;
  uais: string[];
  create: CreateDecoys;
  /** The same files again, or those of another seed or date. */
  importAgain(given?: { date?: string }): Promise<{ counts: object; closures: object[] }>;
  close(): Promise<void>;
}

/** Schools of people who do not exist, imported as a delivery is. */
export async function importedSchools(given: {
  schools: number;
  pupils: number;
  seed: string;
}): Promise<Schools> {
  const world = await rosterWorld({ batchSize: 200 });
  const folder = mkdtempSync(join(tmpdir(), 'preau-canaries-'));
  const importAgain = async ({ date = '2026-09-16' } = {}) => {
    const made = await generateRoster({ ...given, date, dir: folder });
    const planned = await world.plan({ files: made.files, by: BY });
    if (planned.outcome !== 'planned') throw new Error(JSON.stringify(planned));
    const applied = await world.apply({ id: planned.id, by: BY, closures: 'accepted' });
    if (applied.outcome !== 'applied') throw new Error(JSON.stringify(applied));
    return { counts: planned.counts, closures: planned.closures, schools: made.schools };
  };
  const { schools } = await importAgain();
  world.later(24);
  let made = 0;
  return {
    world,
    uais: schools.map(({ uai }) => uai),
    create: createCreateDecoys({
      ...world.dependencies,
      settings: SETTINGS,
      seed: () => {
        made += 1;
        return `${given.seed} decoys ${made}`;
      },
    }),
    importAgain,
    close: async () => {
      rmSync(folder, { recursive: true });
      await world.close();
    },
  };
}
