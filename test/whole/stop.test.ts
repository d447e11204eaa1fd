import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import pg from 'pg';
import { pino } from 'pino';
import { type Preau, startPreau } from '../../src/app.ts';
import { loadConfig } from '../../src/config.ts';
import { environmentFor } from '../support/processes.ts';
import { type TestStores, testStores } from '../support/stores.ts';

let stores: TestStores;
let folder: string;
let preau: Preau;
let holders: [contracts: pg.Client, audit: pg.Client];
beforeAll(async () => {
  stores = await testStores();
  folder = mkdtempSync(join(tmpdir(), 'preau-stop-'));
  const environment = { PREAU_PORT: '0', PREAU_METRICS_PORT: '0', ...environmentFor(stores, folder) };
  const config = loadConfig(environment);
  const alarms = { ...config.alarms, everySeconds: 1 };
  const postgres = { ...config.postgres, lockMilliseconds: 2000 };
  preau = await startPreau({ ...config, alarms, postgres }, pino({ level: 'silent' }));
  const owner = stores.connectionOf('preau_owner');
  holders = [new pg.Client(owner), new pg.Client(owner)];
  for (const holder of holders) await holder.connect();
}, 60_000);
afterAll(async () => {
  for (const holder of holders) await holder.end();
  await stores.close();
  rmSync(folder, { recursive: true, force: true });
});

it('takes nobody new at once, and waits for what runs, not for all that could still be done', async () => {
  const address = `http://127.0.0.1:${preau.port}/register.json`;
  const [contracts, audit] = holders;
  await contracts.query('begin; lock table preau.contracts in access exclusive mode');
  await audit.query('begin; lock table preau.audit_events in access exclusive mode');
  await untilSomebodyWaitsFor('audit_events');
  const underWay = fetch(address);
  await untilSomebodyWaitsFor('contracts');
  const stopped = preau.stop();
  await expect(fetch(address.replace('register.json', 'health/live'))).rejects.toThrow('fetch failed');
  await contracts.query('rollback');
  expect((await underWay).status).toBe(200);
  // Each of the alarms' rules would wait two seconds for its lock.
  const tooLate = pause(5000, 'too late', { ref: false });
  expect(await Promise.race([stopped, tooLate])).toBeUndefined();
}, 30_000);

async function untilSomebodyWaitsFor(table: string): Promise<void> {
  const waiting = `select from pg_locks where relation = 'preau.${table}'::regclass and not granted`;
  while ((await holders[0].query(waiting)).rowCount === 0) await pause(10);
}
