import { activateAccount } from '../src/accounts/activate-account.ts';
import { closeAccount } from '../src/accounts/close-account.ts';
import { lockAccount } from '../src/accounts/locks.ts';
import { setPassword } from '../src/accounts/set-password.ts';
import { openContacts } from '../src/directory/contacts.ts';
import { aUsername, dormant } from '../test/login/people.ts';
import { BY, type World } from '../test/support/world.ts';
import { freeze } from '../test/whole/people.ts';

const REASON = 'bench';

/** Names nobody has typed yet, `count` of each state of an account. */
export async function accountNames(world: World, count: number): Promise<Record<string, string[]>> {
  const hash = await world.hasher.hash('quatre tasses de thé');
  const many = <T>(make: () => Promise<T>): Promise<T[]> => inTurns(count, make);
  const active = () => anActive(world, hash);
  const frozen = await many(active);
  await freeze(world, { person: frozen.map(({ person }) => person) });
  const at = world.now();
  const locked = await many(async () => {
    const { person, username } = await active();
    await world.accounts.transaction((tx) => lockAccount(tx, BY, { person, reason: REASON, at }));
    return username;
  });
  const closed = await many(async () => {
    const { person, username } = await active();
    await world.accounts.transaction((tx) => closeAccount(tx, BY, { person, reason: REASON, at }));
    return username;
  });
  return {
    unknown: await many(async () => aUsername()),
    active: (await many(active)).map(({ username }) => username),
    locked,
    frozen: frozen.map(({ username }) => username),
    closed,
    dormant: await many(() => aDormantByMail(world)),
    'unknown mail': await many(async () => `${aUsername()}@exemple.fr`),
  };
}

async function anActive(world: World, hash: string): Promise<{ person: number; username: string }> {
  const person = await dormant(world);
  const username = aUsername();
  const claim = world.accounts.claim(person, username);
  await world.accounts.transaction(async (tx) => {
    await activateAccount(tx, claim);
    await setPassword(tx, { person, hash, epoch: 0, generation: 1, at: claim.at });
  });
  return { person, username };
}

/** Nothing else finds a dormant account. */
async function aDormantByMail(world: World): Promise<string> {
  const person = await dormant(world);
  const value = `${aUsername()}@exemple.fr`;
  const sealer = await world.accounts.sealer(person);
  const at = world.now();
  await world.accounts.transaction(async (tx) => {
    await openContacts(tx, [{ sealer, uai: null, kind: 'mail', value }], { ...world.parts, at });
    await tx.updateTable('contacts').set({ confirmed_at: at }).where('person', '=', person).execute();
  });
  return value;
}

const AT_ONCE = 20;

async function inTurns<T>(count: number, make: () => Promise<T>): Promise<T[]> {
  const made: T[] = [];
  while (made.length < count) {
    const turn = Math.min(AT_ONCE, count - made.length);
    made.push(...(await Promise.all(Array.from({ length: turn }, make))));
  }
  return made;
}
