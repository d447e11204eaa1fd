import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { createIssueApiToken, createIssueInitialToken } from '../../src/relying-parties/tokens/issue.ts';
import { openPostgres } from '../../src/storage/postgres.ts';
import { openRedis } from '../../src/storage/redis.ts';
import { createEstablishment, PASSWORD } from '../login/people.ts';
import { PrivateRedis } from '../storage/oidc/private-redis.ts';
import type { Application, Tokens } from '../support/application.ts';
import { asSuperuser, type TestStores, testStores } from '../support/stores.ts';
import type { Answer, Visitor } from '../support/visitor.ts';
import { BY, testConfig, type World, wholeWorld } from '../support/world.ts';
import { giveProofs, pupilWithProofs, signIn, someone } from './people.ts';

const redisServer = new PrivateRedis();
let base: TestStores;
let stores: TestStores;
let world: World;
let timetable: Application;

/** Time-outs as in production, on a Redis that can be killed or held. */
beforeAll(async () => {
  await redisServer.start();
  base = await testStores();
  const config = testConfig(base.secrets);
  const connection = base.connectionOf('preau_app');
  const { db, pool } = openPostgres({ connection, ...config.postgres, poolSize: 10 });
  const redis = await openRedis({ at: String(redisServer.client.options.path), ...config.redis });
  stores = { ...base, db, pool, redis };
  await createEstablishment(stores);
  world = await wholeWorld({ stores });
  timetable = await world.register();
}, 60_000);
afterAll(async () => {
  await world.close();
  stores.redis.disconnect();
  await stores.db.destroy();
  await base.close();
  await redisServer.stop();
});

type Ways = Record<string, () => Promise<Answer | Response>>;

interface Scene {
  signedIn: Visitor;
  tokens: Tokens;
  ways: Ways;
  /** What asks PostgreSQL alone. */
  portal: Ways;
  /** Also while something is down. */
  always: Ways;
}

/** Everything begun while all was well. */
async function scene(): Promise<Scene> {
  const who = await someone(world);
  const signedIn = world.visitor();
  await signIn(signedIn, who);
  const account = signedIn.copy();
  await account.open('/account/password');
  const { code: first = '' } = await timetable.ask(signedIn);
  const tokens = (await (await timetable.exchange(first)).json()) as Tokens;
  const { code = '' } = await timetable.askSilently(signedIn);
  const halfway = world.visitor();
  await halfway.open('/account');
  const activating = world.visitor();
  await giveProofs(activating, await pupilWithProofs(world));
  const dormant = await pupilWithProofs(world);
  const stranger = world.visitor();
  await stranger.open('/activate');
  const csrf = account.csrf;
  return {
    signedIn,
    tokens,
    ways: {
      'sign-in': () => halfway.copy().submit({ username: who.username, password: PASSWORD }),
      'sign-in, wrong password': () =>
        halfway.copy().submit({ username: who.username, password: 'not the password' }),
      'an application asks': () => world.visitor().open(timetable.authorizationUrl()),
      'single sign-on': () => signedIn.copy().open(timetable.authorizationUrl()),
      'silent sign-on': () => signedIn.copy().open(timetable.authorizationUrl({ prompt: 'none' })),
      'code exchange': () => timetable.exchange(code),
      refresh: () => timetable.refresh(tokens),
      userinfo: () => timetable.userinfo(tokens),
      introspection: () => timetable.introspect(tokens),
      revocation: () => timetable.post('/revoke', { token: tokens.refresh_token }),
      'pushed request': () => timetable.post('/par', pushed()),
      'first step of an activation': () =>
        stranger.copy().submit({ code: dormant.code, proof: dormant.word }),
      'my account': () => signedIn.copy().open('/account'),
      'change of password': () =>
        account.copy().submit({ current: PASSWORD, password: 'cinq chaises dans le couloir' }),
      'second factor': () => signedIn.copy().open('/account/second-factor'),
      'lock of my account': () => account.copy().post('/account/lock', { csrf, sure: 'yes' }),
      'sign-out at an application': () =>
        signedIn.copy().open(`/session/end?id_token_hint=${tokens.id_token}`),
    },
    portal: await portalWays(),
    always: {
      discovery: () => world.visitor().get('/.well-known/openid-configuration'),
      keys: () => world.visitor().get('/jwks'),
      'pages for integrators': () => world.visitor().get('/integrators'),
      alive: () => world.visitor().get('/health/live'),
      'activation page': () => world.visitor().get('/activate'),
    },
  };
}

