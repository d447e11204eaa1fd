import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ROUNDS } from '../support/amount.ts';
import type { Task } from './claimer.ts';
import { type Claimer, performAll, startClaimer } from './two-claimers.ts';
import { activationWorld, type World } from './world.ts';

const AT_ONCE = 20;

let world: World;
let claimers: Claimer[];
beforeAll(async () => {
  world = await activationWorld();
  claimers = await Promise.all([startClaimer(world), startClaimer(world)]);
});
afterAll(async () => {
  await Promise.all(claimers.map((claimer) => claimer.stop()));
  await world.close();
});

const countOf = (outcomes: readonly string[], outcome: string) =>
  outcomes.filter((one) => one === outcome).length;

async function claimsOf(kind: 'claim' | 'claim-naively'): Promise<{ person: number; tasks: Task[] }> {
  const { person, code, word } = await world.pupilWithProofs();
  const { id: letter } = await world.stores.db
    .selectFrom('letters')
    .select('id')
    .where('person', '=', person)
    .executeTakeFirstOrThrow();
  const tasks: Task[] = [];
  for (let n = 0; n < AT_ONCE; n += 1) {
    const begun = await world.activation.begin(world.activation.classWindow, { code, proof: word });
    if (begun.outcome !== 'begun') throw new Error('not begun');
    tasks.push({ kind, token: begun.token, password: `mot-de-passe-numero-${n}`, person, letter });
  }
  return { person, tasks };
}

describe('twenty uses of one code at once, through two processes', () => {
  it('give the account to one of twenty passwords', async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const { person, tasks } = await claimsOf('claim');
      const outcomes = await performAll(claimers, tasks);
      expect([countOf(outcomes, 'claimed'), countOf(outcomes, 'ended')]).toEqual([1, AT_ONCE - 1]);
      const winner = tasks[outcomes.indexOf('claimed')];
      const { hash } = await world.stores.db
        .selectFrom('passwords')
        .select('hash')
        .where('person', '=', person)
        .executeTakeFirstOrThrow();
      expect(hash).toBe(`hash of ${winner && 'password' in winner ? winner.password : ''}`);
      const events = await world.events(person);
      expect(events.filter(({ name }) => name === 'account.activated')).toHaveLength(1);
    }
  });

  it('are a race that looking and then acting loses', async () => {
    let most = 0;
    for (let round = 0; round < ROUNDS && most < 2; round += 1) {
      const { tasks } = await claimsOf('claim-naively');
      most = countOf(await performAll(claimers, tasks), 'claimed');
    }
    expect(most).toBeGreaterThan(1);
  });
});

describe('forty wrong words at once, through two processes', () => {
  async function triesOf(kind: 'begin' | 'begin-naively'): Promise<{ person: number; tasks: Task[] }> {
    const { person, code, window } = await world.pupilWithProofs();
    const task: Task = { kind, code, word: 'faux', person, window };
    return { person, tasks: Array.from({ length: 2 * AT_ONCE }, () => task) };
  }

  it('are compared five times', async () => {
    for (let round = 0; round < Math.ceil(ROUNDS / 4); round += 1) {
      const { person, tasks } = await triesOf('begin');
      const outcomes = await performAll(claimers, tasks);
      expect(countOf(outcomes, 'refused')).toBe(tasks.length);
      const reasons = (await world.events(person)).map(({ details }) => details.because);
      expect(reasons.filter((because) => because === 'wrong-word')).toHaveLength(5);
      expect(reasons.filter((because) => because === 'no-tries-left')).toHaveLength(tasks.length - 5);
    }
  });

  it('are a race that comparing and then counting loses', async () => {
    let most = 0;
    for (let round = 0; round < ROUNDS && most <= 5; round += 1) {
      const { tasks } = await triesOf('begin-naively');
      most = countOf(await performAll(claimers, tasks), 'compared');
    }
    expect(most).toBeGreaterThan(5);
  });
});
