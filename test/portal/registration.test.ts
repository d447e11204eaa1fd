import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createApproveContract } from '../../src/relying-parties/contracts/approve.ts';
import { createProposeContract } from '../../src/relying-parties/contracts/propose.ts';
import { createRequestContract } from '../../src/relying-parties/contracts/request.ts';
import { createIssueInitialToken } from '../../src/relying-parties/tokens/issue.ts';
import { commandLine, jsonOf } from '../relying-parties/command-line.ts';
import { TERMS } from '../relying-parties/terms.ts';
import { BY, type World, wholeWorld } from '../support/world.ts';

let world: World;
let initial = '';
beforeAll(async () => {
  world = await wholeWorld();
  const issued = await createIssueInitialToken(world.parts)(BY, { publisher: 'Les Rayons', seconds: 3600 });
  if (issued.outcome !== 'issued') throw new Error(issued.outcome);
  initial = issued.issued.token;
}, 60_000);
afterAll(() => world.close());

interface Client {
  [name: string]: unknown;
  client_id: string;
  client_secret?: string;
  registration_access_token: string;
  registration_client_uri: string;
}

const METADATA = { client_name: 'CDI', redirect_uris: ['https://cdi.example/callback'] };

async function send(method: string, address: string, token: string, body?: unknown) {
  const response = await fetch(new URL(address, world.issuer), {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: (text ? JSON.parse(text) : {}) as Client & { error?: string } };
}

async function register(metadata: object = {}): Promise<Client> {
  const { status, body } = await send('POST', '/registration', initial, { ...METADATA, ...metadata });
  expect({ status, error: body.error }).toEqual({ status: 201, error: undefined });
  return body;
}

const put = (client: Client, change: object, token = client.registration_access_token) =>
  send('PUT', client.registration_client_uri, token, { ...METADATA, client_id: client.client_id, ...change });

describe('dynamic registration', () => {
  it('is named by discovery, and refused without an initial access token', async () => {
    const discovery = await fetch(`${world.issuer}/.well-known/openid-configuration`);
    expect(((await discovery.json()) as Client).registration_endpoint).toBe(`${world.issuer}/registration`);
    for (const token of ['', 'nobody-ever-issued-this-token', `${initial}x`]) {
      const { status, body } = await send('POST', '/registration', token, METADATA);
      expect([status, body.error]).toEqual([401, 'invalid_token']);
    }
    world.wait(3_601_000);
    expect((await send('POST', '/registration', initial, METADATA)).status).toBe(401);
    world.wait(-3_601_000);
  });

  it('lands in the sandbox, for the publisher of the token, with ids and secrets of our own', async () => {
    const client = await register({
      publisher: 'somebody-else',
      ...{ client_id: 'chosen', client_secret: 'a'.repeat(20), subject_type: 'public' },
    });
    expect(client.client_id).not.toBe('chosen');
    expect(client.client_secret).toMatch(/^[A-Za-z0-9]{48}$/);
    expect(client).toMatchObject({ require_pkce: true, claims_in_id_token: false });
    const { rows } = await world.stores.pool.query(
      `select publisher, state from clients join contracts using (client_id) where client_id = '${client.client_id}'`,
    );
    expect(rows).toEqual([{ publisher: 'les-rayons', state: 'sandbox' }]);
    const answer = await fetch(`${world.issuer}/introspect`, {
      method: 'POST',
      headers: { authorization: `Basic ${btoa(`${client.client_id}:${client.client_secret}`)}` },
      body: new URLSearchParams({ token: 'none' }),
    });
    expect(await answer.json()).toEqual({ active: false });
  });

  it('refuses a sector whose list cannot be had or lacks a redirect URI, and asks nothing on its own machine', async () => {
    const server = createServer((_, response) => response.end(JSON.stringify(METADATA.redirect_uris)));
    await once(server.listen(0, '127.0.0.1'), 'listening');
    let asked = 0;
    server.on('request', () => (asked += 1));
    const { port } = server.address() as AddressInfo;
    for (const uri of [`http://localhost:${port}/`, `https://127.0.0.1:${port}/`, 'no address', 7, null]) {
      const metadata = { ...METADATA, sector_identifier_uri: uri };
      const { status, body } = await send('POST', '/registration', initial, metadata);
      expect([status, body.error]).toEqual([400, 'invalid_client_metadata']);
      expect((await put(await register(), { sector_identifier_uri: uri })).status).toBe(400);
    }
    expect(asked).toBe(0);
    server.close();
  });

  it('understands require_pkce and claims_in_id_token, and refuses what is not valid', async () => {
    expect(await register({ require_pkce: false, claims_in_id_token: true })).toMatchObject({
      ...{ require_pkce: false, claims_in_id_token: true },
    });
    const refused = async (metadata: object) =>
      (await send('POST', '/registration', initial, { ...METADATA, ...metadata })).body.error;
    expect(await refused({ redirect_uris: ['http://elsewhere.example/'] })).toBe('invalid_redirect_uri');
    for (const response_type of ['id_token', 'id_token token', 'code id_token'])
      expect(await refused({ response_types: [response_type], grant_types: ['implicit'] })).toBe(
        'invalid_client_metadata',
      );
    const publicOne = { token_endpoint_auth_method: 'none', require_pkce: false };
    expect(await refused(publicOne)).toBe('invalid_client_metadata');
    expect((await send('POST', '/registration', initial, ['no object'])).status).toBe(400);
  });

  it('shows and changes a client under its own token, which changes with it; a secret is never shown again', async () => {
    const client = await register();
    const seen = await send('GET', client.registration_client_uri, client.registration_access_token);
    expect(seen.body).toMatchObject({ client_id: client.client_id, client_name: 'CDI' });
    expect(JSON.stringify(seen.body)).not.toMatch(/client_secret"|hmac/);
    const wrong = await put(client, { client_secret: 'not this one'.repeat(3) });
    expect(wrong.status).toBe(400);
    const changed = await put(client, {
      ...{ client_name: 'CDI en ligne', publisher: 'other', client_secret: client.client_secret },
    });
    expect(changed.body).toMatchObject({ client_name: 'CDI en ligne' });
    expect(JSON.stringify(changed.body)).not.toMatch(/client_secret"|hmac/);
    expect(changed.body.registration_access_token).not.toBe(client.registration_access_token);
    const { registration_access_token: next } = changed.body;
    expect((await send('GET', client.registration_client_uri, next)).body.registration_access_token).toBe(
      next,
    );
    expect((await put(client, {})).status).toBe(401);
    const { rows } = await world.stores.pool.query(
      `select publisher from clients where client_id = '${client.client_id}'`,
    );
    expect(rows).toEqual([{ publisher: 'les-rayons' }]);
    const toPublic = await put({ ...client, ...changed.body }, { token_endpoint_auth_method: 'none' });
    expect(toPublic.status).toBe(400);
  });

  it('makes one of twenty changes at once, whole, and tells the others that they changed nothing', async () => {
    const client = await register();
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, n) => put(client, { client_name: `CDI ${n}` })),
    );
    const made = answers.filter(({ status }) => status === 200);
    expect([made.length, answers.filter(({ status }) => status === 409).length]).toEqual([1, 19]);
    const { body } = await send('GET', client.registration_client_uri, client.registration_access_token);
    expect(body).toEqual(made[0]?.body);
    const { rows } = await world.stores.pool.query(
      `select id from audit_events where name = 'client.updated' and details->>'clientId' = $1`,
      [client.client_id],
    );
    expect(rows).toHaveLength(1);
  });

  it('loses no client whose answer was lost: the same asked again is told the next token, for a day', async () => {
    const client = await register();
    const change = { client_name: 'CDI en ligne' };
    const lost = await put(client, change);
    for (const again of [
      await put(client, change),
      await send('GET', client.registration_client_uri, client.registration_access_token),
    ])
      expect(again).toEqual({ status: 200, body: lost.body });
    expect((await put(client, { client_name: 'Another' })).status).toBe(409);
    world.wait(86_400_000);
    expect((await put(client, change)).status).toBe(401);
    const next = await put({ ...client, ...lost.body }, {});
    expect(next.status).toBe(200);
    world.wait(-86_400_000);
  });

  it('gives no client the token of another, and a deleted one nothing; its id is never given again', async () => {
    const [one, other] = [await register(), await register()];
    expect((await send('GET', one.registration_client_uri, other.registration_access_token)).status).toBe(
      401,
    );
    const { status } = await send('DELETE', one.registration_client_uri, one.registration_access_token);
    expect(status).toBe(204);
    expect((await send('GET', one.registration_client_uri, one.registration_access_token)).status).toBe(401);
    const { rows } = await world.stores.pool.query(
      `select deleted_at is not null as deleted from clients where client_id = '${one.client_id}'`,
    );
    expect(rows).toEqual([{ deleted: true }]);
  });

  it('changes and deletes nothing that was approved', async () => {
    const client = await register();
    const given = { clientId: client.client_id };
    await createProposeContract(world.parts)(BY, { ...given, terms: TERMS });
    await createRequestContract(world.parts)(BY, given);
    await createApproveContract({ ...world.parts, operatorsAre: 'names' })(BY, { ...given, version: 2 });
    expect((await put(client, { redirect_uris: ['https://evil.example/'] })).status).toBe(403);
    const removal = await send('DELETE', client.registration_client_uri, client.registration_access_token);
    expect(removal.status).toBe(403);
  });

  it('deletes nothing that is being approved: whoever comes second waits', async () => {
    const client = await register();
    const given = { clientId: client.client_id };
    await createProposeContract(world.parts)(BY, { ...given, terms: TERMS });
    await createRequestContract(world.parts)(BY, given);
    const approving = await world.stores.pool.connect();
    await approving.query('begin');
    await approving.query('select from clients where client_id = $1 for update', [client.client_id]);
    const removal = send('DELETE', client.registration_client_uri, client.registration_access_token);
    await untilSomebodyWaits('clients');
    await approving.query(
      `update contracts set state = 'approved', approved_at = now() where client_id = $1 and version = 2`,
      [client.client_id],
    );
    await approving.query('commit');
    approving.release();
    expect((await removal).status).toBe(403);
    expect((await send('GET', client.registration_client_uri, client.registration_access_token)).status).toBe(
      200,
    );
  });

  async function untilSomebodyWaits(table: string): Promise<void> {
    const waiting = `select from pg_stat_activity where datname = current_database()
      and wait_event_type = 'Lock' and query like '%${table}%'`;
    while ((await world.stores.pool.query(waiting)).rows.length === 0) await pause(10);
  }

  it('is opened by npx preau clients initial-token, until that one is revoked by its id', async () => {
    const run = commandLine(world.stores);
    const issued = await jsonOf<{ id: string; initial_access_token: string; publisher: string }>(
      run('clients initial-token'),
    );
    const { id, initial_access_token: token, publisher } = issued;
    expect(id).toMatch(/^[A-Za-z0-9]{12}$/);
    const { status, body: client } = await send('POST', '/registration', token, METADATA);
    expect(status).toBe(201);
    const revoke = () => run('clients revoke-initial-token', [id]);
    expect(await jsonOf(revoke())).toEqual({ id, revoked: true });
    const refused = await send('POST', '/registration', token, METADATA);
    expect([refused.status, refused.body.error]).toEqual([401, 'invalid_token']);
    expect(refused).toEqual(await send('POST', '/registration', 'nobody-ever-issued-this-token', METADATA));
    const { registration_client_uri: uri, registration_access_token: own } = client;
    expect((await send('GET', uri, own)).status).toBe(200);
    expect(await revoke()).toMatchObject({ outcome: 'refused' });
    const { rows } = await world.stores.pool.query(
      `select name, reason, details from audit_events where details->>'id' = $1 order by id`,
      [id],
    );
    expect(rows).toMatchObject([
      { name: 'client.initial-token-issued', details: { id, publisher } },
      { name: 'client.initial-token-revoked', reason: 'la rentrée', details: { id, publisher } },
    ]);
  });

  it('opens to nobody whose token is revoked while they register, and says of each client under which it was', async () => {
    const run = commandLine(world.stores);
    const { id, initial_access_token: token } = await jsonOf<{ id: string; initial_access_token: string }>(
      run('clients initial-token'),
    );
    const registeredUnder = async () => {
      const { rows } = await world.stores.pool.query<{ client: string }>(
        `select details->>'clientId' as client from audit_events
         where name = 'client.registered' and details->>'initialToken' = $1`,
        [id],
      );
      return rows.map(({ client }) => client);
    };
    const { body: client } = await send('POST', '/registration', token, METADATA);
    expect(await registeredUnder()).toEqual([client.client_id]);
    const revoking = await world.stores.pool.connect();
    await revoking.query('begin');
    await revoking.query('update initial_access_tokens set revoked_at = now() where id = $1', [id]);
    const registering = send('POST', '/registration', token, METADATA);
    await Promise.race([registering, untilSomebodyWaits('initial_access_tokens')]);
    await revoking.query('commit');
    revoking.release();
    expect((await registering).status).toBe(401);
    expect(await registeredUnder()).toEqual([client.client_id]);
  });
});
