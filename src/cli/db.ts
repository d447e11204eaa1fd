import { migrateStores } from '../storage/stores.ts';
import type { Command } from './command.ts';

export const commands: Command[] = [
  {
    name: 'db migrate',
    summary: 'brings the database to the schema of this version, as its owner (PREAU_OWNER_DATABASE_URL)',
    async run({ config }) {
      const applied = await migrateStores(config);
      const lines = applied.length > 0 ? applied.map((name) => `applied ${name}`) : ['nothing to apply'];
      return { outcome: 'done', json: { applied }, lines };
    },
  },
];
