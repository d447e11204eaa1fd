import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type MailServer, mailServer } from '../messages/mail-server.ts';
import { environmentFor, type Server, startServer } from '../support/processes.ts';
import { type TestStores, testStores } from '../support/stores.ts';
import { type NoticesWorld, noticesWorld } from './notices-world.ts';

const folder = mkdtempSync(join(tmpdir(), 'preau-notices-'));
let stores: TestStores;
let world: NoticesWorld;
let mails: MailServer;
let server: Server;
beforeAll(async () => {
  stores = await testStores();
  world = await noticesWorld(stores);
  mails = await mailServer();
  const environment = environmentFor(stores, folder);
  server = await startServer({ ...environment, PREAU_SMTP_URL: `smtp://127.0.0.1:${mails.port}` });
}, 60_000);
afterAll(async () => {
  await server.stop();
  await mails.close();
  await world.close();
  await stores.close();
  rmSync(folder, { recursive: true });
});

it('a claim made elsewhere is told by a running Préau within seconds, and nothing is left in the outbox', async () => {
  await world.claimed((child) => world.guardianOf(child, { contacts: { mail: 'lea@famille.example' } }));
  for (let wait = 0; wait < 200 && mails.received.length === 0; wait += 1) await pause(50);
  expect(mails.received).toMatchObject([{ from: 'preau@localhost', to: ['lea@famille.example'] }]);
  expect(await world.sent()).toEqual([]);
});
