import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type TestStores, testStores } from '../support/stores.ts';
import { commandLine, jsonOf, type Run } from './command-line.ts';
import { TERMS } from './terms.ts';

const folder = mkdtempSync(join(tmpdir(), 'preau-contracts-'));
let stores: TestStores;
let run: Run;
let files = 0;

beforeAll(async () => {
  stores = await testStores();
  run = commandLine(stores);
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await stores.close();
});

const termsFile = (terms: unknown = TERMS) => {
  const file = join(folder, `${++files}.json`);
  writeFileSync(file, JSON.stringify(terms));
  return file;
};
const named = { name: 'CDI', 'redirect-uri': ['https://cdi.example/callback'] };

interface Created {
  client_id: string;
  contract: { state: string; note?: string };
}

const create = (options: Record<string, string | true> = {}, mode: 'production' | 'test' = 'test') =>
  jsonOf<Created>(run('clients create', [], { mode, options: { ...named, ...options } }));

describe('clients create', () => {
  it('is at once of use where one tries things out, unless the sandbox is asked for', async () => {
    expect((await create()).contract).toEqual({ state: 'approved' });
    expect((await create({ sandbox: true })).contract).toEqual({ state: 'sandbox' });
  });

  it('in production lands in the sandbox, and is approved with a whole contract of names and schools', async () => {
    expect((await create({}, 'production')).contract).toEqual({ state: 'sandbox' });
    expect((await create({ contract: termsFile() }, 'production')).contract).toEqual({ state: 'approved' });
    const half = termsFile({ ...TERMS, purpose: null });
    expect((await create({ contract: half }, 'production')).contract).toEqual({
      state: 'sandbox',
      note: 'not stated: purpose',
    });
  });

  it('in production takes a second operator for more, whatever name the first one gives', async () => {
    const teacher = { ...TERMS.claims.teacher, email: 'Prévenir du retour' };
    const more = termsFile({ ...TERMS, claims: { ...TERMS.claims, teacher } });
    const { client_id, contract } = await create({ contract: more }, 'production');
    expect(contract.state).toBe('requested');
    const read = { mode: 'production', by: 'Paul', options: { version: '1' } } as const;
    const again = run('contracts approve', [client_id], { ...read, osUser: 'Test' });
    expect(await again).toMatchObject({ outcome: 'refused' });
    const other = run('contracts approve', [client_id], read);
    expect(await jsonOf(other)).toMatchObject({ state: 'approved' });
  });

  it('registers nothing under terms that cannot be read', async () => {
    const options = { ...named, contract: termsFile({ ...TERMS, profile: 'high' }) };
    expect(await run('clients create', [], { options })).toMatchObject({ outcome: 'refused' });
  });
});

