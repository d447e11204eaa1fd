import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Actor } from '../../src/audit/actor.ts';
import { createDigests } from '../../src/crypto/digests.ts';
import { createApproveContract } from '../../src/relying-parties/contracts/approve.ts';
import type { Contract } from '../../src/relying-parties/contracts/contract.ts';
import { createEndContract } from '../../src/relying-parties/contracts/end.ts';
import { createProposeContract } from '../../src/relying-parties/contracts/propose.ts';
import { createRequestContract } from '../../src/relying-parties/contracts/request.ts';
import { selectVersions } from '../../src/relying-parties/contracts/store.ts';
import { createResumeContract, createSuspendContract } from '../../src/relying-parties/contracts/suspend.ts';
import { readTerms } from '../../src/relying-parties/contracts/terms.ts';
import { createRegisterClient } from '../../src/relying-parties/register-client.ts';
import { isInService } from '../../src/relying-parties/relying-party.ts';
import { lockClient, selectRelyingParties } from '../../src/relying-parties/store.ts';
import { createResumeClient, createSuspendClient } from '../../src/relying-parties/suspend-client.ts';
import { createUpdateClient } from '../../src/relying-parties/update-client.ts';
import { type TestStores, testStores } from '../support/stores.ts';
import { TERMS } from './terms.ts';

const anna: Actor = { kind: 'operator', name: 'Anna', osUser: 'anna', host: 'here' };
const paul: Actor = { kind: 'operator', name: 'Paul', osUser: 'paul', host: 'here' };
const officer: Actor = { kind: 'person', person: 12 };
let stores: TestStores;
const now = () => new Date('2026-11-26T10:00:00Z');
const from = () => ({ db: stores.db, now, operatorsAre: 'os-users' as const });

beforeAll(async () => {
  stores = await testStores();
});
afterAll(() => stores.close());

async function aClient(landing: 'sandbox' | 'approved' = 'sandbox'): Promise<string> {
  const metadata = { client_name: 'CDI', redirect_uris: ['https://cdi.example/callback'] };
  const digests = createDigests(stores.secrets.digestKey);
  const result = await createRegisterClient({ ...from(), digests })(anna, { metadata, landing });
  if (result.outcome !== 'registered') throw new Error(result.outcome);
  return result.client.client_id;
}

const propose = (clientId: string, terms: unknown = TERMS) =>
  createProposeContract(from())(anna, { clientId, terms });
const request = (clientId: string) => createRequestContract(from())(anna, { clientId });
const approve = (by: Actor, clientId: string, version = 2) =>
  createApproveContract(from())(by, { clientId, version });

async function partyOf(clientId: string) {
  const { parties } = await selectRelyingParties(stores.db);
  const party = parties.find((one) => one.clientId === clientId);
  if (!party) throw new Error(`no ${clientId}`);
  return party;
}
const inForce = async (clientId: string): Promise<Contract | undefined> => (await partyOf(clientId)).contract;
const states = async (clientId: string) =>
  (await selectVersions(stores.db, { clientId })).map(({ version, state }) => `${version} ${state}`);

