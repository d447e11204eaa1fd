import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Router } from '@koa/router';
import { auditEvents } from '../../src/audit/events.ts';
import { ROUTES } from '../../src/oidc/configuration.ts';
import type { Visitor } from '../support/visitor.ts';
import { type World, wholeWorld } from '../support/world.ts';

let world: World;
let visitor: Visitor;
beforeAll(async () => {
  world = await wholeWorld();
  visitor = world.visitor();
  await visitor.open('/activate');
}, 60_000);
afterAll(() => world.close());

interface Route {
  methods: string[];
  path: string;
}

/** What is mounted, whoever mounted it. */
function routes(): Route[] {
  const mounted = world.app.koa.middleware as { router?: Router }[];
  const routers = mounted.flatMap(({ router }) => router ?? []);
  return routers
    .flatMap(({ stack }) => stack)
    .filter(({ methods }) => methods.length > 0)
    .map(({ methods, path }) => ({ methods, path: String(path).replace(/:\w+/g, 'anything') }));
}

// Not forms: a token in a header, which no browser sends by itself (test/portal).
const isUnderToken = (path: string) => /^\/(registration|api\/)/.test(path);
const PROTOCOL = [ROUTES.authorization, ROUTES.end_session];

function ownPosts(): string[] {
  const posts = routes().filter(({ methods }) => methods.includes('POST'));
  return posts.map(({ path }) => path).filter((path) => !PROTOCOL.includes(path) && !isUnderToken(path));
}

const JSON_PLEASE = { accept: 'application/json' };

describe('every form of ours', () => {
  it('is found here: the routers are asked, not a list', () => {
    expect(ownPosts().length).toBeGreaterThan(15);
    expect(ownPosts()).toEqual(
      expect.arrayContaining(['/activate', '/interaction/anything', '/account/lock']),
    );
    const ours = routes().filter(({ path }) => !isUnderToken(path));
    const methods = new Set(ours.flatMap((route) => route.methods));
    expect([...methods].sort()).toEqual(['GET', 'HEAD', 'POST']);
  });

  async function answers(form: Record<string, string>, headers: Record<string, string> = {}) {
    const found: Record<string, string> = {};
    for (const path of ownPosts()) {
      const { status, text } = await visitor.copy().post(path, form, { ...JSON_PLEASE, ...headers });
      found[path] = status === 403 ? `403 ${JSON.parse(text).error}` : String(status);
    }
    return found;
  }

  const allRefused = () => Object.fromEntries(ownPosts().map((path) => [path, '403 stale_form']));

  it('is refused without its token', async () => {
    expect(await answers({})).toEqual(allRefused());
    expect(await answers({ csrf: '' })).toEqual(allRefused());
  });

  it('is refused with the token of another browser', async () => {
    const other = world.visitor();
    await other.open('/activate');
    expect(other.csrf).not.toBe(visitor.csrf);
    expect(await answers({ csrf: other.csrf })).toEqual(allRefused());
  });

  it.each([
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { origin: 'https://elsewhere.example' },
  ])('is refused from another site, even with its token: %j', async (headers) => {
    expect(await answers({ csrf: visitor.csrf }, headers)).toEqual(allRefused());
  });

  it('is read with its token', async () => {
    expect(Object.values(await answers({ csrf: visitor.csrf }))).not.toContain('403 stale_form');
  });

  it('does nothing while it is refused', async () => {
    await answers({});
    const { rows } = await world.stores.pool.query('select name from audit_events');
    expect(rows.filter(({ name }) => name in auditEvents)).toEqual([]);
  });
});

it('the protocol’s own endpoints take a POST without a token only to turn it into a GET', async () => {
  for (const path of PROTOCOL) {
    const answer = await visitor.copy().post(path, { client_id: 'nobody' });
    expect([answer.status, answer.headers.get('location')]).toEqual([303, `${path}?client_id=nobody`]);
    expect(answer.headers.getSetCookie()).toEqual([]);
  }
});
