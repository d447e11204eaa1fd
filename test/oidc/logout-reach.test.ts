import { once } from 'node:events';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { selectClientsVersion } from '../../src/relying-parties/store.ts';
import { aCertificate } from '../http/certificate.ts';
import type { Browser } from './browser.ts';
import { openTestDoor, type TestDoor } from './door-harness.ts';
import { aPerson } from './people.ts';
import { RelyingParty, type Tokens } from './relying-party.ts';

const authorities = getCACertificates('default');
let test: TestDoor;
let server: Server;
let address: string;
/** What came to the school's server: connections, and requests on them. */
let came: { connections: number; notices: number };

beforeAll(async () => {
  const certificate = aCertificate();
  setDefaultCACertificates([...authorities, certificate.cert]);
  server = createServer(certificate, (request, response) => {
    came.notices += 1;
    request.resume();
    response.writeHead(204).end();
  });
  server.on('connection', () => {
    came.connections += 1;
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  address = `https://localhost:${port}/logout`;
  const privateNetworks = ['127.0.0.0/8', '::1/128'].map((cidr) => ({ cidr, ports: [port] }));
  test = await openTestDoor({ remote: { privateNetworks } });
}, 60_000);
afterAll(async () => {
  setDefaultCACertificates(authorities);
  await test.stop();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});
beforeEach(() => {
  came = { connections: 0, notices: 0 };
});

type State = 'approved' | 'sandbox' | 'requested' | 'suspended' | 'ended';

async function aRelyingParty(state: State): Promise<RelyingParty> {
  const client = await test.register({ backchannel_logout_uri: address });
  await putIn(client, state);
  return RelyingParty.at(test.issuer, client);
}

async function putIn(client: { client_id: string }, state: State): Promise<void> {
  await test.stores.db
    .updateTable('contracts')
    .set({ state })
    .where('client_id', '=', client.client_id)
    .execute();
  // Which page a stranger is sent to is read from memory: a moment late is no fault.
  await test.door.registry.upTo(await selectClientsVersion(test.stores.db));
}

async function signOut(browser: Browser, { id_token: hint = '' }: Tokens): Promise<void> {
  await browser.open(`/session/end?id_token_hint=${hint}`);
  await test.queue.drain();
}

async function signInAsPersona(rp: RelyingParty, browser: Browser): Promise<Tokens> {
  const asked = await rp.authorizationUrl();
  const { response } = await browser.open(asked.url);
  const page = await response.text();
  const [, csrf = ''] = /name="csrf" value="([^"]*)"/.exec(page) ?? [];
  const [, persona = ''] = /name="persona" value="([^"]*)"/.exec(page) ?? [];
  const { left } = await browser.follow(await browser.post(response.url, { csrf, persona }));
  return rp.exchange(left ?? asked.url, asked);
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error('waited in vain');
    await pause(20);
  }
}

async function receiptsOf({ client }: RelyingParty) {
  const { rows } = await test.stores.pool.query(
    'select state, attempts, last_status from logout_notices where client_id = $1',
    [client.client_id],
  );
  return rows;
}

describe('a server in a private network that an operator listed', () => {
  it('is told of sign-outs where the contract is approved', async () => {
    const rp = await aRelyingParty('approved');
    const browser = test.browser();
    browser.person = `${(await aPerson(test)).id} one`;
    await signOut(browser, await rp.signIn(browser));
    expect(await receiptsOf(rp)).toEqual([{ state: 'confirmed', attempts: 1, last_status: 204 }]);
    expect(came).toEqual({ connections: 1, notices: 1 });
  });

  it.each(['sandbox', 'requested'] as const)(
    'is not even connected to for an application that nobody approved: %s',
    async (state) => {
      const rp = await aRelyingParty(state);
      const browser = test.browser();
      await signOut(browser, await signInAsPersona(rp, browser));
      expect(await receiptsOf(rp)).toEqual([{ state: 'pending', attempts: 1, last_status: null }]);
      expect(came).toEqual({ connections: 0, notices: 0 });
    },
  );

  it.each(['suspended', 'ended'] as const)(
    'is not connected to for one whose approval is %s: its notice waits for another',
    async (state) => {
      const rp = await aRelyingParty('approved');
      const browser = test.browser();
      browser.person = `${(await aPerson(test)).id} one`;
      const tokens = await rp.signIn(browser);
      await browser.open(`/session/end?id_token_hint=${tokens.id_token}`);
      await putIn(rp.client, state);
      await until(async () => (await browser.get((await rp.authorizationUrl()).url)).status === 400);
      await test.queue.drain();
      expect(await receiptsOf(rp)).toEqual([{ state: 'pending', attempts: 1, last_status: null }]);
      expect(came).toEqual({ connections: 0, notices: 0 });
    },
  );
});