describe('a contract', () => {
  it('goes from the sandbox to approval, and stays in force until the next version is approved', async () => {
    const clientId = await aClient();
    expect(await propose(clientId)).toEqual({ outcome: 'proposed', version: 2 });
    expect(await request(clientId)).toEqual({ outcome: 'requested', version: 2 });
    expect(await approve(anna, clientId)).toEqual({ outcome: 'approved', version: 2 });
    await propose(clientId, { ...TERMS, purpose: 'Prêter aussi des jeux' });
    await request(clientId);
    expect(await inForce(clientId)).toMatchObject({ version: 2, terms: { purpose: TERMS.purpose } });
    await approve(paul, clientId, 3);
    expect(await inForce(clientId)).toMatchObject({ version: 3, state: 'approved' });
    expect(await states(clientId)).toEqual(['3 approved', '2 replaced', '1 replaced']);
  });

  it('is not proposed without end by a program: 200 versions that nobody approved, then an operator', async () => {
    const clientId = await aClient();
    const program = { kind: 'system', name: 'api token x' } as const;
    const byProgram = async () =>
      (await createProposeContract(from())(program, { clientId, terms: TERMS })).outcome;
    await stores.pool.query(
      `insert into contracts (client_id, version, state, terms, created_at, ended_at)
       select client_id, n, 'replaced', terms, created_at, created_at
       from contracts, generate_series(2, 199) n where client_id = $1`,
      [clientId],
    );
    expect([await byProgram(), await byProgram()]).toEqual(['proposed', 'too-many']);
    expect(await propose(clientId)).toEqual({ outcome: 'proposed', version: 201 });
    expect(await selectVersions(stores.db, { clientId, are: 'approved-once' })).toEqual([]);
    expect(await selectVersions(stores.db, { clientId, are: 'requested' })).toEqual([]);
  });

  it('takes two people above name, class, school and role; one human is one approval', async () => {
    const clientId = await aClient();
    const guardian = { ...TERMS.claims.guardian, children: 'Montrer les prêts de chaque enfant' };
    await propose(clientId, { ...TERMS, claims: { ...TERMS.claims, guardian } });
    await request(clientId);
    const oneMore = { outcome: 'one-more', version: 2, given: 1, needed: 2 };
    expect(await approve(anna, clientId)).toEqual(oneMore);
    const disguised: Actor = { ...anna, name: 'Somebody else', host: 'elsewhere' } as Actor;
    expect(await approve(disguised, clientId)).toEqual({ outcome: 'already-approved', version: 2 });
    expect(await inForce(clientId)).toMatchObject({ state: 'requested' });
    expect(await approve(officer, clientId)).toEqual({ outcome: 'approved', version: 2 });
    const { rows } = await stores.pool.query(
      `select name, actor->>'kind' as kind from audit_events where details->>'clientId' = '${clientId}' order by id`,
    );
    expect(rows.slice(1)).toEqual([
      { name: 'contract.proposed', kind: 'operator' },
      { name: 'contract.requested', kind: 'operator' },
      { name: 'contract.approval-given', kind: 'operator' },
      { name: 'contract.approved', kind: 'person' },
    ]);
  });

  it('is one version in force, whatever twenty do at once', async () => {
    const clientId = await aClient('approved');
    await propose(clientId);
    await request(clientId);
    const approvals = Array.from({ length: 20 }, (_, n) => approve(n % 2 ? anna : paul, clientId));
    const outcomes = (await Promise.all(approvals)).map(({ outcome }) => outcome);
    expect(outcomes.filter((outcome) => outcome === 'approved')).toHaveLength(1);
    expect(await states(clientId)).toEqual(['2 approved', '1 replaced']);
  });

  it('is approved in the version that was read', async () => {
    const clientId = await aClient();
    await propose(clientId);
    await request(clientId);
    await propose(clientId, { ...TERMS, claims: { ...TERMS.claims, pupil: { email: 'Écrire' } } });
    await request(clientId);
    expect(await approve(paul, clientId, 2)).toEqual({ outcome: 'nothing-requested' });
    expect(await states(clientId)).toEqual(['3 requested', '2 replaced', '1 replaced']);
  });

  it('is approved for the settings it was asked for with: they become no other under review', async () => {
    const clientId = await aClient();
    await propose(clientId);
    const metadata = { client_name: 'CDI', redirect_uris: ['https://cdi.example/callback'] };
    const update = (change: object) =>
      createUpdateClient(from())(anna, {
        clientId,
        metadata: { ...metadata, ...change },
        within: 'sandbox',
      });
    expect((await update({ require_pkce: false })).outcome).toBe('updated');
    expect((await update({})).outcome).toBe('updated');
    await request(clientId);
    expect((await update({ require_pkce: false })).outcome).toBe('invalid');
    expect((await update({ claims_in_id_token: true })).outcome).toBe('invalid');
    expect((await update({ client_name: 'CDI en ligne' })).outcome).toBe('invalid');
    expect((await update({ redirect_uris: ['https://elsewhere.example/callback'] })).outcome).toBe('invalid');
    expect((await update({ contacts: ['cdi@cdi.example'] })).outcome).toBe('updated');
    expect(await approve(anna, clientId)).toMatchObject({ outcome: 'approved' });
  });

  it('promises nothing by a slip of the pen', async () => {
    const clientId = await aClient();
    const slips = [
      { ...TERMS, purposes: 'x' },
      { ...TERMS, claims: { ...TERMS.claims, pupils: ['name'] } },
      { ...TERMS, open_to: { establishments: ['0750001A'], academys: ['Lyon'] } },
      { ...TERMS, publisher: { ...TERMS.publisher, dpo: 'x' } },
    ];
    for (const terms of slips) expect((await propose(clientId, terms)).outcome).toBe('invalid');
  });

  it('is asked for only where the register could say it all', async () => {
    const clientId = await aClient();
    const { outcome } = await request(clientId);
    expect(outcome).toBe('incomplete');
    expect(await states(clientId)).toEqual(['1 sandbox']);
    await propose(clientId, { ...TERMS, retention: null, claims: { ...TERMS.claims, pupil: ['name'] } });
    expect(await request(clientId)).toEqual({
      outcome: 'incomplete',
      missing: ['retention', 'claims.pupil.name: the reason'],
    });
  });

  it('is suspended, resumed and ended; suspended, nothing is approved over it', async () => {
    const clientId = await aClient('approved');
    await propose(clientId);
    await request(clientId);
    const given = { clientId };
    expect(await createResumeContract(from())(anna, given)).toEqual({ outcome: 'not-so' });
    expect(await createSuspendContract(from())(anna, given)).toEqual({ outcome: 'done', version: 1 });
    expect(isInService(await partyOf(clientId))).toBe(false);
    expect(await approve(paul, clientId)).toEqual({ outcome: 'suspended' });
    expect(await createResumeContract(from())(anna, given)).toEqual({ outcome: 'done', version: 1 });
    expect(isInService(await partyOf(clientId))).toBe(true);
    expect(await createEndContract(from())(anna, given)).toEqual({ outcome: 'done', version: 1 });
    expect(isInService(await partyOf(clientId))).toBe(false);
    expect(await states(clientId)).toEqual(['2 replaced', '1 ended']);
    expect(await propose(clientId)).toEqual({ outcome: 'ended' });
    expect(await approve(paul, clientId)).toEqual({ outcome: 'nothing-requested' });
  });

  it('says nothing of a client that nobody knows', async () => {
    const clientId = 'nobody';
    expect(await propose(clientId)).toEqual({ outcome: 'unknown' });
    expect(await request(clientId)).toEqual({ outcome: 'nothing-proposed' });
    expect(await createEndContract(from())(anna, { clientId })).toEqual({ outcome: 'not-so' });
  });
});

