import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { makeRecoveryCodes } from '../../src/second-factors/recovery-codes.ts';
import { findTotp, upsertTotp } from '../../src/second-factors/store.ts';
import { type Accounts, accountsOn, MORNING } from '../accounts/builders.ts';
import { ROUNDS } from '../support/amount.ts';
import { type TestStores, testStores } from '../support/stores.ts';
import { type TwoRacers, twoRacers } from '../support/two-racers.ts';

const AT_ONCE = 20;

let stores: TestStores;
let accounts: Accounts;
let racers: TwoRacers;
beforeAll(async () => {
  stores = await testStores();
  accounts = await accountsOn(stores);
  racers = await twoRacers(stores, join(import.meta.dirname, 'race-acts.ts'));
});
afterAll(async () => {
  racers.stop();
  await stores.close();
});

describe(`twenty at once through two processes, ${ROUNDS} rounds`, () => {
  it('use one TOTP step once', async () => {
    const factor = await aFactor();
    for (let step = 101; step <= 100 + ROUNDS; step += 1) {
      expect(await racers.race('spendStep', { factor, step }, AT_ONCE)).toBe(1);
    }
  });

  it('use one recovery code once', async () => {
    const digestKey = stores.secrets.digestKey.toString('hex');
    for (let round = 0; round < ROUNDS; round += 1) {
      const { person, typed } = await aCode();
      const guess = { person, typed, digestKey, at: MORNING.getTime() };
      expect(await racers.race('spendCode', guess, AT_ONCE)).toBe(1);
    }
  });

  it('guess five times, not a sixth', async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const key = randomBytes(32).toString('hex');
      expect(await racers.race('reserve', { key, at: MORNING.getTime() }, 2 * AT_ONCE)).toBe(5);
    }
  });
});

describe('the same race, looking first and writing afterwards', () => {
  it('uses a TOTP step several times', async () => {
    const factor = await aFactor();
    const most = await mostOf((round) =>
      racers.race('spendStepNaively', { factor, step: 101 + round }, AT_ONCE),
    );
    expect(most).toBeGreaterThan(1);
  });

  it('uses a recovery code several times', async () => {
    const most = await mostOf(async () => {
      const { person, typed } = await aCode();
      const guess = { person, typed, digestKey: '', at: MORNING.getTime() };
      return racers.race('spendCodeNaively', guess, AT_ONCE);
    });
    expect(most).toBeGreaterThan(1);
  });

  it('guesses more than five times', async () => {
    const most = await mostOf(() => {
      const key = randomBytes(32).toString('hex');
      return racers.race('reserveNaively', { key, at: MORNING.getTime() }, 2 * AT_ONCE);
    });
    expect(most).toBeGreaterThan(5);
  });
});

/** A control that happens to win its race once is run again. */
async function mostOf(race: (round: number) => Promise<number>): Promise<number> {
  const won: number[] = [];
  for (let round = 0; round < 5; round += 1) won.push(await race(round));
  return Math.max(...won);
}

async function aFactor(): Promise<string> {
  const person = await accounts.active();
  const sealer = await accounts.sealer(person);
  const factor = {
    person,
    secretSealed: sealer.seal('totp_secret', 'never opened here'),
    step: 100,
    epoch: 0,
    generation: 1,
    at: MORNING,
  };
  await accounts.transaction((tx) => upsertTotp(tx, factor));
  const found = await findTotp(stores.db, person);
  if (!found) throw new Error('no factor');
  return found.id;
}

async function aCode(): Promise<{ person: number; typed: string }> {
  const person = await accounts.active();
  const making = { digests: accounts.digests, person, epoch: 0, generation: 1, at: MORNING };
  const made = await accounts.transaction((tx) => makeRecoveryCodes(tx, { kind: 'person', person }, making));
  if (made.outcome !== 'made') throw new Error('no codes');
  return { person, typed: made.codes[0] ?? '' };
}
