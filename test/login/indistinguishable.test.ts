import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { closeAccount } from '../../src/accounts/close-account.ts';
import { lockAccount } from '../../src/accounts/locks.ts';
import { openContacts } from '../../src/directory/contacts.ts';
import { MORNING } from '../accounts/builders.ts';
import { type LoginWorld, loginWorld } from './harness.ts';
import { aUsername, dormant, order, somebody, withTotp } from './people.ts';

const roster = { kind: 'system', name: 'roster' } as const;

let world: LoginWorld;
beforeAll(async () => {
  world = await loginWorld();
});
afterAll(() => world.close());

/** Names of one length, each of an account in another state. */
async function names(): Promise<Record<string, string>> {
  const [active, second, locked, frozen, closed] = await Promise.all([
    somebody(world),
    somebody(world),
    somebody(world),
    somebody(world),
    somebody(world),
  ]);
  await withTotp(world, second);
  await world.accounts.transaction(async (tx) => {
    await lockAccount(tx, roster, { person: locked.person, reason: 'test', at: MORNING });
    await closeAccount(tx, roster, { person: closed.person, reason: 'test', at: MORNING });
  });
  await order(world, { measure: 'freeze', person: frozen.person });
  return {
    unknown: aUsername(),
    active: active.username,
    'active with a second factor': second.username,
    locked: locked.username,
    frozen: frozen.username,
    closed: closed.username,
    dormant: await dormantByMail(),
  };
}

/** A dormant account has no username: a confirmed address is the only name that finds it. */
async function dormantByMail(): Promise<string> {
  const person = await dormant(world);
  const sealer = await world.accounts.sealer(person);
  const value = 'lin@exemple.fr';
  await world.accounts.transaction(async (tx) => {
    const given = { digests: world.accounts.digests, at: MORNING };
    await openContacts(tx, [{ sealer, uai: null, kind: 'mail', value }], given);
    await tx.updateTable('contacts').set({ confirmed_at: MORNING }).where('person', '=', person).execute();
  });
  return value;
}

describe('wrong credentials', () => {
  it('get the same status, bytes, headers, statements and hash jobs in every state of an account', async () => {
    const seen: Record<string, unknown> = {};
    const visitor = world.visitor();
    await visitor.get(visitor.path);
    for (const [state, username] of Object.entries(await names())) {
      const before = { statements: world.statements(), jobs: world.hasher.jobs() };
      const answer = await visitor.signIn({ username, password: 'not the password' });
      const body = (await answer.text()).replaceAll(username, 'NAME');
      const headers = [...answer.headers].filter(([name]) => name !== 'date' && name !== 'content-length');
      seen[state] = {
        status: answer.status,
        headers,
        body,
        statements: world.statements() - before.statements,
        jobs: world.hasher.jobs() - before.jobs,
      };
    }
    const answers = Object.values(seen);
    for (const [state, answer] of Object.entries(seen))
      expect({ [state]: answer }).toEqual({ [state]: answers[0] });
    expect(answers[0]).toMatchObject({ status: 422, statements: 4, jobs: 1 });
  });
});