describe('a client', () => {
  it('that somebody changes holds up nobody who only names it', async () => {
    const clientId = await aClient();
    await stores.db.transaction().execute(async (tx) => {
      await lockClient(tx, clientId);
      const { rowCount } = await stores.pool.query(
        `insert into client_secrets (client_id, digest) values ($1, 'x')`,
        [clientId],
      );
      expect(rowCount).toBe(1);
    });
  });

  it('is shut out and let in again, once each', async () => {
    const clientId = await aClient('approved');
    const [suspend, resume] = [createSuspendClient(from()), createResumeClient(from())];
    expect(await suspend(anna, { clientId })).toEqual({ outcome: 'done' });
    expect(await suspend(anna, { clientId })).toEqual({ outcome: 'not-so' });
    expect(isInService(await partyOf(clientId))).toBe(false);
    expect(await resume(anna, { clientId })).toEqual({ outcome: 'done' });
    expect(await resume(anna, { clientId })).toEqual({ outcome: 'not-so' });
    expect(isInService(await partyOf(clientId))).toBe(true);
  });
});

describe('what can be proposed', () => {
  it.each([
    ['a birth date', { claims: { ...TERMS.claims, pupil: { birthdate: 'Fêter' } } }],
    ['a telephone', { claims: { ...TERMS.claims, teacher: ['phone_number'] } }],
    ['the profile high', { profile: 'high' }],
    ['children of a teacher', { claims: { ...TERMS.claims, teacher: { children: 'Voir' } } }],
    ['an unknown claim', { claims: { ...TERMS.claims, teacher: { shoe_size: 'Voir' } } }],
    ['a member nobody knows', { purposes: 'Prêter' }],
    ['an opening to nobody', { open_to: {} }],
    ['a school that is none', { open_to: { establishments: ['college'] } }],
    ['a strength nobody knows', { minimum_acr: 'strong' }],
    ['a purpose with invisible characters', { purpose: 'Prêter\u202e des livres' }],
  ])('is not %s', (_, change) => {
    expect(readTerms({ ...TERMS, ...change }).outcome).toBe('invalid');
  });

  it.each([
    ...[undefined, null, 'terms', [], { claims: null }],
    ...[{ claims: { pupil: [{ toString: 1 }] } }, { claims: { pupil: [['name']] } }],
  ])('is not %j', (given) => {
    expect(readTerms(given).outcome).toBe('invalid');
  });
});
