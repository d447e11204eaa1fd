import type { Parts } from '../../src/parts.ts';
import { markDemo } from '../store.ts';
import { writeLetters } from './letters.ts';
import { appointOfficers } from './officers.ts';
import { wakeTheActive } from './people.ts';
import { grantRights } from './rights.ts';
import { importRoster } from './roster.ts';
import { type Stage, setStage } from './stage.ts';

/** The folder holds people who are not the demo's: nothing was touched. */
export class NotADemo extends Error {
  override readonly name = 'NotADemo';
}

/**
 * At every start: does what is missing, and nothing to what is there. Each scene can be killed anywhere and is gone
 * through again. The mark comes first: production refuses this database from then on.
 */
export async function seedDemo(parts: Parts): Promise<Stage> {
  if (!(await markDemo(parts.db))) {
    throw new NotADemo(
      `${parts.config.dataDir} holds a Préau that is not a demo: choose another PREAU_DATA_DIR`,
    );
  }
  const stage = setStage(parts);
  await stage.file.save();
  await importRoster(stage);
  await wakeTheActive(stage);
  await grantRights(stage);
  await appointOfficers(stage);
  await writeLetters(stage);
  return stage;
}
