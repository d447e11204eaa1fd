import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import speakeasy from 'speakeasy';
import { raiseEpoch } from '../../src/accounts/epoch.ts';
import { enrolTotp } from '../../src/second-factors/enrol-totp.ts';
import { formatRecoveryCode, type RecoveryCode } from '../../src/second-factors/recovery-code.ts';
import { makeRecoveryCodes, spendRecoveryCode } from '../../src/second-factors/recovery-codes.ts';
import { spendTotp } from '../../src/second-factors/spend-totp.ts';
import { countRecoveryCodes, findTotp, type TotpFactor } from '../../src/second-factors/store.ts';
import { generateTotpSecret } from '../../src/second-factors/totp.ts';
import { beginTotpEnrolment, openTotpEnrolment } from '../../src/second-factors/totp-enrolment-ticket.ts';
import { type Accounts, accountsOn, MORNING } from '../accounts/builders.ts';
import { type TestStores, testStores } from '../support/stores.ts';

let stores: TestStores;
let accounts: Accounts;
beforeAll(async () => {
  stores = await testStores();
  accounts = await accountsOn(stores);
});
afterAll(async () => {
  await stores.close();
});

const at = (seconds: number): Date => new Date(MORNING.getTime() + seconds * 1000);

describe('TOTP', () => {
  it('is enrolled by a first right code, which then signs nobody in', async () => {
    const person = await accounts.active();
    const secret = generateTotpSecret();
    expect(await enrol(person, secret, '000000')).toEqual({ outcome: 'wrong-code' });
    expect(await findTotp(stores.db, person)).toBeUndefined();
    expect(await enrol(person, secret)).toEqual({ outcome: 'enrolled' });
    expect(await spend(person, codeAt(secret, MORNING), MORNING)).toBe('refused');
    expect(await spend(person, codeAt(secret, at(30)), at(30))).toBe('spent');
    expect(await accounts.events(person)).toContain('second-factor.totp-enrolled');
  });

  it('accepts no code twice and none older than the last', async () => {
    const { person, secret } = await aPersonWithTotp();
    expect(await spend(person, codeAt(secret, at(60)), at(60))).toBe('spent');
    expect(await spend(person, codeAt(secret, at(60)), at(61))).toBe('refused');
    expect(await spend(person, codeAt(secret, at(30)), at(61))).toBe('refused');
    expect(await spend(person, codeAt(secret, at(90)), at(90))).toBe('spent');
  });

  it('is kept sealed under its person: in another row it does not open', async () => {
    const { person, secret } = await aPersonWithTotp();
    const factor = await factorOf(person);
    expect(factor.secretSealed.includes(secret)).toBe(false);
    const stranger = await accounts.sealer(await accounts.active());
    const guess = { factor, sealer: stranger, typed: codeAt(secret, at(30)), at: at(30) };
    await expect(spendTotp(stores.db, guess)).rejects.toThrow(/does not open/);
  });

  it('is dead after a reset, and goes on after a lock', async () => {
    const { person } = await aPersonWithTotp();
    await accounts.transaction((tx) => raiseEpoch(tx, person, 'kept'));
    expect(await findTotp(stores.db, person)).toMatchObject({ epoch: 1 });
    await accounts.transaction((tx) => raiseEpoch(tx, person, 'void'));
    expect(await findTotp(stores.db, person)).toBeUndefined();
  });

  it('is enrolled in no dormant account', async () => {
    const person = await accounts.dormant();
    expect(await enrol(person, generateTotpSecret())).toEqual({ outcome: 'epoch-moved' });
  });
});

describe('a secret not confirmed yet', () => {
  const place = 'session';
  it('opens for its person, in its place, for ten minutes', () => {
    const { secret, ticket } = beginTotpEnrolment(accounts.keyRing, { person: 7, place, at: MORNING });
    const open = (given: object): Buffer | undefined =>
      openTotpEnrolment(accounts.keyRing, { person: 7, place, at: at(599), ticket, ...given });
    expect(open({})).toEqual(secret);
    expect(open({ person: 8 })).toBeUndefined();
    expect(open({ place: 'elsewhere' })).toBeUndefined();
    expect(open({ at: at(600) })).toBeUndefined();
    expect(open({ ticket: `${ticket.slice(0, -4)}AAAA` })).toBeUndefined();
    expect(open({ ticket: '' })).toBeUndefined();
  });
});

