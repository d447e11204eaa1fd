import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import * as oidc from 'openid-client';
import { secondsFromNow } from '../support/whole-clock.ts';
import type { Browser } from './browser.ts';
import { openTestDoor, type TestDoor } from './door-harness.ts';
import { aPerson } from './people.ts';
import { RelyingParty, type Tokens } from './relying-party.ts';

const DAY = 86_400;

let test: TestDoor;
let rp: RelyingParty;
let browser: Browser;

beforeAll(async () => {
  test = await openTestDoor();
  rp = await RelyingParty.at(test.issuer, await test.register());
  browser = test.browser();
  browser.person = `${(await aPerson(test)).id} one`;
  await rp.signIn(browser);
}, 60_000);
afterAll(() => test.stop());

describe('a pushed request', () => {
  async function pushed(): Promise<string> {
    const { client_id, client_secret } = rp.client;
    const answer = await fetch(`${test.issuer}/par`, {
      method: 'POST',
      headers: { authorization: `Basic ${btoa(`${client_id}:${client_secret}`)}` },
      body: (await rp.authorizationUrl()).url.searchParams,
    });
    const { request_uri, expires_in } = (await answer.json()) as { request_uri: string; expires_in: number };
    expect([answer.status, expires_in]).toEqual([201, 60]);
    return request_uri;
  }

  async function answerTo(request_uri: string): Promise<string | number> {
    const query = new URLSearchParams({ client_id: rp.client.client_id, request_uri });
    const { left, response } = await browser.open(`/authorize?${query}`);
    if (left) return left.searchParams.has('code') ? 'code' : 'error';
    expect(await response.text()).toContain('invalid_request_uri');
    return response.status;
  }

  // Its record stays longer, for whoever is asked to sign in meanwhile: here the engine alone refuses.
  it('is good for its minute, and no longer', async () => {
    const [inTime, late] = [await pushed(), await pushed()];
    expect(await secondsFromNow(50, () => answerTo(inTime))).toBe('code');
    expect(await secondsFromNow(61, () => answerTo(late))).toBe(400);
  });
});

describe('a refresh token', () => {
  const shift = async <T>(seconds: number, act: () => Promise<T>): Promise<T> => {
    test.shift(seconds);
    return act().finally(() => test.shift(-seconds));
  };
  const offline = () => rp.signIn(browser, { scope: 'openid offline_access', prompt: 'consent' });
  const secondsLeft = async ({ refresh_token = '' }: Tokens) => {
    const { exp = 0 } = await oidc.tokenIntrospection(rp.config, refresh_token);
    return exp - Date.now() / 1000;
  };

  it('that outlives its session is good for thirty days from the first, however often it was renewed', async () => {
    const first = await offline();
    const renewed = await shift(10 * DAY, () => rp.refresh(first));
    const again = await shift(30 * DAY - 60, async () => {
      const last = await rp.refresh(renewed);
      expect(await secondsLeft(last)).toBeLessThanOrEqual(60);
      return last;
    });
    await expect(shift(30 * DAY + 1, () => rp.refresh(again))).rejects.toMatchObject({
      error: 'invalid_grant',
    });
  });

  it('is refused after them by PostgreSQL, where Redis has it and the engine takes it for good', async () => {
    const tokens = await offline();
    expect(await secondsLeft(tokens)).toBeGreaterThan(30 * DAY - 60);
    await expect(shift(30 * DAY + 1, () => rp.refresh(tokens))).rejects.toMatchObject({
      error: 'invalid_grant',
    });
    expect((await rp.refresh(tokens)).access_token).toBeTruthy();
  });
});
