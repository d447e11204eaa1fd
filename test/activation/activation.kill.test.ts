import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { KILLS } from '../support/amount.ts';
import type { Claiming } from './claimer.ts';
import { startClaimer } from './two-claimers.ts';
import { activationWorld, type World } from './world.ts';

const PUPILS = 12;

let world: World;
beforeAll(async () => {
  world = await activationWorld();
});
afterAll(() => world.close());

/** Pupils who have given both proofs, each with a password of their own. */
async function readyToClaim(className: string): Promise<Claiming[]> {
  const persons = await world.people({ count: PUPILS, className });
  const codes = await world.print(className);
  const { word } = await world.open(className);
  return Promise.all(
    persons.map(async (person) => {
      const typed = { code: codes.get(person) ?? '', proof: word };
      const begun = await world.activation.begin(world.activation.classWindow, typed);
      if (begun.outcome !== 'begun') throw new Error('not begun');
      return {
        kind: 'claim',
        token: begun.token,
        password: `phrase-de-la-personne-${person}`,
        person,
        letter: '',
      };
    }),
  );
}

/** Everything an activation leaves, or nothing of it. */
async function traceOf(person: number) {
  const { db } = world.stores;
  const [state, letter, password, events] = await Promise.all([
    db
      .selectFrom('account_states')
      .select('state')
      .where('person', '=', person)
      .where('until_at', 'is', null)
      .executeTakeFirst(),
    db.selectFrom('letters').select('state').where('person', '=', person).executeTakeFirst(),
    db.selectFrom('passwords').select('hash').where('person', '=', person).executeTakeFirst(),
    world.events(person),
  ]);
  const activated = events.filter(({ name }) => name === 'account.activated').length;
  return { state: state?.state, letter: letter?.state, hash: password?.hash, activated };
}

it('leaves an account active with that password or untouched, wherever the process is killed', async () => {
  for (let kill = 0; kill < KILLS; kill += 1) {
    const tasks = await readyToClaim(`K${kill}`);
    const claimer = await startClaimer(world);
    const answers = tasks.map((task) => claimer.perform(task));
    await setTimeout(Math.random() * 60);
    claimer.child.kill('SIGKILL');
    const outcomes = await Promise.all(answers);
    for (const [index, { person, password }] of tasks.entries()) {
      const claimed = { state: 'active', letter: 'used', hash: `hash of ${password}`, activated: 1 };
      const untouched = { state: 'dormant', letter: 'printed', hash: undefined, activated: 0 };
      const trace = await settled(person);
      if (outcomes[index] === 'claimed') expect(trace).toEqual(claimed);
      else expect([claimed, untouched]).toContainEqual(trace);
    }
  }
});

/** What PostgreSQL was still doing for the dead process is over in a moment. */
async function settled(person: number) {
  const { db } = world.stores;
  await db
    .transaction()
    .execute((tx) =>
      tx.selectFrom('accounts').select('person').where('person', '=', person).forUpdate().execute(),
    );
  return traceOf(person);
}
