import { activateAccount } from '../../src/accounts/activate-account.ts';
import { formatActivationCode } from '../../src/activation/activation-code.ts';
import type { Confirm } from '../../src/activation/requests/answer.ts';
import type { Actor } from '../../src/audit/actor.ts';
import { sealersOf } from '../../src/directory/fields.ts';
import { openGuardianships } from '../../src/directory/guardianships.ts';
import type { Profile } from '../../src/storage/schema.ts';
import { BY, UAI, type World } from './world.ts';

let names = 0;

/** An account somebody has claimed before: how does not matter here. */
export async function activate(world: World, person: number): Promise<number> {
  names += 1;
  const { stores, keyRing, digests, now } = world;
  await stores.db.transaction().execute(async (tx) => {
    const sealer = (await sealersOf(tx, keyRing, [person])).get(person);
    if (!sealer) throw new Error('no such person');
    const name = `quelqu.un${names}`;
    const username = { sealed: sealer.seal('username', name), digest: digests.of('username', name) };
    const claim = { person, epoch: 0, claimedBy: 'before', username, at: now() };
    const { outcome } = await activateAccount(tx, claim);
    if (outcome !== 'activated') throw new Error(outcome);
  });
  return person;
}

export async function anAdult(
  world: World,
  { profile = 'staff', className, job }: { profile?: Profile; className?: string; job?: string } = {},
): Promise<number> {
  const [person = 0] = await world.people({ profile, ...(className && { className }) });
  if (job) {
    await world.stores.db
      .updateTable('memberships')
      .set({ function: job, class_id: null })
      .where('person', '=', person)
      .execute();
  }
  return activate(world, person);
}

/** Active, and in today's roster with this rank. */
export async function parentOf(world: World, child: number, rank = 1): Promise<number> {
  const guardian = await anAdult(world, { profile: 'guardian' });
  await world.stores.db
    .transaction()
    .execute((tx) =>
      openGuardianships(
        tx,
        [{ guardian, child, rank, relation: 'mother' }],
        new Date(world.now().getTime() - 1),
      ),
    );
  return guardian;
}

export const actorOf = (person: number): Actor => ({ kind: 'person', person });

/** A dormant person of a class of their own, with a letter. */
export async function withLetter(
  world: World,
  { profile = 'pupil', by = BY }: { profile?: Profile; by?: Actor } = {},
): Promise<{ person: number; code: string; className: string; profile: Profile }> {
  names += 1;
  const className = `L${names}`;
  const [person = 0] = await world.people({ className, profile });
  return { person, className, profile, code: await printFor(world, { className, person, profile, by }) };
}

export async function printFor(
  world: World,
  {
    person,
    className,
    profile,
    by = BY,
  }: { person: number; className?: string; profile?: Profile; by?: Actor },
): Promise<string> {
  const printing = await world.activation.printLetters({ uai: UAI, className, profile, by });
  if (printing.outcome !== 'printing') throw new Error(printing.outcome);
  let code = '';
  for await (const letter of printing.letters) {
    if (letter.person === person) code = formatActivationCode(letter.code);
  }
  return code;
}

/** What the screen shows after this code was typed and this way chosen. */
export async function ask(
  world: World,
  name: 'guardian-vouch' | 'desk' | 'split-letter',
  code: string,
): Promise<{ token: string; shown: string; id: string }> {
  const { activation, digests, stores } = world;
  const ceremony = activation.awaited.find((one) => one.name === name);
  if (!ceremony) throw new Error(`no ceremony ${name}`);
  const { token } = await activation.ask(ceremony, code);
  const { id } = await stores.db
    .selectFrom('activation_requests')
    .select('id')
    .where('token_digest', '=', digests.of('ceremony', token))
    .executeTakeFirstOrThrow();
  return { token, id, shown: ceremony.shown(token) ?? '' };
}

/** The act's own factor was right: what it is made of is second-factors/'s own test. */
export const confirmed: Confirm = async () => ({ outcome: 'confirmed' });

/** As if `giver` had granted `person` a right once, which has ended since. */
export async function link(world: World, giver: number, person: number): Promise<void> {
  const { db } = world.stores;
  const at = world.now();
  const { id } = await db
    .insertInto('rights')
    .values({
      person,
      role: 'distributor',
      scope_kind: 'establishment',
      uai: UAI,
      origin: 'granted',
      granted_by: JSON.stringify(actorOf(giver)),
      from_at: at,
      until_at: new Date(at.getTime() + 1000),
      ended_at: at,
    } as never)
    .returning('id')
    .executeTakeFirstOrThrow();
  await db
    .insertInto('right_givers')
    .values({ right_id: id, person: giver } as never)
    .execute();
}

/** As if a roster plan had brought in these rows of theirs, by all of these hands. */
export async function broughtIn(
  world: World,
  rows: { table: 'memberships'; person: number } | { table: 'guardianships'; guardian: number },
  by: readonly number[],
): Promise<void> {
  const { db } = world.stores;
  const [first = 0] = by;
  const { id } = await db
    .insertInto('roster_plans')
    .values({
      ...{ made_by: JSON.stringify(actorOf(first)), made_at: world.now(), directory_version: 1 },
      ...{ state: 'applied', summary: '{}', hands: JSON.stringify(by.map(actorOf)) },
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  if (rows.table === 'memberships')
    await db
      .updateTable('memberships')
      .set({ plans: [id] })
      .where('person', '=', rows.person)
      .execute();
  else
    await db
      .updateTable('guardianships')
      .set({ plans: [id] })
      .where('guardian', '=', rows.guardian)
      .execute();
}
