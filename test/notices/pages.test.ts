import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createNoticeRoutes } from '../../src/notices/routes.ts';
import { createAddresses } from '../../src/throttling/addresses.ts';
import { type RunningEdge, startEdge } from '../http/edge-harness.ts';
import { type NoticesWorld, noticesWorld, tokenIn } from './notices-world.ts';

const LIMIT = 3;

let world: NoticesWorld;
let edge: RunningEdge;
beforeAll(async () => {
  world = await noticesWorld();
  const { stores, digests, disownClaim } = world;
  const limits = { addressFailures: LIMIT, addressWindowSeconds: 600 };
  const addresses = createAddresses({ redis: stores.redis, digests, limits, count: () => {} });
  edge = await startEdge(createNoticeRoutes({ disownClaim, addresses, addressWindowSeconds: 600 }));
});
afterAll(async () => {
  await edge.stop();
  await world.close();
});

async function aLink(): Promise<{ person: number; token: string }> {
  const person = await world.claimed((child) =>
    world.guardianOf(child, { contacts: { mail: 'lea@famille.example' } }),
  );
  await world.queue.drain();
  return { person, token: tokenIn((await world.sent())[0]) };
}

const locksOf = async (person: number) =>
  (await world.stores.db.selectFrom('locks').select('id').where('person', '=', person).execute()).length;

describe('the page of a notice', () => {
  it('is the same for every link, and opening it changes nothing', async () => {
    const { person, token } = await aLink();
    const pages = await Promise.all(
      [token, 'another', '"><script>', ''].map(async (one) => {
        const browser = edge.browser();
        const text = await (await browser.get(`/not-me?token=${encodeURIComponent(one)}`)).text();
        return text.replaceAll(/(name="(?:csrf|token|from)" value=")[^"]*/g, '$1');
      }),
    );
    expect(new Set(pages).size).toBe(1);
    expect(pages[0]).not.toContain('<script');
    for (let scan = 0; scan < 5; scan += 1) await edge.browser().get(`/not-me?token=${token}`);
    expect(await locksOf(person)).toBe(0);
  });

  it('locks at the press of its button alone, and shows the same calm page the second time', async () => {
    const { person, token } = await aLink();
    const browser = edge.browser();
    await browser.get(`/not-me?token=${token}`);
    const stale = await browser.post('/not-me', { token });
    expect([stale.status, await locksOf(person)]).toEqual([403, 0]);
    await browser.get(`/not-me?token=${token}`);
    const [first, second] = [
      await browser.post('/not-me', { csrf: browser.token(), token }),
      await browser.post('/not-me', { csrf: browser.token(), token }),
    ];
    expect([first.status, second.status]).toEqual([200, 200]);
    const [one, other] = [await first.text(), await second.text()];
    expect(one).toContain('Le compte est bloqué');
    expect(other.replaceAll(/value="[^"]*"/g, '')).toBe(one.replaceAll(/value="[^"]*"/g, ''));
    expect(await locksOf(person)).toBe(1);
    await world.stores.db.updateTable('locks').set({ lifted_at: world.now() }).execute();
    const third = await (await browser.post('/not-me', { csrf: browser.token(), token })).text();
    expect(third).toContain('Le compte n’est plus bloqué');
    expect(third).not.toContain('Le compte est bloqué');
  });

  it('tells nothing by a wrong link, and takes so many from one address', async () => {
    const browser = edge.browser();
    await browser.get('/not-me?token=wrong');
    const press = () => browser.post('/not-me', { csrf: browser.token(), token: 'wrong' });
    const answers = [];
    for (let tries = 0; tries < LIMIT; tries += 1) answers.push(await press());
    expect(answers.map(({ status }) => status)).toEqual(Array(LIMIT).fill(404));
    expect(await answers[0]?.text()).toContain('Ce lien ne sert plus');
    expect((await press()).status).toBe(429);
  });
});
