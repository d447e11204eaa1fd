// Applies the plan named on the command line, as `preau roster apply` does, so that a test can kill it.
import { createDigests } from '../../src/crypto/digests.ts';
import { createRosterOperations } from '../../src/roster/operations.ts';
import { loadKeyRing } from '../../src/storage/data-keys.ts';
import { openPostgres } from '../../src/storage/postgres.ts';

const [plan = '', act = 'apply', database = '', host = '', wrappingKey = '', digestKey = '', from = ''] =
  process.argv.slice(2);
const { db } = openPostgres({
  connection: { host, database, user: 'preau_app' },
  poolSize: 2,
  waiting: 10,
  connectMilliseconds: 5000,
  statementMilliseconds: 10_000,
  lockMilliseconds: 5000,
});
const operations = createRosterOperations({
  db,
  keyRing: await loadKeyRing(db, Buffer.from(wrappingKey, 'hex')),
  digests: createDigests(Buffer.from(digestKey, 'hex')),
  now: () => new Date(from),
  settings: { batchSize: 3, closuresNeedingConsentPercent: 10, closuresNeedingConsentPeople: 5 },
});
const by = { kind: 'system', name: 'test' } as const;
const onProgress = (done: number) => process.stdout.write(`${done}\n`);
const result =
  act === 'undo'
    ? await operations.undo({ id: plan, by, onProgress })
    : await operations.apply({ id: plan, by, closures: 'accepted', onProgress });
process.stdout.write(`${JSON.stringify(result)}\n`);
await db.destroy();