async function portalWays(): Promise<Ways> {
  const wish = { publisher: 'Les Rayons', seconds: 3600 };
  const api = await createIssueApiToken(world.parts)(BY, wish);
  const initial = await createIssueInitialToken(world.parts)(BY, wish);
  if (api.outcome !== 'issued' || initial.outcome !== 'issued') throw new Error('no tokens');
  const under = ({ token }: { token: string }) => ({ authorization: `Bearer ${token}` });
  const body = JSON.stringify({ client_name: 'CDI', redirect_uris: ['https://cdi.example/callback'] });
  const headers = { ...under(initial.issued), 'content-type': 'application/json' };
  return {
    'public register': () => world.visitor().get('/register.json'),
    API: () => fetch(`${world.issuer}/api/v1/clients`, { headers: under(api.issued) }),
    'trace number': () =>
      fetch(`${world.issuer}/api/v1/traces/7K3F-Q2M9-XW4T`, { headers: under(api.issued) }),
    registration: () => fetch(`${world.issuer}/registration`, { method: 'POST', headers, body }),
  };
}

function pushed(): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(timetable.authorizationUrl().split('?')[1]));
}

/** Nobody is known yet: a form is shown. */
const WITHOUT_POSTGRESQL = new Set(['an application asks']);

const SPEAKS_OF_US =
  /redis|postgres|\bpg_[a-z]{3}|econn|enoent|etimedout|timed? ?out|node_modules|\.ts:|select |lina/i;
/** A public key's numbers, and a token the request itself brought: any short word may stand in them. */
const RANDOM = /"(n|e|x|y|kid)":"[\w-]+"|eyJ[\w-]+\.[\w-]+\.[\w-]+/g;

/** Status, seconds, and what is wrong with the answer. */
async function judge(ask: () => Promise<Answer | Response>) {
  const since = performance.now();
  const answer = await ask();
  const seconds = (performance.now() - since) / 1000;
  const { status, headers } = answer;
  const text = typeof answer.text === 'string' ? answer.text : await answer.text();
  const body = text.replace(RANDOM, '');
  const wrong = [
    ...(seconds > 2.2 ? [`${seconds.toFixed(1)} s`] : []),
    ...(SPEAKS_OF_US.test(body) ? [`says ${SPEAKS_OF_US.exec(body)?.[0]}`] : []),
    ...(status === 503 && !(Number(headers.get('retry-after')) > 0) ? ['no Retry-After'] : []),
    ...(status === 503 && headers.getSetCookie().length > 0 ? ['sets a cookie'] : []),
  ];
  return [status, ...wrong].join(', ');
}

async function judgeAll(ways: Ways): Promise<Record<string, string>> {
  const entries = Object.entries(ways).map(async ([name, ask]) => [name, await judge(ask)] as const);
  return Object.fromEntries(await Promise.all(entries));
}

const all = (ways: Ways, status: number) =>
  Object.fromEntries(Object.keys(ways).map((name) => [name, String(status)]));

/** Nothing was spent and nobody signed out: everything goes on. */
async function expectUnharmed({ signedIn, tokens }: Scene): Promise<void> {
  expect((await signedIn.copy().open('/account')).url).toBe('/account');
  expect((await timetable.askSilently(signedIn.copy())).code).toBeTruthy();
  expect((await timetable.userinfo(tokens)).status).toBe(200);
  expect((await timetable.refresh(tokens)).status).toBe(200);
}

