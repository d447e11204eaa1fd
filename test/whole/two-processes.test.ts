import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PASSWORD, type Someone, withTotp } from '../login/people.ts';
import type { Application, Tokens } from '../support/application.ts';
import { type Environment, environmentFor, preau, type Server, startServer } from '../support/processes.ts';
import type { Visitor } from '../support/visitor.ts';
import { type World, wholeWorld } from '../support/world.ts';
import { giveProofs, pupilsWithProofs, signIn, someone, type WithProofs } from './people.ts';

const folder = mkdtempSync(join(tmpdir(), 'preau-two-'));
let world: World;
let servers: Server[] = [];
let environment: Environment;
let timetable: Application;

beforeAll(async () => {
  world = await wholeWorld();
  environment = { ...environmentFor(world.stores, folder), PREAU_ISSUER: world.issuer };
  timetable = await world.register();
  servers = await Promise.all([startServer(environment), startServer(environment)]);
}, 60_000);
afterAll(async () => {
  await Promise.all(servers.map((server) => server.stop()));
  await world.close();
  rmSync(folder, { recursive: true, force: true });
});

interface Order {
  id: string;
}

async function crisis(...args: string[]): Promise<Order> {
  const run = await preau(environment, ['crisis', ...args, '--reason', 'incident', '--json']);
  expect({ code: run.code, stderr: run.stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(run.stdout) as Order;
}

/** One of these per process and way in: each is asked through its own process. */
interface Holding {
  server: Server;
  application: Application;
  who: Someone;
  visitor: Visitor;
  tokens: Tokens;
  /** Got and not yet exchanged. */
  code: string;
}

async function hold(server: Server, who: Someone): Promise<Holding> {
  const visitor = world.visitor().through(server.url);
  const application = timetable.through(server.url);
  await signIn(visitor, who);
  const first = await application.ask(visitor);
  const tokens = (await (await application.exchange(first.code ?? '')).json()) as Tokens;
  expect(tokens.refresh_token).toBeTruthy();
  const { code = '' } = await application.askSilently(visitor);
  return { server, application, who, visitor, tokens, code };
}

/** What each way in and each release answers, in words. */
async function answers({ server, application, who, visitor, tokens, code }: Holding) {
  const silently = await application.askSilently(visitor.copy());
  const fresh = world.visitor().through(server.url);
  const signedIn = await signIn(fresh, who);
  return {
    silently: silently.error ?? 'code',
    account: (await visitor.copy().open('/account')).status,
    signIn: signedIn.status,
    userinfo: (await application.userinfo(tokens)).status,
    introspection: ((await (await application.introspect(tokens)).json()) as { active: boolean }).active,
    exchange: await wordOf(await application.exchange(code)),
  };
}

async function wordOf(response: Response): Promise<string> {
  const body = (await response.json()) as { error?: string };
  return body.error ?? (response.ok ? 'tokens' : String(response.status));
}

const OPEN = {
  silently: 'code',
  account: 200,
  signIn: 200,
  userinfo: 200,
  introspection: true,
  exchange: 'tokens',
};

/** When each process first refused, in milliseconds after the order could be seen in the database. */
async function refusedAfter(holdings: Holding[], ordering: Promise<Order>): Promise<number[]> {
  const { rows } = await world.stores.pool.query('select version from order_clock');
  const committed = since(async () => {
    const now = await world.stores.pool.query('select version from order_clock');
    return now.rows[0].version > rows[0].version;
  });
  const refused = holdings.map(({ application, visitor }) =>
    since(async () => (await application.askSilently(visitor.copy())).error !== undefined),
  );
  await ordering;
  const from = await committed;
  return (await Promise.all(refused)).map((moment) => moment - from);
}

/** The first moment at which it was so. */
async function since(isSo: () => Promise<boolean>): Promise<number> {
  while (!(await isSo())) await pause(15);
  return performance.now();
}

describe('a freeze of the pupils, ordered on the command line', () => {
  let pupils: Holding[];
  let teacher: Holding;
  let half: Visitor;
  let dormant: WithProofs[];
  let order: Order;

  beforeAll(async () => {
    const [one, other, colleague] = [
      await someone(world),
      await someone(world),
      await someone(world, 'teacher'),
    ];
    const [first, second] = servers;
    if (!first || !second) throw new Error('two servers');
    pupils = [await hold(first, one), await hold(second, other)];
    teacher = await hold(second, colleague);
    dormant = await pupilsWithProofs(world, 3);
    half = world.visitor().through(first.url);
    await giveProofs(half, dormant[2] ?? { code: '', word: '' });
  }, 60_000);

  it('is in force on both processes in under a second', async () => {
    const ordering = crisis('apply', 'freeze', '--scope', 'profile=pupil');
    const after = await refusedAfter(pupils, ordering);
    order = await ordering;
    for (const milliseconds of after) expect(milliseconds).toBeLessThan(1000);
  });

  it('refuses each way in and each release, in its own words', async () => {
    for (const pupil of pupils) {
      expect(await answers(pupil)).toEqual({
        silently: 'login_required',
        account: 403,
        signIn: 403,
        userinfo: 401,
        introspection: false,
        exchange: 'invalid_grant',
      });
      expect(await wordOf(await pupil.application.refresh(pupil.tokens))).toBe('invalid_grant');
    }
  });

  it('says so only to who has the right password', async () => {
    const visitor = world.visitor().through(servers[0]?.url ?? '');
    await visitor.open('/account');
    const wrong = await visitor.submit({
      username: pupils[0]?.who.username ?? '',
      password: 'not the password',
    });
    expect(wrong.status).toBe(422);
  });

  it('lets nobody activate, nor go on with an activation', async () => {
    for (const [index, { url }] of servers.entries()) {
      const proofs = dormant[index] ?? { code: '', word: '' };
      const refused = await giveProofs(world.visitor().through(url), proofs);
      expect([refused.status, refused.url]).toEqual([422, '/activate']);
    }
    expect((await half.copy().submit({ password: PASSWORD })).status).toBe(409);
  });

  it('does not touch a teacher', async () => {
    expect(await answers(teacher)).toEqual(OPEN);
    expect(await wordOf(await teacher.application.refresh(teacher.tokens))).toBe('tokens');
  });

  it('restores with its end what was there: cookies, codes, tokens, letters, half an activation', async () => {
    const cookies = pupils.map(({ visitor }) => visitor.cookie('preau_session'));
    await crisis('end', order.id);
    await pause(300);
    for (const pupil of pupils) {
      expect(await answers(pupil)).toEqual(OPEN);
    }
    expect(pupils.map(({ visitor }) => visitor.cookie('preau_session'))).toEqual(cookies);
    const begun = await giveProofs(world.visitor().through(servers[1]?.url ?? ''), dormant[0] ?? never());
    expect(begun.url).toBe('/activate/password');
    expect((await half.submit({ password: PASSWORD })).url).toBe('/activate/second-factor');
  });

  it('leaves refresh tokens that rotate as if nothing had been', async () => {
    const [first, second] = servers;
    const pupil = await hold(first ?? never(), await someone(world));
    const ordering = crisis('apply', 'freeze', '--scope', `person=${pupil.who.person}`);
    await refusedAfter([pupil], ordering);
    const { id } = await ordering;
    expect(await wordOf(await pupil.application.refresh(pupil.tokens))).toBe('invalid_grant');
    await crisis('end', id);
    await pause(300);
    const there = pupil.application.through(second?.url ?? '');
    expect(await wordOf(await there.refresh(pupil.tokens))).toBe('tokens');
  });
});

describe('close-sessions over a school, ordered on the command line', () => {
  it('kills what was open, on both processes in under a second, and nothing that is newer', async () => {
    const [first, second] = servers;
    if (!first || !second) throw new Error('two servers');
    const older = [await hold(first, await someone(world)), await hold(second, await someone(world))];
    const halfway = await passwordGiven(first);
    const unanswered = world.visitor().through(second.url);
    await unanswered.open('/account');

    const ordering = crisis('apply', 'close-sessions', '--scope', 'profile=pupil');
    for (const milliseconds of await refusedAfter(older, ordering)) expect(milliseconds).toBeLessThan(1000);

    for (const dead of older) {
      expect(await answers(dead)).toEqual({
        ...OPEN,
        silently: 'login_required',
        userinfo: 401,
        introspection: false,
        exchange: 'invalid_grant',
      });
      expect(await wordOf(await dead.application.refresh(dead.tokens))).toBe('invalid_grant');
    }
    const late = await halfway.visitor.submit({ otp: halfway.otp() });
    expect(late.url).toMatch(/^\/interaction\/[^/]+$/);
    const newer = await hold(second, older[0]?.who ?? never());
    expect(await answers(newer)).toEqual(OPEN);
    expect(await wordOf(await newer.application.refresh(newer.tokens))).toBe('tokens');
    const typed = { username: older[1]?.who.username ?? '', password: PASSWORD };
    expect((await unanswered.submit(typed)).url).toBe('/account');
  }, 60_000);

  async function passwordGiven(server: Server) {
    const who = await someone(world);
    const { codeAt } = await withTotp(world, who);
    const visitor = world.visitor().through(server.url);
    expect((await signIn(visitor, who)).url).toMatch(/\/second-factor$/);
    return { visitor, otp: () => codeAt(new Date()) };
  }
});

function never(): never {
  throw new Error('there should have been one');
}
