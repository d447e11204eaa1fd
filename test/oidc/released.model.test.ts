import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { decodeJwt } from 'jose';
import * as oidc from 'openid-client';
import { fieldsOf } from '../../src/ledger/fields.ts';
import { kindOf } from '../../src/ledger/kinds.ts';
import { PERSONAL_CLAIMS } from '../../src/relying-parties/scopes.ts';
import type { Profile } from '../../src/storage/schema.ts';
import { SEEDS, SEQUENCES } from '../support/amount.ts';
import { openTestDoor, type TestDoor } from './door-harness.ts';
import { aPerson, guards, type Person } from './people.ts';
import { RelyingParty } from './relying-party.ts';

const PROTOCOL = [
  'iss',
  'aud',
  'exp',
  'iat',
  'nonce',
  'sid',
  'acr',
  'amr',
  'auth_time',
  'at_hash',
  'c_hash',
  's_hash',
  'jti',
  'azp',
];

let test: TestDoor;
let mother: Person;
let sons: Person[];
let everybody: Record<Profile, Person>;

beforeAll(async () => {
  test = await openTestDoor();
  mother = await aPerson(test, { givenName: 'Ada', profile: 'guardian' });
  sons = [
    await aPerson(test, { givenName: 'Noé', uai: '0750001A', code: '6A' }),
    await aPerson(test, { givenName: 'Tom', uai: '0690002B', code: '3C' }),
  ];
  const stranger = await aPerson(test, { givenName: 'Zoé' });
  for (const son of sons) await guards(test.stores.db, mother, son);
  await guards(test.stores.db, mother, stranger, 0);
  everybody = {
    pupil: sons[0] ?? stranger,
    guardian: mother,
    teacher: await aPerson(test, { givenName: 'Paul', profile: 'teacher', code: '6A' }),
    staff: await aPerson(test, { givenName: 'Jean', profile: 'staff', uai: '0690002B' }),
  };
}, 60_000);
afterAll(() => test.stop());

interface Line {
  batch: number;
  person: number;
  kind: string;
  fields: string[];
}

async function linesOf(clientId: string): Promise<Line[]> {
  const { rows } = await test.stores.pool.query(
    `select d.batch, d.person, d.kind, d.fields from disclosures d join disclosure_contexts c on c.id = d.context
     where c.client_id = '${clientId}' order by d.batch, d.ordinal`,
  );
  return rows.map(({ batch, person, kind, fields }) => ({
    batch,
    person,
    kind: kindOf(kind),
    fields: fieldsOf(fields).sort(),
  }));
}

/** The lines since the last look. */
function watch(clientId: string): () => Promise<Line[]> {
  let seen = 0;
  return async () => {
    const lines = await linesOf(clientId);
    const fresh = lines.slice(seen);
    seen = lines.length;
    return fresh;
  };
}

function personal(claims: Record<string, unknown>): string[] {
  return Object.keys(claims)
    .filter((claim) => !PROTOCOL.includes(claim))
    .sort();
}

const claimNames = fc.subarray([...PERSONAL_CLAIMS]);
const request = claimNames.map((names) => Object.fromEntries(names.map((name) => [name, null])));
const scopes = fc.subarray(['profile', 'email', 'school']).map((names) => ['openid', ...names].join(' '));

const exchange = fc.record({
  profile: fc.constantFrom<Profile[]>('pupil', 'guardian', 'teacher', 'staff'),
  contract: claimNames,
  scope: scopes,
  ...{ idToken: request, userinfo: request },
  ...{ inIdToken: fc.boolean(), signed: fc.boolean() },
});
type Exchange = typeof exchange extends fc.Arbitrary<infer T> ? T : never;

