import speakeasy from 'speakeasy';
import { activateAccount } from '../../src/accounts/activate-account.ts';
import type { PasswordHasher } from '../../src/accounts/password-hashing.ts';
import { setPassword } from '../../src/accounts/set-password.ts';
import { saveEstablishments } from '../../src/directory/establishments.ts';
import { openMemberships } from '../../src/directory/memberships.ts';
import type { Orders } from '../../src/orders/orders.ts';
import { enrolTotp } from '../../src/second-factors/enrol-totp.ts';
import { makeRecoveryCodes } from '../../src/second-factors/recovery-codes.ts';
import { generateTotpSecret } from '../../src/second-factors/totp.ts';
import type { Profile } from '../../src/storage/schema.ts';
import type { Accounts } from '../accounts/builders.ts';
import { MORNING } from '../accounts/builders.ts';
import type { TestStores } from '../support/stores.ts';

/** What people are made in. */
export interface World {
  stores: TestStores;
  accounts: Accounts;
  hasher: PasswordHasher;
  orders: Orders;
}

export const UAI = '0750001A';
export const PASSWORD = 'quatre tasses de thé';

export async function createEstablishment({ db }: TestStores): Promise<void> {
  const college = {
    uai: UAI,
    name: 'Collège des Tilleuls',
    academie: 'Paris',
    kind: 'college',
    decoy: false,
  };
  await db.transaction().execute((tx) => saveEstablishments(tx, [college]));
}

let last = 0;
/** All of one length: pages that show what was typed are as long for each. */
export function aUsername(): string {
  last += 1;
  return `lina.tulipe${String(last).padStart(4, '0')}`;
}

export interface Someone {
  person: number;
  username: string;
}

/** Active, with PASSWORD. */
export async function somebody(world: World, profile: Profile = 'pupil'): Promise<Someone> {
  const { accounts, hasher } = world;
  const username = aUsername();
  const person = await dormant(world, profile);
  const hash = await hasher.hash(PASSWORD);
  const claim = accounts.claim(person, username);
  const sealed = (await accounts.sealer(person)).seal('username', username);
  await accounts.transaction(async (tx) => {
    await activateAccount(tx, { ...claim, username: { ...claim.username, sealed } });
    await setPassword(tx, { person, hash, epoch: 0, generation: 1, at: MORNING });
  });
  return { person, username };
}

export async function dormant(world: World, profile: Profile = 'pupil'): Promise<number> {
  const { accounts } = world;
  const person = await accounts.dormant();
  const membership = { person, uai: UAI, schoolYear: 2026, classId: null, profile, function: null };
  await accounts.transaction((tx) => openMemberships(tx, [membership], MORNING));
  return person;
}

export async function withTotp(world: World, who: Someone): Promise<{ codeAt(at: Date): string }> {
  const { accounts } = world;
  const secret = generateTotpSecret();
  const sealer = await accounts.sealer(who.person);
  const codeAt = (at: Date): string =>
    speakeasy.totp({
      secret: secret.toString('hex'),
      encoding: 'hex',
      time: Math.floor(at.getTime() / 1000),
    });
  // Confirmed an hour ago: the codes of now are all unspent.
  const before = new Date(Math.min(MORNING.getTime(), Date.now()) - 3_600_000);
  const given = { secret, typed: codeAt(before), sealer, epoch: 0, generation: 1, at: before };
  const enrolled = await accounts.transaction((tx) =>
    enrolTotp(tx, { kind: 'person', person: who.person }, given),
  );
  if (enrolled.outcome !== 'enrolled') throw new Error(enrolled.outcome);
  return { codeAt };
}

export async function withRecoveryCodes(world: World, { person }: Someone): Promise<string[]> {
  const { accounts } = world;
  const making = { digests: accounts.digests, person, epoch: 0, generation: 1, at: MORNING };
  const made = await accounts.transaction((tx) => makeRecoveryCodes(tx, { kind: 'person', person }, making));
  if (made.outcome !== 'made') throw new Error(made.outcome);
  return made.codes;
}

/** As crisis/ does it, without its questions. */
export async function order(
  { stores, orders }: World,
  given: {
    measure: 'freeze' | 'close-sessions' | 'require-second-factor' | 'reset-credentials';
    person: number;
  },
): Promise<string> {
  const isCutOff = given.measure === 'close-sessions' || given.measure === 'reset-credentials';
  const { id, version } = await stores.db.transaction().execute(async (tx) => {
    const clock = await tx
      .updateTable('order_clock')
      .set((eb) => ({ generation: eb('generation', '+', isCutOff ? 1 : 0) }))
      .returning('generation')
      .executeTakeFirstOrThrow();
    const row = await tx
      .insertInto('orders')
      .values({
        measure: given.measure,
        kind: isCutOff ? 'cut-off' : 'standing',
        scope: JSON.stringify({ person: [given.person] }),
        reason: 'test',
        ordered_by: JSON.stringify({ kind: 'system', name: 'test' }),
        generation: isCutOff ? clock.generation : null,
        ends_at: null,
        ended_at: null,
        end_reason: null,
      })
      .returning('id')
      .executeTakeFirstOrThrow();
    const now = await tx.selectFrom('order_clock').select('version').executeTakeFirstOrThrow();
    return { id: row.id, version: now.version };
  });
  await orders.upTo(version);
  return id;
}
