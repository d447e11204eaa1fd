import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { suiteConfiguration } from '../../demo/conformance-suite.ts';
import { dataFolder, REPOSITORY } from '../support/processes.ts';
import { Visitor } from '../support/visitor.ts';

const CALLBACK = 'https://suite.example/test/a/preau/callback';
let folder: string;
let port: number;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'preau-conformance-'));
  port = await aFreePort();
});
afterAll(() => rm(folder, { recursive: true }));

interface Printed {
  issuer: string;
  person: { username: string; password: string };
  clients: { client_id: string; client_secret: string; backchannel_logout_uri?: string }[];
  configuration: { client: { client_id: string }; browser: { match: string }[] };
  configuration_backchannel: { client: { client_id: string } };
}

/** As docs/conformance.md says it is run, until `then` is done. */
async function runs(then: (printed: Printed) => Promise<void>): Promise<void> {
  const child: ChildProcess = spawn(process.execPath, [join(REPOSITORY, 'demo/conformance.ts'), CALLBACK], {
    cwd: REPOSITORY,
    env: {
      ...dataFolder(folder),
      ...{ PREAU_PROFILE: 'conformance', PREAU_PORT: String(port), PREAU_METRICS_PORT: '0' },
      ...{ PREAU_ISSUER: `http://localhost:${port}`, PREAU_LOG_LEVEL: 'fatal' },
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  try {
    if (!child.stdout) throw new Error('nothing to read');
    const [line] = await Promise.race([once(createInterface(child.stdout), 'line'), ended.then(() => [''])]);
    await then(JSON.parse(String(line)) as Printed);
  } finally {
    child.kill('SIGTERM');
    await ended;
  }
}

async function aFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  return typeof address === 'object' && address ? address.port : 0;
}

async function signIn({ issuer, person }: Printed, client_id: string): Promise<URL | undefined> {
  const query = { client_id, redirect_uri: CALLBACK, response_type: 'code', scope: 'openid' };
  const visitor = new Visitor(issuer);
  const page = await visitor.open(`/authorize?${new URLSearchParams(query)}`);
  expect(page.text).toContain('name="password"');
  return (await visitor.submit(person)).left;
}

describe('PREAU_PROFILE=conformance node demo/conformance.ts', () => {
  it('prints whom the suite needs: a person who signs in by password at each of its clients, without PKCE', async () => {
    await runs(async (printed) => {
      for (const { client_id } of printed.clients)
        expect((await signIn(printed, client_id))?.searchParams.get('code')).toBeTruthy();
      const { configuration, configuration_backchannel, clients, issuer } = printed;
      expect(configuration.client.client_id).toBe(clients[0]?.client_id);
      expect(configuration.browser[0]?.match).toBe(`${issuer}/authorize*`);
      const told = clients.filter(({ backchannel_logout_uri: uri }) => uri);
      expect(told.map(({ client_id }) => client_id)).toEqual([configuration_backchannel.client.client_id]);
    });
  });

  it('starts again over the people it made, and lets a client of nobody register', async () => {
    await runs(async (printed) => {
      const response = await fetch(`${printed.issuer}/registration`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ client_name: 'A module', redirect_uris: [CALLBACK] }),
      });
      expect(response.status).toBe(201);
      const { client_id } = (await response.json()) as { client_id: string };
      expect((await signIn(printed, client_id))?.searchParams.get('code')).toBeTruthy();
    });
  });
});

describe('the configuration of the suite', () => {
  interface Browsing {
    browser: { match: string; tasks: { match: string; commands: unknown[][] }[] }[];
  }
  const issuer = 'https://preau.example';
  const client = { client_id: 'a', client_secret: 'b' };
  const person = { username: 'ada', password: 'secret' };
  const given = { issuer, callback: CALLBACK, person, client, other: client };
  const whole = suiteConfiguration(given) as Browsing & { override: Record<string, Browsing> };

  /** The pages of a sign-out that a picture is taken of. */
  function pictures({ browser }: Browsing): string[] {
    const { tasks = [] } = browser.find(({ match }) => match === `${issuer}/session/end*`) ?? {};
    const taken = tasks.filter(({ commands }) =>
      commands.flat().some((word) => /update-image/.test(`${word}`)),
    );
    return taken.map(({ match }) => match);
  }

  it('shows the page that asks and the one of somebody who has left', () => {
    expect(pictures(whole)).toEqual([`${issuer}/session/end*`, `${issuer}/session/end/success*`]);
  });

  it.each(['oidcc-rp-initiated-logout-no-params', 'oidcc-rp-initiated-logout-only-state'])(
    '%s: shows the page of somebody who has left alone, for the first picture is kept',
    (module) => {
      const override = whole.override[module] ?? { browser: [] };
      expect(pictures(override)).toEqual([`${issuer}/session/end/success*`]);
      expect(override.browser[0]).toEqual(whole.browser[0]);
    },
  );
});
