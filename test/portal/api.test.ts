import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { API, ROUTES } from '../../src/portal/api/routes.ts';
import { commandLine, jsonOf } from '../relying-parties/command-line.ts';
import { TERMS } from '../relying-parties/terms.ts';
import { type World, wholeWorld } from '../support/world.ts';
import { CLIENT, METADATA, Publisher, tokenFor } from './publisher.ts';

let world: World;
let publisher: Publisher;

beforeAll(async () => {
  world = await wholeWorld();
  publisher = await Publisher.at(world);
}, 60_000);
afterAll(() => world.close());

const ask: Publisher['ask'] = (...given) => publisher.ask(...given);
const aClient: Publisher['aClient'] = (...given) => publisher.aClient(...given);
const asDocumented = (path: string): string => path.replace(/:(\w+)/g, '{$1}');

describe('the HTTP API', () => {
  it('documents every route it has, and no other', () => {
    const documented = Object.entries(publisher.document.paths).flatMap(([path, operations]) =>
      Object.keys(operations)
        .filter((method) => method !== 'parameters')
        .map((method) => `${method} ${path}`),
    );
    const served = ROUTES.map(([method, path]) => `${method} ${asDocumented(path)}`);
    expect(documented.sort()).toEqual(served.sort());
  });

  it('registers into the sandbox, shows, changes, lists and deletes', async () => {
    const made = await aClient();
    expect(made).toMatchObject({ publisher: 'les-rayons', contract: { version: 1, state: 'sandbox' } });
    const clientId = made.client_id;
    const shown = await ask('GET', CLIENT, { clientId });
    expect(JSON.stringify(shown.body)).not.toContain(made.client_secret);
    const body = { ...METADATA, client_name: 'CDI en ligne' };
    expect((await ask('PUT', CLIENT, { clientId, body })).body.metadata.client_name).toBe('CDI en ligne');
    const { body: list } = await ask('GET', '/clients');
    expect(list.clients.map(({ client_id }: { client_id: string }) => client_id)).toContain(clientId);
    expect((await ask('DELETE', CLIENT, { clientId })).status).toBe(204);
    expect((await ask('GET', CLIENT, { clientId })).status).toBe(404);
  });

  it('rotates a secret with an overlap', async () => {
    const { client_id: clientId, client_secret: former } = await aClient();
    const path = `${CLIENT}/secret`;
    const { body } = await ask('POST', path, { clientId, body: { overlap_hours: 1 } });
    expect(body.client_secret).not.toBe(former);
    expect((await ask('POST', path, { clientId })).status).toBe(200);
    expect((await ask('POST', path, { clientId, body: { overlap_hours: -1 } })).status).toBe(422);
    const publicOne = { ...METADATA, token_endpoint_auth_method: 'none' };
    const other = (await ask('POST', '/clients', { body: publicOne })).body.client_id;
    expect((await ask('POST', path, { clientId: other })).status).toBe(409);
  });

  it('reads a body that comes in pieces: whoever ends a stolen secret at once has it ended', async () => {
    const { client_id: clientId } = await aClient();
    const body = new Blob(['{"overlap_hours":0}']).stream();
    const response = await fetch(`${world.issuer}${API}/clients/${clientId}/secret`, {
      method: 'POST',
      headers: { authorization: `Bearer ${publisher.token}`, 'content-type': 'application/json' },
      ...{ body, duplex: 'half' },
    });
    const { former_secret_until: until } = (await response.json()) as { former_secret_until: string };
    expect(new Date(until).getTime()).toBeLessThanOrEqual(world.now().getTime());
  });

  it('answers a body that is too long, and goes on with the next request of the same connection', async () => {
    const body = { ...METADATA, client_uri: `https://cdi.example/${'a'.repeat(200_000)}` };
    for (let time = 0; time < 3; time += 1)
      expect((await ask('POST', '/clients', { body })).status).toBe(400);
    expect((await ask('GET', '/clients')).status).toBe(200);
  });

  it('proposes a contract and asks for its approval, which it cannot give', async () => {
    const { client_id: clientId } = await aClient();
    const path = `${CLIENT}/contract`;
    expect((await ask('POST', `${path}/request`, { clientId })).status).toBe(422);
    expect((await ask('POST', path, { clientId, body: TERMS })).body).toMatchObject({ version: 2 });
    expect((await ask('POST', path, { clientId, body: { ...TERMS, profile: 'high' } })).status).toBe(422);
    expect((await ask('POST', `${path}/request`, { clientId })).body).toMatchObject({ state: 'requested' });
    expect((await ask('POST', `${path}/request`, { clientId })).status).toBe(409);
    const { body } = await ask('GET', path, { clientId });
    expect(body.versions).toMatchObject([
      { version: 2, state: 'requested' },
      { version: 1, state: 'replaced' },
    ]);
  });

  describe('changing what was approved', () => {
    const elsewhere = { ...METADATA, redirect_uris: ['https://elsewhere.example/callback'] };
    const run = (...given: Parameters<ReturnType<typeof commandLine>>) => commandLine(world.stores)(...given);
    const put = (clientId: string, body: object) => ask('PUT', CLIENT, { clientId, body });
    const redirects = async (clientId: string) =>
      (await ask('GET', CLIENT, { clientId })).body.metadata.redirect_uris;

    const anApproved = () => publisher.anApproved();

    it('waits for somebody who answers for Préau, and is in force with their approval', async () => {
      const clientId = await anApproved();
      const { status, body } = await put(clientId, elsewhere);
      expect([status, body.fields]).toEqual([202, ['redirect_uris']]);
      expect(await redirects(clientId)).toEqual(METADATA.redirect_uris);
      expect((await ask('GET', `${CLIENT}/change`, { clientId })).body).toEqual(body);
      const listed = await jsonOf<object[]>(run('clients changes'));
      expect(listed).toContainEqual(
        expect.objectContaining({ client_id: clientId, before: { redirect_uris: METADATA.redirect_uris } }),
      );
      const change = { options: { change: String(body.change) } };
      await jsonOf(run('clients approve-change', [clientId], change));
      expect(await redirects(clientId)).toEqual(elsewhere.redirect_uris);
      expect(await run('clients approve-change', [clientId], change)).toMatchObject({ outcome: 'refused' });
      const { rows } = await world.stores.pool.query(
        `select name from audit_events where details->>'clientId' = $1 order by id desc limit 2`,
        [clientId],
      );
      expect(rows).toEqual([{ name: 'client.change-approved' }, { name: 'client.change-asked' }]);
    });

    it.each([
      ['keys', { jwks_uri: 'https://cdi.example/keys' }],
      ['where sign-outs are told', { backchannel_logout_uri: 'https://elsewhere.example/out' }],
      ['where people land after them', { post_logout_redirect_uris: ['https://elsewhere.example/'] }],
      ['how it proves itself', { token_endpoint_auth_method: 'client_secret_post' }],
      ['its name', { client_name: 'Ministère' }],
      ['its page', { client_uri: 'https://elsewhere.example/' }],
      ['its data policy, to which the sign-in page leads', { policy_uri: 'https://elsewhere.example/' }],
      ['its terms, to which it leads too', { tos_uri: 'https://elsewhere.example/' }],
    ])('of %s', async (_, change) => {
      const clientId = await anApproved();
      expect((await put(clientId, { ...METADATA, ...change })).status).toBe(202);
      const { rows } = await world.stores.pool.query(`select metadata from clients where client_id = $1`, [
        clientId,
      ]);
      expect(rows[0].metadata).not.toMatchObject(change);
    });

    it('is no matter where nothing of it was looked at', async () => {
      const clientId = await anApproved();
      expect((await put(clientId, { ...METADATA, contacts: ['cdi@cdi.example'] })).status).toBe(200);
      expect((await ask('GET', `${CLIENT}/change`, { clientId })).status).toBe(404);
    });

    it('is approved as it was read: a newer one takes its place, and what is in force takes it back', async () => {
      const clientId = await anApproved();
      const { body: read } = await put(clientId, elsewhere);
      await put(clientId, { ...METADATA, redirect_uris: ['https://worse.example/'] });
      const former = { options: { change: String(read.change) } };
      expect(await run('clients approve-change', [clientId], former)).toMatchObject({ outcome: 'refused' });
      const { body: worse } = await ask('GET', `${CLIENT}/change`, { clientId });
      expect((await put(clientId, METADATA)).status).toBe(200);
      const taken = { options: { change: String(worse.change) } };
      expect(await run('clients approve-change', [clientId], taken)).toMatchObject({ outcome: 'refused' });
      expect(await redirects(clientId)).toEqual(METADATA.redirect_uris);
    });

    it('takes two operators where its contract takes two, each an OS user in production', async () => {
      const clientId = await anApproved();
      await world.stores.pool.query(`update contracts set terms = $1 where client_id = $2`, [
        JSON.stringify({ ...TERMS, claims: { ...TERMS.claims, teacher: { email: 'Prévenir' } } }),
        clientId,
      ]);
      const options = { change: String((await put(clientId, elsewhere)).body.change) };
      const approve = (by: string, osUser: string) =>
        run('clients approve-change', [clientId], { options, by, osUser, mode: 'production' });
      expect(await jsonOf(approve('Anna', 'anna'))).toMatchObject({ approvals: 1, approvals_needed: 2 });
      expect(await approve('Somebody else', 'anna')).toMatchObject({ outcome: 'refused' });
      expect(await jsonOf<object[]>(run('clients changes'))).toContainEqual(
        expect.objectContaining({ client_id: clientId, approvals: 1, approvals_needed: 2 }),
      );
      expect(await redirects(clientId)).toEqual(METADATA.redirect_uris);
      expect(await approve('Paul', 'paul')).toMatchObject({ outcome: 'done' });
      expect(await redirects(clientId)).toEqual(elsewhere.redirect_uris);
    });

    it('may be refused', async () => {
      const clientId = await anApproved();
      const change = { options: { change: String((await put(clientId, elsewhere)).body.change) } };
      expect(await run('clients refuse-change', [clientId], change)).toMatchObject({ outcome: 'done' });
      expect(await run('clients refuse-change', [clientId], change)).toMatchObject({ outcome: 'refused' });
      expect(await redirects(clientId)).toEqual(METADATA.redirect_uris);
    });

    it('is decided once, by twenty at once', async () => {
      const clientId = await anApproved();
      const change = { options: { change: String((await put(clientId, elsewhere)).body.change) } };
      const names = Array.from({ length: 20 }, (_, i) =>
        i % 2 ? 'clients approve-change' : 'clients refuse-change',
      );
      const decided = await Promise.all(names.map((name) => run(name, [clientId], change)));
      expect(decided.filter(({ outcome }) => outcome === 'done')).toHaveLength(1);
    });

    it('is not for whoever asked for the approval a moment ago', async () => {
      const { client_id: clientId } = await aClient();
      await ask('POST', `${CLIENT}/contract`, { clientId, body: TERMS });
      await ask('POST', `${CLIENT}/contract/request`, { clientId });
      const { status, body } = await put(clientId, elsewhere);
      expect([status, body.problems]).toEqual([422, [expect.stringContaining('redirect_uris')]]);
      await ask('POST', `${CLIENT}/contract`, { clientId, body: TERMS });
      expect((await put(clientId, elsewhere)).status).toBe(200);
    });
  });

  it('shuts out and lets in again, but nobody whom an operator shut out', async () => {
    const run = commandLine(world.stores);
    const { client_id: clientId } = await aClient();
    const [suspend, resume] = [`${CLIENT}/suspend`, `${CLIENT}/resume`];
    expect((await ask('POST', resume, { clientId })).status).toBe(409);
    expect((await ask('POST', suspend, { clientId })).body.suspended_at).not.toBeNull();
    expect((await ask('POST', suspend, { clientId })).status).toBe(409);
    expect((await ask('POST', resume, { clientId })).body.suspended_at).toBeNull();
    await ask('POST', suspend, { clientId });
    await jsonOf(run('clients suspend', [clientId]));
    expect(await run('clients suspend', [clientId])).toMatchObject({ outcome: 'refused' });
    expect((await ask('POST', resume, { clientId })).status).toBe(409);
    await jsonOf(run('clients resume', [clientId]));
    expect((await ask('GET', CLIENT, { clientId })).body.suspended_at).toBeNull();
  });

  it('keeps the publishers apart: another’s client looks like none', async () => {
    const { client_id: clientId } = await aClient();
    const as = await tokenFor(world, 'Emploi du temps SARL');
    expect((await ask('GET', '/clients', { as })).body).toEqual({ clients: [] });
    for (const [method, path] of ROUTES.filter(([, path]) => path.includes(':')))
      expect((await ask(method.toUpperCase(), asDocumented(path), { as, clientId })).status).toBe(404);
    expect((await ask('GET', CLIENT, { clientId })).status).toBe(200);
  });

  it('registers for the publisher of the token, however its id is spelt', async () => {
    const id = `${'c'.repeat(62)}-`;
    const named = [id, `${'c'.repeat(62)} et compagnie`];
    await world.stores.pool.query('insert into publishers (id, name) values ($1, $2)', named);
    const as = await tokenFor(world, id);
    const { client_id: clientId } = await publisher.aClient({ as });
    const { body } = await publisher.ask('GET', CLIENT, { clientId, as });
    expect(body).toMatchObject({ client_id: clientId, publisher: id });
  });

  it('knows no client by half a name, nor by one that no database takes', async () => {
    const { client_id: clientId } = await aClient();
    for (const other of [clientId.slice(1), `${clientId}%00`, '%25', "'"])
      expect((await ask('GET', CLIENT, { clientId: other })).status).toBe(404);
  });

  it('answers nobody without a token in force', async () => {
    const { client_id: clientId } = await aClient();
    const run = commandLine(world.stores);
    const issued = await jsonOf<{ id: string; api_token: string }>(
      run('clients api-token', [], { options: { publisher: 'Les Rayons' } }),
    );
    expect((await ask('GET', '/clients', { as: issued.api_token })).status).toBe(200);
    await run('clients revoke-api-token', [issued.id]);
    expect(await run('clients revoke-api-token', [issued.id])).toMatchObject({ outcome: 'refused' });
    for (const as of [issued.api_token, 'made-up-by-somebody', ''])
      for (const [method, path] of ROUTES)
        expect((await ask(method.toUpperCase(), asDocumented(path), { as, clientId })).status).toBe(401);
  });

  it('says what is wrong with a request in one form', async () => {
    for (const body of ['no json', '[]', '"text"'])
      expect((await ask('POST', '/clients', { body })).status).toBe(400);
    const { body } = await ask('POST', '/clients', { body: { client_name: 'CDI' } });
    expect(body).toMatchObject({ status: 422, problems: [expect.stringContaining('redirect_uris')] });
  });
});
