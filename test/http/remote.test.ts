import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { createRemote, type Remote, RemoteRefused } from '../../src/http/remote.ts';
import { isPublicAddress } from '../../src/http/remote-addresses.ts';
import { storeHostsOf } from '../../src/storage/store-hosts.ts';
import { aCertificate } from './certificate.ts';

const opened: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0)) await close();
});

type Settings = Parameters<typeof createRemote>[0]['settings'];

function aRemote(
  settings: Partial<Settings> = {},
  addresses: Record<string, string[]> = {},
  storeHosts: string[] = [],
): Remote & { asked: string[] } {
  const asked: string[] = [];
  const remote = createRemote({
    settings: { allowsLoopback: false, privateNetworks: [], ...settings },
    storeHosts: storeHosts.map((host) => ({ host, port: 5432 })),
    resolve: async (name) => {
      asked.push(name);
      return addresses[name] ?? [];
    },
  });
  opened.push(() => remote.close());
  return { ...remote, asked };
}

async function serve(respond: RequestListener, host = '127.0.0.1'): Promise<number> {
  const server: Server = createServer(respond).listen(0, host);
  await once(server, 'listening');
  opened.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

const form = new URLSearchParams({ logout_token: 'x' });
const local = { localhost: ['127.0.0.1'] };

describe('an address', () => {
  it.each([
    ...['0.0.0.0', '10.1.2.3', '100.64.0.1', '100.100.100.200', '127.0.0.1', '127.9.9.9', '168.63.129.16'],
    ...['169.254.169.254', '172.16.0.1', '172.31.255.255', '192.0.0.192', '192.168.1.1', '198.18.0.1'],
    ...['203.0.113.9', '224.0.0.1', '239.255.255.255', '240.0.0.1', '255.255.255.255'],
    ...[
      '::',
      '::1',
      '::ffff:127.0.0.1',
      '::ffff:10.0.0.1',
      '::ffff:7f00:1',
      '::127.0.0.1',
      '64:ff9b::7f00:1',
    ],
    ...[
      'fc00::1',
      'fd00:ec2::254',
      'fe80::1',
      'ff02::1',
      '2001::1',
      '2001:db8::1',
      '2002:7f00:1::',
      '3fff::1',
    ],
    ...['not an address', ''],
  ])('%s is none to connect to', (address) => {
    expect(isPublicAddress(address)).toBe(false);
  });

  it.each([
    '1.1.1.1',
    '172.15.0.1',
    '172.32.0.1',
    '100.63.255.255',
    '193.48.0.1',
    '2001:660::1',
    '2a00:1450::1',
  ])('%s is public', (address) => {
    expect(isPublicAddress(address)).toBe(true);
  });
});

describe('nothing is asked', () => {
  it.each([
    ['http://rp.example/jwks', 'over http'],
    ['ftp://rp.example/jwks', 'over anything else'],
    ['file:///etc/passwd', 'in a file'],
    ['https://somebody:secret@rp.example/', 'with somebody’s name in it'],
    ['https://127.0.0.1/', 'on this machine'],
    ['https://2130706433/', 'on this machine, as a number'],
    ['https://0x7f.1/', 'on this machine, in hexadecimal'],
    ['https://127.1/', 'on this machine, shortened'],
    ['https://[::1]/', 'on this machine, by IPv6'],
    ['https://[::ffff:127.0.0.1]/', 'on this machine, IPv4 within IPv6'],
    ['https://169.254.169.254/latest/meta-data', 'at a cloud’s metadata'],
    ['https://10.0.0.7:5432/', 'on a private network'],
  ])('%s: %s', async (url) => {
    const remote = aRemote();
    await expect(remote.get(url)).rejects.toBeInstanceOf(RemoteRefused);
    await expect(remote.post(url, form, 'schools')).rejects.toBeInstanceOf(RemoteRefused);
    expect(remote.asked).toEqual([]);
  });

  it('where a name leads to a private address, also among public ones', async () => {
    const remote = aRemote({}, { 'rp.example': ['10.0.0.1'], 'mixed.example': ['1.1.1.1', '127.0.0.1'] });
    for (const name of ['rp.example', 'mixed.example', 'nowhere.example'])
      await expect(remote.get(`https://${name}/jwks`)).rejects.toThrow();
    expect(remote.asked).toEqual(['rp.example', 'mixed.example', 'nowhere.example']);
  });

  it('on this machine, whatever its name, unless development says so', async () => {
    let requests = 0;
    const port = await serve((_, response) => {
      requests += 1;
      response.end('{}');
    });
    await expect(aRemote({}, local).get(`http://localhost:${port}/`)).rejects.toBeInstanceOf(RemoteRefused);
    expect((await aRemote({ allowsLoopback: true }, local).get(`http://localhost:${port}/`)).status).toBe(
      200,
    );
    expect(requests).toBe(1);
  });

  it('where PostgreSQL or Redis is, even in a network that an operator listed', async () => {
    const privateNetworks = [{ cidr: '127.0.0.0/8', ports: [1] }];
    const names = { 'db.internal': ['127.0.0.5'], 'rp.example': ['::ffff:127.0.0.5'] };
    const remote = aRemote({ privateNetworks }, names, ['db.internal']);
    for (const host of ['127.0.0.5', '[::ffff:127.0.0.5]', '[::ffff:7f00:5]', 'rp.example'])
      await expect(remote.post(`https://${host}:1/`, form, 'schools')).rejects.toBeInstanceOf(RemoteRefused);
  });

  it('at an address of IPv6 that is a store’s, however it is written', async () => {
    const remote = aRemote({}, { 'rp.example': ['2a00:1450::1'] }, ['2A00:1450:0:0::1']);
    for (const host of ['[2a00:1450::1]', '[2a00:1450:0::0:1]', 'rp.example'])
      await expect(remote.get(`https://${host}:1/`)).rejects.toBeInstanceOf(RemoteRefused);
  });

  it('anywhere, while nobody can say where the stores are', async () => {
    const remote = aRemote({}, { 'rp.example': ['1.1.1.1'] }, ['db.internal']);
    await expect(remote.get('https://rp.example:1/')).rejects.toThrow('where a store is');
  });

  it('at a store on the machine of whoever develops, beside which relying parties listen', async () => {
    const [store, beside] = [await serve((_, to) => to.end()), await serve((_, to) => to.end('{}'))];
    const remote = createRemote({
      settings: { allowsLoopback: true, privateNetworks: [] },
      storeHosts: [{ host: 'localhost', port: store }],
      resolve: async () => ['127.0.0.1'],
    });
    opened.push(() => remote.close());
    expect((await remote.get(`http://localhost:${beside}/`)).status).toBe(200);
    for (const host of ['localhost', '127.0.0.1'])
      await expect(remote.get(`http://${host}:${store}/`)).rejects.toBeInstanceOf(RemoteRefused);
  });
});

describe('where the stores are', () => {
  it.each([
    ['postgres://preau:secret@db.internal/preau', { host: 'db.internal', port: 5432 }],
    ['postgres://db.internal:6432/preau?sslmode=verify-full', { host: 'db.internal', port: 6432 }],
    ['postgres://[2a00:1450::1]:5433/preau', { host: '2a00:1450::1', port: 5433 }],
    ['postgres://preau@/preau?host=10.0.0.5&port=6432', { host: '10.0.0.5', port: 6432 }],
    ['postgres:///preau?host=10.0.0.5', { host: '10.0.0.5', port: 5432 }],
    ['postgres:///preau', { host: 'localhost', port: 5432 }],
    ['rediss://:secret@cache.internal', { host: 'cache.internal', port: 6379 }],
    ['redis://[::1]:7000/2', { host: '::1', port: 7000 }],
  ])('%s says it', (url, host) => {
    expect(storeHostsOf([url])).toEqual([host]);
  });

  it.each([
    ...[
      undefined,
      '/run/redis.sock',
      'socket:/run/postgresql?db=preau',
      'postgres:///preau?host=/run/postgresql',
    ],
    ...['postgres://%2Frun%2Fpostgresql/preau'],
  ])('%s is a socket', (url) => {
    expect(storeHostsOf([url])).toEqual([]);
  });
});

describe('a private network that an operator listed', () => {
  const privateNetworks = [{ cidr: '127.0.0.0/30', ports: [1] }];

  it('is told of sign-outs on its ports, and never asked for keys', async () => {
    const remote = aRemote({ privateNetworks }, { 'school.example': ['127.0.0.2'] });
    // Nobody listens there: the connection is tried and refused by the machine, not by us.
    const tried = remote.post('https://school.example:1/logout', form, 'schools');
    await expect(tried).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    for (const refused of [
      () => remote.post('https://school.example:1/logout', form, 'public'),
      () => remote.post('https://school.example:2/logout', form, 'schools'),
      () => remote.get('https://school.example:1/jwks'),
    ])
      await expect(refused()).rejects.toThrow('not public');
  });
});

describe('a connection', () => {
  it('goes to the address that was checked: the name is looked up once', async () => {
    const port = await serve((_, response) => response.end('there'), '127.0.0.3');
    const remote = aRemote({ allowsLoopback: true }, { localhost: ['127.0.0.3'] });
    expect(await (await remote.get(`http://localhost:${port}/`)).text()).toBe('there');
    expect(remote.asked).toEqual(['localhost']);
  });

  it('follows no redirect', async () => {
    let followed = false;
    const port = await serve((request, response) => {
      followed ||= request.url === '/elsewhere';
      response.writeHead(302, { location: '/elsewhere' }).end();
    });
    const remote = aRemote({ allowsLoopback: true }, local);
    expect((await remote.get(`http://localhost:${port}/`)).status).toBe(302);
    expect(await remote.post(`http://localhost:${port}/`, form, 'public')).toBe(302);
    expect(followed).toBe(false);
  });

  it('takes 64 KiB and no more', async () => {
    const port = await serve((request, response) =>
      response.end('x'.repeat(request.url === '/much' ? 65_537 : 65_536)),
    );
    const remote = aRemote({ allowsLoopback: true }, local);
    expect((await (await remote.get(`http://localhost:${port}/`)).text()).length).toBe(65_536);
    await expect(remote.get(`http://localhost:${port}/much`)).rejects.toThrow('64 KiB');
  });

  it('never reads what a notice is answered with', async () => {
    let sent = 0;
    const port = await serve(async (_, response) => {
      response.writeHead(200);
      response.on('error', () => {});
      while (!response.destroyed && sent < 500) {
        sent += 1;
        response.write('x'.repeat(65_536));
        await pause(1);
      }
      response.end();
    });
    expect(
      await aRemote({ allowsLoopback: true }, local).post(`http://localhost:${port}/`, form, 'public'),
    ).toBe(200);
    await pause(100);
    expect(sent).toBeLessThan(400);
  });

  it('ends after five seconds in all, dripping or silent', async () => {
    const port = await serve((request, response) => {
      if (request.url === '/silent') return;
      response.writeHead(200);
      const drip = setInterval(() => response.write(' '), 200);
      response.on('close', () => clearInterval(drip));
    });
    const remote = aRemote({ allowsLoopback: true }, local);
    const begun = performance.now();
    const answers = await Promise.allSettled([
      remote.get(`http://localhost:${port}/dripping`),
      remote.get(`http://localhost:${port}/silent`),
      remote.post(`http://localhost:${port}/silent`, form, 'public'),
    ]);
    expect(answers.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    expect(performance.now() - begun).toBeLessThan(6500);
  }, 15_000);
});

describe('what was asked', () => {
  it('is kept as long as its headers allow, and what failed for a moment', async () => {
    const counts: Record<string, number> = {};
    const port = await serve((request, response) => {
      const path = request.url ?? '';
      counts[path] = (counts[path] ?? 0) + 1;
      const headers = { '/kept': { 'cache-control': 'max-age=60' }, '/not': { 'cache-control': 'no-store' } }[
        path
      ];
      response.writeHead(path === '/failing' ? 500 : 200, headers ?? {}).end('{}');
    });
    const remote = aRemote({ allowsLoopback: true }, local);
    for (let time = 0; time < 3; time += 1)
      for (const path of ['/kept', '/not', '/failing']) await remote.get(`http://localhost:${port}${path}`);
    expect(counts).toEqual({ '/kept': 1, '/not': 3, '/failing': 1 });
    await remote.get(`http://localhost:${port}/kept`, { within: 60 });
    await remote.get(`http://localhost:${port}/kept`, { within: 0 });
    expect(counts['/kept']).toBe(2);
  });

  it('20 times at once is asked once', async () => {
    let requests = 0;
    const port = await serve((_, response) => {
      requests += 1;
      response.end('{}');
    });
    const remote = aRemote({ allowsLoopback: true }, local);
    await Promise.all(Array.from({ length: 20 }, () => remote.get(`http://localhost:${port}/`)));
    expect(requests).toBe(1);
  });
});

describe('a certificate that no authority vouches for', () => {
  it('is nothing to mind on this machine, where it is asked at all', async () => {
    const server = createSecureServer(aCertificate(), (_, response) => response.end('{}')).listen(
      0,
      '127.0.0.1',
    );
    await once(server, 'listening');
    opened.push(() => server.close());
    const { port } = server.address() as AddressInfo;
    const names = { 'rp.example': ['127.0.0.1'], localhost: ['127.0.0.1'] };
    const development = aRemote({ allowsLoopback: true }, names);
    for (const name of ['localhost', 'rp.example', '127.0.0.1'])
      expect((await development.get(`https://${name}:${port}/`)).status).toBe(200);
    const elsewhere = aRemote({ privateNetworks: [{ cidr: '127.0.0.0/8', ports: [port] }] }, names);
    await expect(elsewhere.post(`https://rp.example:${port}/`, form, 'schools')).rejects.toThrow(
      /self.signed/i,
    );
    await expect(aRemote({}, names).get(`https://rp.example:${port}/`)).rejects.toThrow(RemoteRefused);
  });
});