describe('contracts', () => {
  it('are proposed, asked for, approved, suspended, resumed, ended, and shown with all their versions', async () => {
    const { client_id } = await create({ sandbox: true });
    const one = [client_id];
    const proposed = run('contracts propose', one, { options: { contract: termsFile() } });
    expect(await jsonOf(proposed)).toEqual({ client_id, version: 2, state: 'sandbox' });
    expect(await jsonOf(run('contracts request', one))).toMatchObject({ version: 2, state: 'requested' });
    expect(await run('contracts approve', one, { options: { version: '1' } })).toMatchObject({
      outcome: 'refused',
    });
    // A publisher may ask for another one between the reading and the approval.
    await expect(run('contracts approve', one)).rejects.toThrow('--version is missing');
    const approved = run('contracts approve', one, { options: { version: '2' } });
    const registration = {
      redirect_uris: [named['redirect-uri']].flat(),
      token_endpoint_auth_method: 'client_secret_basic',
      declared_name_differs: true,
    };
    expect(await jsonOf(approved)).toMatchObject({ state: 'approved', registration });
    expect(await jsonOf(run('contracts suspend', one))).toMatchObject({ state: 'suspended' });
    expect(await jsonOf(run('contracts resume', one))).toMatchObject({ state: 'approved' });
    expect(await jsonOf(run('contracts show', one))).toMatchObject([
      { version: 2, state: 'approved', terms: TERMS, approvals: 1, approvals_needed: 1, registration },
      { version: 1, state: 'replaced' },
    ]);
    expect(await jsonOf(run('contracts end', one))).toMatchObject({ state: 'ended' });
    expect(await jsonOf<object[]>(run('contracts list'))).toContainEqual(
      expect.objectContaining({ client_id, version: 2, state: 'ended' }),
    );
  });

  it.each(['show', 'request', 'approve', 'suspend', 'resume', 'end'])('%s: nobody knows it', async (verb) => {
    const options = verb === 'approve' ? { version: '1' } : {};
    expect(await run(`contracts ${verb}`, ['nobody'], { options })).toMatchObject({ outcome: 'refused' });
  });

  it('take two names for more than names and schools where one human plays several', async () => {
    const { client_id } = await create({ sandbox: true });
    const guardian = { children: 'Montrer ce que chaque enfant a emprunté' };
    const contract = termsFile({ ...TERMS, claims: { ...TERMS.claims, guardian } });
    await run('contracts propose', [client_id], { options: { contract } });
    await run('contracts request', [client_id]);
    const options = { version: '2' };
    const anna = { by: 'Anna', osUser: 'same', options };
    expect(await jsonOf(run('contracts approve', [client_id], anna))).toMatchObject({ approvals: 1 });
    const paul = { by: 'Paul', osUser: 'same', options };
    expect(await jsonOf(run('contracts approve', [client_id], paul))).toMatchObject({ state: 'approved' });
  });
});

describe('clients update', () => {
  const show = (clientId: string) => jsonOf<Record<string, unknown>>(run('clients show', [clientId]));

  it('changes what is named and nothing else, with its line', async () => {
    const { client_id: clientId } = await create({ 'post-logout-redirect-uri': 'https://cdi.example/' });
    const redirect = ['https://cdi.example/callback', 'https://cdi.example/other'];
    const options = { 'redirect-uri': redirect, 'backchannel-logout-uri': 'https://cdi.example/out' };
    const { changed } = await jsonOf<{ changed: string[] }>(run('clients update', [clientId], { options }));
    expect(changed).toEqual(['backchannel_logout_uri', 'redirect_uris']);
    expect(await show(clientId)).toMatchObject({
      ...{ client_name: 'CDI', redirect_uris: redirect, post_logout_redirect_uris: ['https://cdi.example/'] },
    });
    const { rows } = await stores.pool.query(
      `select name, reason, details from audit_events where details->>'clientId' = $1 order by id desc limit 1`,
      [clientId],
    );
    expect(rows).toMatchObject([{ name: 'client.updated', reason: 'la rentrée', details: { changed } }]);
  });

  it('takes nothing back that is changed at the same moment', async () => {
    const { client_id: clientId } = await create();
    const other = await stores.pool.connect();
    await other.query('begin');
    await other.query(
      `update clients set metadata = metadata || '{"redirect_uris": ["https://cdi.example/new"]}'
       where client_id = $1`,
      [clientId],
    );
    const update = run('clients update', [clientId], { options: { name: 'CDI en ligne' } });
    const waiting = `select from pg_stat_activity where datname = current_database()
      and wait_event_type = 'Lock' and query like '%clients%'`;
    while ((await stores.pool.query(waiting)).rows.length === 0) await pause(10);
    await other.query('commit');
    other.release();
    expect(await update).toMatchObject({ outcome: 'refused' });
    expect(await show(clientId)).toMatchObject({ redirect_uris: ['https://cdi.example/new'] });
    expect(await run('clients update', [clientId], { options: { name: 'CDI en ligne' } })).toMatchObject({
      outcome: 'done',
    });
  });

  it('takes a file, where null takes something away, and no id, secret or publisher', async () => {
    const { client_id: clientId } = await create();
    const file = termsFile({
      contacts: ['cdi@cdi.example'],
      publisher: 'x',
      client_id: 'y',
      client_secret: 'z',
    });
    const { publisher } = await show(clientId);
    await jsonOf(run('clients update', [clientId], { options: { from: file } }));
    expect(await show(clientId)).toMatchObject({ contacts: ['cdi@cdi.example'], publisher });
    const none = termsFile({ contacts: null });
    await jsonOf(run('clients update', [clientId], { options: { from: none } }));
    expect(await show(clientId)).not.toHaveProperty('contacts');
  });

  it('refuses what no registration may be, and wants to be told something', async () => {
    const { client_id: clientId } = await create();
    const http = { options: { 'redirect-uri': ['http://cdi.example/callback'] } };
    expect(await run('clients update', [clientId], http)).toMatchObject({ outcome: 'refused' });
    expect(await run('clients update', ['nobody'], http)).toMatchObject({ outcome: 'refused' });
    await expect(run('clients update', [clientId])).rejects.toThrow('nothing to change');
    for (const file of [termsFile([]), '/nowhere.json'])
      await expect(run('clients update', [clientId], { options: { from: file } })).rejects.toThrow();
  });
});

