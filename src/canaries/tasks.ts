import type { Tasks } from '../storage/queue.ts';
import { createCreateDecoys, type Dependencies } from './create-decoys.ts';
import { selectSchools } from './store.ts';

const BY = { kind: 'system', name: 'canaries' } as const;

/** After a roster was applied: each school that has no decoys of its school year gets them, if settings say so. */
export function createCanaryTasks(from: Dependencies): Tasks {
  const create = createCreateDecoys(from);
  return {
    'canaries-after-roster': async () => {
      if (!from.settings.afterRoster) return;
      for (const { uai } of await selectSchools(from.db)) await create(BY, { uai });
    },
  };
}
