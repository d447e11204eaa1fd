import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Context, Input } from '../../src/cli/command.ts';
import { commands } from '../../src/cli/roster.ts';
import { aafXml, PUPIL } from './aaf-files.ts';
import { BY, type RosterWorld, rosterWorld } from './world.ts';

let world: RosterWorld;
const dir = mkdtempSync(join(tmpdir(), 'preau-commands-'));
beforeAll(async () => {
  world = await rosterWorld();
});
afterAll(async () => {
  await world.close();
  rmSync(dir, { recursive: true });
});

async function run(name: string, operands: string[], options: Record<string, string | true> = {}) {
  const command = commands.find((one) => one.name === name);
  if (!command) throw new Error(`no command ${name}`);
  const { db, keyRing, digests, now, settings } = world.dependencies;
  const context = {
    config: { roster: settings },
    parts: async () => ({ db, keyRing, digests }),
    by: BY,
    reason: 'the nightly file',
    now,
    progress: () => {},
    say: () => {},
  } as unknown as Context;
  const text = (option: string) => (typeof options[option] === 'string' ? options[option] : undefined);
  const input: Input = {
    operands,
    text,
    texts: (option) => [text(option) ?? []].flat(),
    flag: (option) => options[option] === true,
    required: (option) => text(option) ?? '',
  };
  return command.run(context, input);
}

const json = (result: Awaited<ReturnType<typeof run>>) => result.json as Record<string, never>;

describe('preau roster', () => {
  it('applies and undoes as acts of power: whoever does says who they are, and why', () => {
    const acts = commands.filter(({ isActOfPower }) => isActOfPower).map(({ name }) => name);
    expect(acts).toEqual(['roster apply', 'roster undo']);
  });

  it('generates, plans, applies, lists and undoes', async () => {
    const folder = join(dir, 'made');
    const made = await run('roster generate', [folder], { schools: '2', pupils: '40', seed: '5' });
    expect(made.outcome).toBe('done');
    const planned = await run('roster plan', [folder]);
    expect(json(planned)).toMatchObject({
      id: expect.any(String),
      refused: [],
      closures: [],
      counts: { changed: 0 },
    });
    const id = String(json(planned).id);
    expect(json(await run('roster apply', [id]))).toMatchObject({ id, state: 'applied' });
    expect((await run('roster list', [])).json).toMatchObject([{ id, state: 'applied' }]);
    expect(json(await run('roster undo', [id]))).toMatchObject({ state: 'undone', kept: 0 });
    const { rows } = await world.pool.query(
      `select name, reason from audit_events where details ->> 'plan' = $1 and reason is not null order by id`,
      [id],
    );
    expect(rows).toEqual(
      ['roster.applying', 'roster.undoing'].map((name) => ({ name, reason: 'the nightly file' })),
    );
    expect(await run('roster apply', [id])).toMatchObject({
      outcome: 'refused',
      message: 'this plan is undone already',
    });
  });

  it('names file, line and reason of what it refuses', async () => {
    const file = join(dir, 'eleve.xml');
    writeFileSync(file, aafXml('Eleve', [PUPIL]).slice(0, 400));
    const refused = await run('roster plan', [file]);
    expect(refused).toMatchObject({
      outcome: 'refused',
      json: { outcome: 'refused', refused: [{ file: 'eleve.xml', line: 9, reason: 'truncated' }] },
    });
  });

  it('refuses an id that is no plan, and wrong usage', async () => {
    expect(await run('roster apply', ['nothing'])).toMatchObject({
      outcome: 'refused',
      json: { outcome: 'unknown-plan' },
    });
    await expect(run('roster apply', [])).rejects.toThrow('one plan id');
    await expect(run('roster generate', [dir], { schools: '0', pupils: '5', seed: '1' })).rejects.toThrow(
      '--schools',
    );
  });
});
