import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createOutbox } from '../../src/messages/outbox.ts';
import { addJob } from '../../src/storage/queue.ts';
import { queueDepth } from '../../src/storage/queue-depth.ts';
import { asSuperuser, type TestStores, testStores } from '../support/stores.ts';
import { type World, wholeWorld } from '../support/world.ts';
import { type NoticesWorld, noticesWorld, tokenIn } from './notices-world.ts';

// Claims are made in the small world, on the stores of the whole one, which sends and shows.
let stores: TestStores;
let whole: World;
let world: NoticesWorld;
beforeAll(async () => {
  stores = await testStores();
  world = await noticesWorld(stores);
  whole = await wholeWorld({ stores });
});
afterAll(async () => {
  await whole.close();
  await world.close();
  await stores.close();
});

const outbox = () => createOutbox({ db: stores.db, mode: 'test', now: whole.now }).list();

describe('Préau as a whole', () => {
  it('sends the notice of a claim; its page locks the account at the press of a button', async () => {
    const person = await world.claimed((child) =>
      world.guardianOf(child, { contacts: { mail: 'lea@famille.example', phone: '+33612345678' } }),
    );
    await whole.app.queue.drain();
    const sent = await outbox();
    expect(sent.map(({ to }) => to).sort()).toEqual(['+33612345678', 'lea@famille.example']);
    const visitor = whole.visitor();
    const [link = ''] = /http:\S+not-me\S+/.exec(sent[0]?.text ?? '') ?? [];
    expect(link.startsWith(`${whole.issuer}/not-me?token=`)).toBe(true);
    await visitor.open(link);
    expect((await visitor.submit({})).text).toContain('Le compte est bloqué');
    const locks = await stores.db.selectFrom('locks').select('reason').where('person', '=', person).execute();
    expect(locks).toEqual([{ reason: 'the claim was disowned by its guardian' }]);
  });

  it('keeps no link of a notice but in the outbox', async () => {
    const tokens = (await outbox()).map(tokenIn).filter(Boolean);
    expect(tokens.length).toBeGreaterThan(0);
    const database = String(stores.connectionOf('preau_app').database);
    const { rows } = await asSuperuser(
      `select format('%I.%I', schemaname, tablename) as name from pg_tables
       where schemaname not in ('pg_catalog', 'information_schema')`,
      database,
    );
    const holding: string[] = [];
    for (const { name } of rows as { name: string }[]) {
      const { rows: lines } = await asSuperuser(`select t::text as line from ${name} t`, database);
      const text = (lines as { line: string }[]).map(({ line }) => line).join('\n');
      const forms = tokens.flatMap((token) => [token, Buffer.from(token).toString('hex'), rawHex(token)]);
      if (forms.some((form) => text.includes(form))) holding.push(name);
      if (name !== 'preau.outbox') expect(text).not.toMatch(/lea@famille|33612345678/);
    }
    expect(holding).toEqual(['preau.outbox']);
  });

  it('shows to whoever watches what waits, by task and state', async () => {
    await addJob(stores.db, {
      task: 'activation.notice',
      payload: {},
      runAt: new Date(Date.now() + 600_000),
    });
    const text = await whole.app.metrics.registry.metrics();
    expect(text).toMatch(/preau_queue_jobs\{task="activation.notice",state="later"\} 1/);
    expect(await queueDepth(stores.db)).toContainEqual(
      expect.objectContaining({ task: 'activation.notice', later: 1, due: 0, failed: 0, errors: [] }),
    );
  });
});

function rawHex(token: string): string {
  return Buffer.from(token, 'base64url').toString('hex');
}