describe('what leaves is what is written', () => {
  it.each(SEEDS)(
    'for every profile, contract, scope, claims request and channel (seed %i)',
    async (seed) => {
      const property = fc.asyncProperty(exchange, expectAllWritten);
      await fc.assert(property, { numRuns: Math.ceil(SEQUENCES / 20 / SEEDS.length), seed });
    },
    3_600_000,
  );

  it('names each child whose part it is, and only those she answers for', async () => {
    const client = await test.register({ scope: 'openid school' });
    const rp = await RelyingParty.at(test.issuer, client);
    const browser = test.browser();
    browser.person = `${mother.id} one`;
    const tokens = await rp.signIn(browser, { scope: 'openid school' });
    const { children } = (await rp.userinfo(tokens)) as { children: { sub: string; given_name: string }[] };
    expect(children.map(({ given_name }) => given_name)).toEqual(['Noé', 'Tom']);
    expect(children[0]).toMatchObject({ uai: '0750001A', class: '6A' });
    const lines = (await linesOf(client.client_id)).filter(({ kind }) => kind === 'userinfo');
    expect(lines.map(({ person }) => person)).toEqual([mother.number, ...sons.map(({ number }) => number)]);
    expect(lines[1]?.fields).toEqual(['child_of', 'establishments', 'given_name', 'sub']);
    const own = test.browser();
    own.person = `${sons[0]?.id} one`;
    expect((await rp.signIn(own, { scope: 'openid school' })).claims()?.sub).toBe(children[0]?.sub);
  });

  it('leaves nothing for another client’s token or a dead one', async () => {
    const [client, other] = [await test.register(), await test.register()];
    const rp = await RelyingParty.at(test.issuer, client);
    const stranger = await RelyingParty.at(test.issuer, other);
    const browser = test.browser();
    browser.person = `${mother.id} one`;
    const tokens = await rp.signIn(browser);
    await oidc.tokenIntrospection(stranger.config, tokens.access_token);
    await oidc.tokenRevocation(rp.config, tokens.access_token);
    const before = (await linesOf(client.client_id)).length;
    await oidc.tokenIntrospection(rp.config, tokens.access_token);
    await rp.userinfo(tokens).catch(() => {});
    expect((await linesOf(client.client_id)).length).toBe(before);
    expect(await linesOf(other.client_id)).toEqual([]);
  });
});

async function expectAllWritten(given: Exchange): Promise<void> {
  const { profile, contract, scope, idToken, userinfo, inIdToken, signed } = given;
  const client = await test.register({
    claims_in_id_token: inIdToken,
    id_token_signed_response_alg: 'ES256',
    ...(signed && { userinfo_signed_response_alg: 'ES256' }),
  });
  await setContract(client.client_id, profile, contract);
  const rp = await RelyingParty.at(test.issuer, client);
  const who = everybody[profile];
  const browser = test.browser();
  browser.person = `${who.id} one`;
  const fresh = watch(client.client_id);
  const expectNext = async (kind: string, answer: Record<string, unknown>) =>
    expectWritten(await fresh(), { kind, answer, contract, who });

  const claims = JSON.stringify({ id_token: idToken, userinfo });
  const tokens = await rp.signIn(browser, { scope, claims });
  await expectNext('id-token', tokens.claims() ?? {});
  await expectNext('userinfo', await userinfoOf(tokens.access_token));
  const renewed = await rp.refresh(tokens);
  await expectNext('refresh', renewed.claims() ?? {});
  const told = await oidc.tokenIntrospection(rp.config, renewed.access_token);
  expect(told.active).toBe(true);
  expect(await fresh()).toMatchObject([{ kind: 'introspection', person: who.number, fields: ['sub'] }]);
}

interface Left {
  kind: string;
  answer: Record<string, unknown>;
  contract: readonly string[];
  who: Person;
}

/** A line of exactly the answer's fields, none of which the contract lacks, and one for each child that it speaks of. */
function expectWritten(lines: Line[], { kind, answer, contract, who }: Left): void {
  const own = lines.filter(({ person }) => person === who.number);
  expect(own).toMatchObject([{ kind, fields: personal(answer) }]);
  for (const claim of personal(answer)) expect(['sub', ...contract]).toContain(claim);
  const about = lines.filter(({ person }) => person !== who.number).map(({ person }) => person);
  expect(about).toEqual('children' in answer ? sons.map(({ number }) => number) : []);
  expect((answer.children as unknown[] | undefined)?.length ?? 0).toBe(about.length);
}

async function setContract(clientId: string, profile: Profile, claims: readonly string[]): Promise<void> {
  const terms = {
    purpose: null,
    claims: { pupil: [], guardian: [], teacher: [], staff: [], [profile]: claims },
  };
  await test.stores.db
    .updateTable('contracts')
    .set({ terms: JSON.stringify(terms) })
    .where('client_id', '=', clientId)
    .execute();
}

async function userinfoOf(accessToken: string): Promise<Record<string, unknown>> {
  const response = await fetch(`${test.issuer}/userinfo`, {
    headers: { authorization: `Bearer ${accessToken}` },
  });
  const text = await response.text();
  const isSigned = response.headers.get('content-type')?.startsWith('application/jwt');
  return isSigned ? decodeJwt(text) : JSON.parse(text);
}
