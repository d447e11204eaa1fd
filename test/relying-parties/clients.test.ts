import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Actor } from '../../src/audit/actor.ts';
import { createDigests } from '../../src/crypto/digests.ts';
import { createDeleteClient } from '../../src/relying-parties/delete-client.ts';
import { createRegisterClient } from '../../src/relying-parties/register-client.ts';
import { selectRelyingParties } from '../../src/relying-parties/store.ts';
import { createUpdateClient } from '../../src/relying-parties/update-client.ts';
import { asSuperuser, type TestStores, testStores } from '../support/stores.ts';
import { registrationsOf, TIMETABLE } from './registrations.ts';

const by: Actor = { kind: 'operator', name: 'Test', osUser: 'test', host: 'here' };
let stores: TestStores;
const now = new Date('2026-11-23T10:00:00Z');
const from = () => ({ db: stores.db, digests: createDigests(stores.secrets.digestKey), now: () => now });

beforeAll(async () => {
  stores = await testStores();
});
afterAll(() => stores.close());

const { register, inMemory, fits } = registrationsOf(from);

describe('registering', () => {
  it('prints the credentials once, of letters and digits, and keeps only an HMAC', async () => {
    const client = await register({});
    expect(client.client_id).toMatch(/^[A-Za-z0-9]{24}$/);
    expect(client.client_secret).toMatch(/^[A-Za-z0-9]{48}$/);
    expect(client.id_token_signed_response_alg).toBe('RS256');
    const party = await inMemory(client.client_id);
    expect(fits(party, client.client_secret)).toBe(true);
    expect(fits(party, `${client.client_secret}x`)).toBe(false);
    const { rows } = await stores.pool.query(`select c::text || s::text as row from clients c
      join client_secrets s using (client_id) where client_id = '${client.client_id}'`);
    expect(JSON.stringify(rows)).not.toContain(client.client_secret);
  });

  it('lands in the sandbox under a contract of all its scopes, with a line in the audit', async () => {
    const client = await register({ scope: 'openid profile school' });
    const contract = (await inMemory(client.client_id))?.contract;
    expect(contract).toMatchObject({ version: 1, state: 'sandbox', since: undefined });
    const names = [
      ...['name', 'given_name', 'family_name', 'preferred_username', 'profiles', 'establishments'],
    ];
    expect(Object.keys(contract?.terms.claims.pupil ?? {})).toEqual(names);
    expect(Object.keys(contract?.terms.claims.guardian ?? {})).toEqual([...names, 'children']);
    const { rows } = await stores.pool.query(
      `select name, details->>'clientId' as client from audit_events order by id desc limit 1`,
    );
    expect(rows).toEqual([{ name: 'client.registered', client: client.client_id }]);
  });

  it('is no way for a program to fill the memory: 500 of a publisher, however many at once; operators go on', async () => {
    const given = { metadata: TIMETABLE, publisher: 'Sans Fin' };
    await createRegisterClient(from())(by, given);
    await stores.pool.query(`insert into clients (client_id, publisher, metadata)
      select 'endless' || n, publisher, metadata from generate_series(2, 499) n,
        (select publisher, metadata from clients where publisher = 'sans-fin') one`);
    const program = { kind: 'system', name: 'dynamic registration' } as const;
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, async () => (await createRegisterClient(from())(program, given)).outcome),
    );
    expect(outcomes.toSorted()).toEqual(['registered', ...Array(19).fill('too-many')]);
    expect((await createRegisterClient(from())(by, given)).outcome).toBe('registered');
    const other = { ...given, publisher: 'Une autre' };
    expect((await createRegisterClient(from())(program, other)).outcome).toBe('registered');
    await stores.pool.query(`update clients set deleted_at = now() where publisher = 'sans-fin'`);
    expect((await createRegisterClient(from())(program, given)).outcome).toBe('registered');
  });

  it('is approved where whoever registers it says so, by name', async () => {
    const result = await createRegisterClient(from())(by, { metadata: TIMETABLE, landing: 'approved' });
    if (result.outcome !== 'registered') throw new Error(result.outcome);
    const clientId = result.client.client_id;
    expect((await inMemory(clientId))?.contract).toMatchObject({ state: 'approved', since: now });
    const { rows } = await stores.pool.query(
      `select approver, approved_by->>'osUser' as "osUser" from contract_approvals where client_id = '${clientId}'`,
    );
    expect(rows).toEqual([{ approver: 'operator:Test', osUser: 'test' }]);
  });

  it('keeps a given id and secret, and refuses an id that is taken, also by one that was deleted', async () => {
    const given = { client_id: 'library1', client_secret: 'a1'.repeat(16) };
    expect(await register(given)).toMatchObject(given);
    const again = () => createRegisterClient(from())(by, { metadata: { ...TIMETABLE, ...given } });
    expect(await again()).toEqual({ outcome: 'taken', clientId: 'library1' });
    expect(await createDeleteClient(from())(by, { clientId: 'library1' })).toEqual({ outcome: 'deleted' });
    expect(await inMemory('library1')).toBeUndefined();
    expect(await again()).toEqual({ outcome: 'taken', clientId: 'library1' });
    expect(await createDeleteClient(from())(by, { clientId: 'library1' })).toEqual({ outcome: 'unknown' });
  });

  it('gives each a publisher of its own unless one is named', async () => {
    const [one, other] = [await register({}), await register({})];
    expect(one.publisher).not.toBe(other.publisher);
    const [third, fourth] = [
      await register({}, 'Éditions du Préau'),
      await register({}, 'Éditions du Préau'),
    ];
    expect([third.publisher, fourth.publisher]).toEqual(['editions-du-preau', 'editions-du-preau']);
  });

  it('never takes one publisher for another whose name reads alike', async () => {
    expect((await register({}, 'A & B')).publisher).toBe('a-b');
    expect((await register({}, 'a-b')).publisher).toBe('a-b');
    const other = await createRegisterClient(from())(by, { metadata: TIMETABLE, publisher: 'A. B.' });
    expect(other).toEqual({ outcome: 'invalid', problems: ['publisher: a-b is the id of another one'] });
  });

  const CUT_AFTER_A_DASH = `${'a'.repeat(62)} et compagnie`;

  it('knows a publisher by its id wherever the name was cut, also one whose id ends in a dash from before', async () => {
    const { publisher: id } = await register({}, CUT_AFTER_A_DASH);
    expect(id).toBe('a'.repeat(62));
    expect((await register({}, id)).publisher).toBe(id);
    const [former, name] = [`${'b'.repeat(62)}-`, `${'b'.repeat(62)} et compagnie`];
    await stores.pool.query('insert into publishers (id, name) values ($1, $2)', [former, name]);
    expect((await register({}, former)).publisher).toBe(former);
    expect((await register({}, name)).publisher).toBe(former);
  });

  it('finds a publisher again whose name is in other letters', async () => {
    const [one, again, other] = [
      await register({}, 'Школа'),
      await register({}, 'Школа'),
      await register({}, '学校'),
    ];
    expect(one.publisher).toMatch(/^named-[0-9a-f]{12}$/);
    expect(again.publisher).toBe(one.publisher);
    expect(other.publisher).not.toBe(one.publisher);
  });

  it.each([
    ['a contact that is no mail address', { contacts: ['the secretary'] }],
    ['a name with invisible characters', { client_name: 'Emploi\u202e du temps' }],
    ['an alg of assertions without any', { token_endpoint_auth_signing_alg: 'ES256' }],
    [
      'half a key',
      { token_endpoint_auth_method: 'private_key_jwt', jwks: { keys: [{ kty: 'RSA', e: 'AQAB' }] } },
    ],
    ['http off loopback', { redirect_uris: ['http://rp.example/cb'] }],
    ['a loopback by name only', { redirect_uris: ['http://localhost.evil.example/cb'] }],
    ['somebody’s name in it', { redirect_uris: ['https://rp.example@evil.example/cb'] }],
    ['a fragment', { redirect_uris: ['https://rp.example/cb#x'] }],
    ['a backslash', { redirect_uris: ['https://rp.example\\@evil.example/cb'] }],
    ['a line break', { redirect_uris: ['https://rp.example/cb\n'] }],
    [
      'https on a device, at nobody’s name',
      { application_type: 'native', redirect_uris: ['https://localhost/cb'] },
    ],
    ['a host that is a wildcard', { redirect_uris: ['https://*/cb'] }],
    ['a host with a directive of a policy', { redirect_uris: ['https://rp.example;sandbox/cb'] }],
    ['a page with a NUL', { client_uri: 'https://rp.example/\0' }],
    ['a page that reads like another', { policy_uri: 'https://rp.example@evil.example/' }],
    ['a page whose address the browser mends', { tos_uri: 'https://evil.example\\@rp.example/' }],
    ['another scheme', { redirect_uris: ['javascript:alert(1)'] }],
    ['no redirect', { redirect_uris: [] }],
    ['HS256', { id_token_signed_response_alg: 'HS256' }],
    ['client_secret_jwt', { token_endpoint_auth_method: 'client_secret_jwt' }],
    ['the implicit flow', { response_types: ['id_token'] }],
    ['an unknown scope', { scope: 'openid everything' }],
    ['a public client without PKCE', { token_endpoint_auth_method: 'none', require_pkce: false }],
    ['private_key_jwt without a key', { token_endpoint_auth_method: 'private_key_jwt' }],
    ['a private key', { jwks: { keys: [{ kty: 'EC', d: 'secret' }] } }],
    ['an id with punctuation', { client_id: 'a:b' }],
  ])('refuses %s', async (_, metadata) => {
    const result = await createRegisterClient(from())(by, { metadata: { ...TIMETABLE, ...metadata } });
    expect(result.outcome).toBe('invalid');
  });

  it('keeps of a key what a key is made of', async () => {
    const key = { kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo', kid: '1' };
    const { jwks } = await register({
      token_endpoint_auth_method: 'private_key_jwt',
      jwks: { keys: [{ ...key, note: '\0', x5u: 'https://10.0.0.1/' }] },
    });
    expect(jwks).toEqual({ keys: [key] });
  });

  it('takes a redirect with a query and one on IPv6 loopback', async () => {
    const redirect_uris = ['https://rp.example/cb?tenant=1', 'http://[::1]:3000/cb'];
    expect((await register({ redirect_uris })).redirect_uris).toEqual(redirect_uris);
  });
});