describe('recovery codes', () => {
  it('are ten; each works once, however it is typed, and its use is on record', async () => {
    const { person, codes } = await aPersonWithCodes();
    expect(new Set(codes).size).toBe(10);
    const [first] = codes;
    const typed = ` ${formatRecoveryCode(first as RecoveryCode).toLowerCase()}`;
    expect(await spendCode(person, typed)).toMatchObject({ outcome: 'spent', remaining: 9 });
    expect(await spendCode(person, typed)).toEqual({ outcome: 'refused' });
    expect(await accounts.events(person)).toContain('second-factor.recovery-code-used');
  });

  it('of somebody else, of a former set and of a former epoch are refused', async () => {
    const { person, codes } = await aPersonWithCodes();
    const other = await aPersonWithCodes();
    expect(await spendCode(other.person, codes[0] ?? '')).toEqual({ outcome: 'refused' });
    const renewed = await make(person);
    expect(await spendCode(person, codes[1] ?? '')).toEqual({ outcome: 'refused' });
    expect(await spendCode(person, renewed[0] ?? '')).toMatchObject({ outcome: 'spent' });
    await accounts.transaction((tx) => raiseEpoch(tx, person, 'void'));
    expect(await spendCode(person, renewed[1] ?? '')).toEqual({ outcome: 'refused' });
  });

  it('are ten even where two sets are asked for at once', async () => {
    const person = await accounts.active();
    await Promise.all([make(person), make(person), make(person)]);
    expect(await countRecoveryCodes(stores.db, person)).toBe(10);
  });

  it('are kept as digests', async () => {
    const { codes } = await aPersonWithCodes();
    const { rows } = await sql<{
      row: string;
    }>`select recovery_codes::text as row from recovery_codes`.execute(stores.db);
    expect(rows.some(({ row }) => codes.some((code) => row.includes(code)))).toBe(false);
  });
});

function codeAt(secret: Buffer, when: Date): string {
  const time = Math.floor(when.getTime() / 1000);
  return speakeasy.totp({ secret: secret.toString('hex'), encoding: 'hex', time });
}

async function enrol(
  person: number,
  secret: Buffer,
  typed = codeAt(secret, MORNING),
): ReturnType<typeof enrolTotp> {
  const sealer = await accounts.sealer(person);
  const enrolment = { secret, typed, sealer, epoch: 0, generation: 1, at: MORNING };
  return accounts.transaction((tx) => enrolTotp(tx, { kind: 'person', person }, enrolment));
}

async function aPersonWithTotp(): Promise<{ person: number; secret: Buffer }> {
  const person = await accounts.active();
  const secret = generateTotpSecret();
  await enrol(person, secret);
  return { person, secret };
}

async function factorOf(person: number): Promise<TotpFactor> {
  const factor = await findTotp(stores.db, person);
  if (!factor) throw new Error('no factor');
  return factor;
}

async function spend(person: number, typed: string, when: Date): Promise<string> {
  const [factor, sealer] = [await factorOf(person), await accounts.sealer(person)];
  return (await spendTotp(stores.db, { factor, sealer, typed, at: when })).outcome;
}

async function aPersonWithCodes(): Promise<{ person: number; codes: RecoveryCode[] }> {
  const person = await accounts.active();
  return { person, codes: await make(person) };
}

async function make(person: number): Promise<RecoveryCode[]> {
  const { digests } = accounts;
  const making = { digests, person, epoch: 0, generation: 1, at: MORNING };
  const made = await accounts.transaction((tx) => makeRecoveryCodes(tx, { kind: 'person', person }, making));
  if (made.outcome !== 'made') throw new Error('no codes');
  return made.codes;
}

function guessOf(person: number, typed: string): Parameters<typeof spendRecoveryCode>[2] {
  return { digests: accounts.digests, person, typed, at: MORNING };
}

function spendCode(person: number, typed: string): ReturnType<typeof spendRecoveryCode> {
  return accounts.transaction((tx) =>
    spendRecoveryCode(tx, { kind: 'person', person }, guessOf(person, typed)),
  );
}
