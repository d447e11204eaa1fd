import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { calculateJwkThumbprint, exportJWK } from 'jose';
import { exportedKeys, findKeyProblem } from '../../src/oidc/exported-keys.ts';
import { generateSigningKey, type SigningJwk } from '../../src/oidc/signing-keys.ts';

const AT = '2026-11-23T10:00:00.000Z';
const current = (jwk: unknown, moments: object = {}) => ({
  ...{ jwk, state: 'current', created_at: AT, current_at: AT, old_at: null, published_until: null },
  ...moments,
});

async function problemOf(...rows: object[]): Promise<string | undefined> {
  const parsed = exportedKeys.safeParse(rows);
  return parsed.success ? findKeyProblem(parsed.data) : 'shape';
}

async function weakKey(): Promise<SigningJwk> {
  const jwk = await exportJWK(generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey);
  return { ...jwk, kid: await calculateJwkThumbprint(jwk), alg: 'RS256', use: 'sig' };
}

describe('the keys of a file', () => {
  it('are taken as they were exported', async () => {
    const [one, two] = [await generateSigningKey('ES256'), await generateSigningKey('EdDSA')];
    const ended = { state: 'old', old_at: AT, published_until: AT };
    const third = await generateSigningKey('ES256');
    expect(await problemOf(current(one), current(two), current(third, ended))).toBeUndefined();
  });

  it('are refused where they could not sign, or not as their alg says', async () => {
    const key = await generateSigningKey('ES256');
    const other = await generateSigningKey('ES256');
    expect(await problemOf(current(await weakKey()))).toMatch('is no key for RS256');
    expect(await problemOf(current({ ...key, alg: 'EdDSA' }))).toMatch('is no key for EdDSA');
    expect(await problemOf(current({ ...key, kid: other.kid }))).toMatch('is not the thumbprint');
    expect(await problemOf(current({ ...key, x: 'AAAA' }))).toMatch('is no key for ES256');
    expect(await problemOf(current({ ...key, d: other.d }))).toMatch(/different keys|is no key/);
    expect(await problemOf(current({ ...key, alg: 'HS256' }))).toBe('shape');
    expect(await problemOf(current({ ...key, d: undefined }))).toBe('shape');
    expect(await problemOf()).toBe('shape');
  });

  it('are refused where their states contradict each other', async () => {
    const [one, two] = [await generateSigningKey('ES256'), await generateSigningKey('ES256')];
    const next = { state: 'next', current_at: null };
    const ended = { state: 'old', old_at: AT, published_until: AT };
    expect(await problemOf(current(one), current(two))).toBe('more than one current key for ES256');
    expect(await problemOf(current(one, next), current(two, next))).toMatch('more than one next');
    expect(await problemOf(current(one), current(one, ended))).toBe('a key stands there twice');
    expect(await problemOf(current(one, { old_at: AT }))).toMatch('its moments say otherwise');
    expect(await problemOf(current(one, { state: 'old' }))).toMatch('its moments say otherwise');
    expect(await problemOf(current(one, { published_until: 'soon' }))).toBe('shape');
  });
});