describe('clients', () => {
  it('whose registration cannot be read are suspended, their contract ended, and deleted all the same', async () => {
    const { client_id: clientId } = await create();
    await stores.pool.query(
      `update clients set metadata = '{"redirect_uris": "none"}' where client_id = $1`,
      [clientId],
    );
    for (const name of ['clients suspend', 'contracts suspend', 'contracts end', 'clients delete'])
      expect({ name, is: await run(name, [clientId]) }).toMatchObject({ name, is: { outcome: 'done' } });
  });

  it('are suspended and resumed', async () => {
    const { client_id } = await create();
    expect(await jsonOf(run('clients suspend', [client_id]))).toEqual({ client_id, suspended: true });
    expect(await run('clients suspend', [client_id])).toMatchObject({ outcome: 'refused' });
    const shown = await jsonOf<{ suspended_at: string | null }>(run('clients show', [client_id]));
    expect(shown.suspended_at).not.toBeNull();
    expect(await jsonOf(run('clients resume', [client_id]))).toEqual({ client_id, suspended: false });
    expect(await run('clients resume', [client_id])).toMatchObject({ outcome: 'refused' });
  });
});

describe('clients tokens', () => {
  interface Issued {
    id: string;
    publisher: string;
    until: string;
  }
  const issue = (kind: 'api' | 'initial', publisher: string) =>
    jsonOf<Issued>(run(`clients ${kind}-token`, [], { options: { publisher } }));

  it('lists both kinds by their ids as long as they are in force, and never what is shown once', async () => {
    expect(await run('clients tokens')).toEqual({ outcome: 'done', json: [], lines: ['none'] });
    const [initial, api] = [await issue('initial', 'Les Rayons'), await issue('api', 'Les Rayons')];
    const other = await issue('api', 'Emploi du temps');
    const listed = (kind: string, { id, publisher, until }: Issued) => ({
      ...{ id, kind, publisher, until, issued_at: expect.stringMatching(/^20.+Z$/) },
    });
    const ofRayons = [listed('initial', initial), listed('api', api)];
    const all = await run('clients tokens');
    expect(all).toMatchObject({ json: [...ofRayons, listed('api', other)] });
    expect(all).toMatchObject({
      lines: [
        expect.stringMatching(`^${initial.id}  initial  les-rayons  issued 20.+Z, until ${initial.until}$`),
        expect.stringMatching(`^${api.id}  api      les-rayons  issued 20`),
        expect.stringContaining(other.id),
      ],
    });
    for (const publisher of ['Les Rayons', 'les-rayons'])
      expect(await jsonOf(run('clients tokens', [], { options: { publisher } }))).toEqual(ofRayons);
    const nobody = { options: { publisher: 'Nobody' } };
    expect(await run('clients tokens', [], nobody)).toMatchObject({ outcome: 'refused' });
    const aDayLater = commandLine(stores, () => new Date(initial.until));
    expect(await jsonOf(aDayLater('clients tokens'))).toEqual([listed('api', api), listed('api', other)]);
    expect(await run('clients revoke-initial-token', [api.id])).toMatchObject({ outcome: 'refused' });
    await jsonOf(run('clients revoke-initial-token', [initial.id]));
    await jsonOf(run('clients revoke-api-token', [api.id]));
    expect(await jsonOf(run('clients tokens'))).toEqual([listed('api', other)]);
  });
});
