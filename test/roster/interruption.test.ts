import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { generateRoster } from '../../src/roster/generate/generate.ts';
import { BY, type RosterWorld, rosterWorld } from './world.ts';

let world: RosterWorld;
const dir = mkdtempSync(join(tmpdir(), 'preau-interruption-'));
beforeAll(async () => {
  world = await rosterWorld({ batchSize: 10 });
});
afterAll(async () => {
  await world.close();
  rmSync(dir, { recursive: true });
});

/** Runs apply or undo in a process of its own and kills it, without warning, once it says it did `batches`. */
function killedAfter(batches: number, plan: string, act: 'apply' | 'undo'): Promise<void> {
  const { host, database } = world.connectionOf('preau_app');
  const { wrappingKey, digestKey } = world.secrets;
  const script = join(import.meta.dirname, 'apply-child.ts');
  const child = spawn(
    process.execPath,
    [
      script,
      plan,
      act,
      String(database),
      String(host),
      wrappingKey.toString('hex'),
      digestKey.toString('hex'),
      world.dependencies.now().toISOString(),
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    if (text.split('\n').some((line) => /^\d+$/.test(line) && Number(line) >= batches)) child.kill('SIGKILL');
  });
  return new Promise((resolve) => child.once('exit', () => resolve()));
}

/** PostgreSQL notices the death of a client within moments; until then the lock holds. */
async function untilFree<T extends { outcome: string }>(act: () => Promise<T>): Promise<T> {
  for (let tries = 0; tries < 50; tries += 1) {
    const result = await act();
    if (result.outcome !== 'busy') return result;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('still busy');
}

const count = async (table: string): Promise<number> =>
  (await world.pool.query(`select count(*) from ${table}`)).rows[0].count;

describe('a plan whose process is killed', () => {
  it('goes on exactly where it stopped, in both directions', async () => {
    const made = await generateRoster({ schools: 3, pupils: 120, seed: 3, dir });
    const planned = await world.plan({ files: made.files, by: BY });
    if (planned.outcome !== 'planned') throw new Error(JSON.stringify(planned));

    for (const batches of [1, 7, 12]) {
      await killedAfter(batches, planned.id, 'apply');
      const { rows } = await world.pool.query('select state, next_ordinal from roster_plans');
      expect(rows[0]).toMatchObject({ state: 'applying' });
      expect(rows[0].next_ordinal).toBeGreaterThanOrEqual(batches);
    }
    expect(await untilFree(() => world.apply({ id: planned.id, by: BY }))).toMatchObject({
      outcome: 'applied',
    });
    expect(await count('persons')).toBe(planned.counts.created);
    expect(await count(`account_states where state = 'dormant' and until_at is null`)).toBe(
      planned.counts.created,
    );
    expect(await count(`audit_events where name = 'roster.person-created'`)).toBe(planned.counts.created);
    const again = await world.plan({ files: made.files, by: BY });
    expect(again).toMatchObject({
      counts: { created: 0, changed: 0, closed: 0, left: planned.counts.created },
    });

    await killedAfter(4, planned.id, 'undo');
    expect(await untilFree(() => world.undo({ id: planned.id, by: BY }))).toEqual({
      outcome: 'undone',
      undone: planned.counts.created,
      kept: 0,
    });
    expect(await count('memberships where until_at is null')).toBe(0);
    expect(await count('guardianships where until_at is null')).toBe(0);
    expect(await count(`account_states where state = 'closed' and until_at is null`)).toBe(
      planned.counts.created,
    );
  });
});