describe.each(['is gone', 'does not answer'])('Redis %s', (how) => {
  let at: Scene;
  beforeEach(async () => {
    at = await scene();
  });
  const down = async () => (how === 'is gone' ? redisServer.kill() : redisServer.pause());
  const up = async () => {
    if (how === 'is gone') await redisServer.start();
    else redisServer.resume();
    while ((await stores.redis.ping().catch(() => '')) !== 'PONG') await pause();
  };

  it('503 within two seconds, nothing said of us, and all goes on afterwards', async () => {
    await down();
    try {
      expect(await judgeAll(at.ways)).toEqual(all(at.ways, 503));
      expect(await judgeAll(at.always)).toEqual(all(at.always, 200));
    } finally {
      await up();
    }
    await expectUnharmed(at);
  }, 60_000);

  it('who signs out by our own button is signed out for good', async () => {
    const { signedIn } = at;
    await signedIn.open('/account');
    const before = signedIn.copy();
    const { csrf } = signedIn;
    await down();
    try {
      const since = performance.now();
      const out = await signedIn.post('/account/sign-out', { csrf, logout: 'yes' });
      expect([out.status, out.headers.get('location')]).toEqual([303, '/signed-out']);
      expect(performance.now() - since).toBeLessThan(2200);
      expect(signedIn.cookie('preau_session')).toBeUndefined();
      const { rows } = await stores.pool.query('select until_at > now() as stays from ended_cookies');
      expect(rows.at(-1)).toEqual({ stays: true });
    } finally {
      await up();
    }
    // Its cookie, kept by somebody, opens nothing.
    expect((await timetable.askSilently(before)).error).toBe('login_required');
    expect((await before.open('/account')).url).toMatch(/^\/interaction\//);
  }, 60_000);
});

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 20));
}

describe.each(['is gone', 'does not answer'])('PostgreSQL %s', (how) => {
  let blocker: pg.Client | undefined;
  const nameOf = () => String(base.connectionOf('postgres').database);

  async function down(): Promise<void> {
    if (how === 'is gone') {
      await asSuperuser(`alter database ${nameOf()} with allow_connections false`);
      await asSuperuser(
        `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${nameOf()}'`,
      );
      return;
    }
    blocker = new pg.Client({ ...base.connectionOf('postgres') });
    await blocker.connect();
    await blocker.query(`begin; lock table preau.persons, preau.accounts, preau.letters, preau.order_clock,
      preau.attempt_counters, preau.sessions, preau.revoked_grants, preau.disclosures, preau.clients,
      preau.api_tokens, preau.initial_access_tokens in access exclusive mode`);
  }

  async function up(): Promise<void> {
    if (how === 'is gone')
      return void (await asSuperuser(`alter database ${nameOf()} with allow_connections true`));
    await blocker?.query('rollback');
    await blocker?.end();
  }

  it('503 within two seconds, nothing said of us, and all goes on afterwards', async () => {
    const at = await scene();
    const { signedIn } = at;
    await signedIn.open('/account');
    const { csrf } = signedIn;
    const ways = Object.fromEntries(
      Object.entries(at.ways).filter(([name]) => !WITHOUT_POSTGRESQL.has(name)),
    );
    await down();
    try {
      const out = () => signedIn.copy().post('/account/sign-out', { csrf, logout: 'yes' });
      expect(await judgeAll({ ...ways, 'sign-out': out })).toEqual(all({ ...ways, 'sign-out': out }, 503));
      expect(await judgeAll(at.portal)).toEqual(all(at.portal, 503));
      expect(await judgeAll(at.always)).toEqual(all(at.always, 200));
    } finally {
      await up();
    }
    await expectUnharmed(at);
  }, 60_000);
});