describe('changing a registration', () => {
  it('leaves in the audit what changed, and where answers went before', async () => {
    const { client_id: clientId } = await register({ backchannel_logout_uri: 'https://edt.example/out' });
    const metadata = { ...TIMETABLE, client_name: 'EDT', redirect_uris: ['https://elsewhere.example/cb'] };
    const change = { clientId, metadata, within: 'any-state' } as const;
    expect((await createUpdateClient(from())(by, change)).outcome).toBe('updated');
    const { rows } = await stores.pool.query(
      `select name, details from audit_events order by id desc limit 1`,
    );
    expect(rows).toEqual([
      {
        name: 'client.updated',
        details: {
          clientId,
          changed: ['backchannel_logout_uri', 'client_name', 'redirect_uris'],
          former: {
            redirect_uris: TIMETABLE.redirect_uris,
            backchannel_logout_uri: 'https://edt.example/out',
          },
        },
      },
    ]);
  });
});

describe('a registration that cannot be read', () => {
  it('is left out, and the others stay', async () => {
    const [spoilt, sound] = [await register({}), await register({})];
    const metadata = JSON.stringify({ redirect_uris: 'none' });
    await stores.db
      .updateTable('clients')
      .set({ metadata })
      .where('client_id', '=', spoilt.client_id)
      .execute();
    const { parties, unreadable } = await selectRelyingParties(stores.db);
    expect(unreadable).toEqual([spoilt.client_id]);
    expect(parties.some(({ clientId }) => clientId === sound.client_id)).toBe(true);
  });
});

it('leaves the app no way to delete a client or a contract', async () => {
  const { rows } = await asSuperuser(
    `select has_table_privilege('preau_app', 'preau.clients', 'delete') as clients,
      has_table_privilege('preau_app', 'preau.contracts', 'delete') as contracts`,
    stores.connectionOf('postgres').database,
  );
  expect(rows).toEqual([{ clients: false, contracts: false }]);
});
