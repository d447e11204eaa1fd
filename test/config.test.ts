import { mkdtempSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { ConfigurationError, loadConfig } from '../src/config.ts';
import { randomSecrets } from './support/stores.ts';

const folder = (): string => mkdtempSync(join(tmpdir(), 'preau-config-'));

function production(changes: Record<string, string | undefined> = {}): Record<string, string | undefined> {
  const secrets = randomSecrets();
  return {
    PREAU_PROFILE: 'production',
    PREAU_ISSUER: 'https://id.example',
    PREAU_DATA_DIR: folder(),
    PREAU_WRAPPING_KEY: secrets.wrappingKey.toString('base64'),
    PREAU_DIGEST_KEY: secrets.digestKey.toString('base64'),
    PREAU_PAIRWISE_KEY: secrets.pairwiseKey.toString('base64'),
    PREAU_LEDGER_KEY: secrets.ledgerKey.toString('base64'),
    PREAU_COOKIE_KEY: secrets.cookieKey.toString('base64'),
    PREAU_SMTP_URL: 'smtps://preau:secret@smtp.example',
    PREAU_SMS_URL: 'https://sms.example/send',
    PREAU_SMS_TOKEN: 'a-token',
    ...changes,
  };
}

function problemsOf(env: Record<string, string | undefined>): string[] {
  try {
    loadConfig(env);
    return [];
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems;
    throw error;
  }
}

describe('the configuration', () => {
  it('is accepted in production when everything is there', () => {
    expect(problemsOf(production())).toEqual([]);
  });

  it('takes senders in production, over TLS', () => {
    const missing = { PREAU_SMTP_URL: undefined, PREAU_SMS_URL: undefined, PREAU_SMS_TOKEN: undefined };
    expect(problemsOf(production(missing))).toEqual([
      expect.stringContaining('PREAU_SMTP_URL'),
      expect.stringContaining('PREAU_SMS_URL'),
      expect.stringContaining('PREAU_SMS_TOKEN'),
    ]);
    const wrong = {
      PREAU_SMTP_URL: 'http://smtp.example',
      PREAU_SMS_URL: 'http://sms.example',
      PREAU_MAIL_FROM: 'Préau <a@b.fr>, c@d.fr',
    };
    expect(problemsOf(production(wrong))).toEqual([
      expect.stringContaining('PREAU_MAIL_FROM'),
      expect.stringContaining('PREAU_SMTP_URL'),
      expect.stringContaining('PREAU_SMS_URL must be https'),
    ]);
  });

  it('sends nothing from the demo, whatever the environment says', () => {
    const { senders } = loadConfig({ ...production(), PREAU_PROFILE: 'demo', PREAU_ISSUER: undefined });
    expect([senders.smtpUrl, senders.sms]).toEqual([undefined, undefined]);
  });

  it('names everything wrong in one message', () => {
    const problems = problemsOf(
      production({
        PREAU_ISSUER: 'http://id.example',
        PREAU_PORT: 'http',
        PREAU_WRAPPING_KEY: undefined,
        PREAU_DIGEST_KEY: Buffer.alloc(32).toString('base64'),
        PREAU_COOKIE_KEY: 'c2hvcnQ=',
        PREAU_LEDGER_KEY: '',
        PREAU_LEDGER_KEY_FILE: folder(),
        PREAU_LOG_LEVEL: 'verbose',
        DATABASE_URL: 'db.example:5432',
        REDIS_URL: 'redis.example',
      }),
    );
    expect(problems).toEqual([
      expect.stringContaining('PREAU_PORT'),
      expect.stringContaining('https'),
      expect.stringContaining('DATABASE_URL must be'),
      expect.stringContaining('REDIS_URL must be'),
      expect.stringContaining('PREAU_LOG_LEVEL is "verbose"'),
      expect.stringContaining('PREAU_WRAPPING_KEY'),
      expect.stringContaining('PREAU_DIGEST_KEY is an example'),
      expect.stringMatching(/PREAU_LEDGER_KEY_FILE names .* cannot be read: EISDIR$/),
      expect.stringContaining('PREAU_COOKIE_KEY must be 32'),
    ]);
  });

  it('refuses an issuer with a path, a query or another scheme', () => {
    for (const issuer of [
      'https://id.example/a',
      'https://id.example?x=1',
      'ftp://id.example',
      'id.example',
      'https://user:secret@id.example',
      'https://ID.example',
      'https://id.example:443',
    ]) {
      expect(problemsOf(production({ PREAU_ISSUER: issuer }))).toHaveLength(1);
    }
  });

  it('runs a demo on loopback only', () => {
    const demo = { PREAU_PROFILE: 'demo', PREAU_DATA_DIR: folder() };
    expect(problemsOf({ ...demo, PREAU_ISSUER: 'https://id.example' })).toEqual([
      expect.stringContaining('loopback'),
    ]);
    expect(problemsOf({ ...demo, PREAU_ISSUER: 'http://127.0.0.1:3000' })).toEqual([]);
  });

  it.each(['development', 'test'])('runs %s on loopback only, whatever NODE_ENV says', (profile) => {
    const env = { ...production(), PREAU_PROFILE: profile };
    const refused = [expect.stringContaining('loopback')];
    expect(problemsOf(env)).toEqual(refused);
    expect(problemsOf({ ...env, NODE_ENV: 'production' })).toEqual(refused);
    expect(problemsOf({ ...env, PREAU_ISSUER: 'https://localhost:8443' })).toEqual([]);
  });

  it('takes no NODE_ENV that is misspelt for leave to be weak', () => {
    const env = { ...production(), PREAU_PROFILE: undefined, NODE_ENV: 'Production' };
    expect(problemsOf(env)).toEqual([expect.stringContaining('development')]);
  });

  it.each([
    ['all of one byte', Buffer.alloc(32, 7).toString('base64')],
    ['that counts', Buffer.from(Array.from({ length: 32 }, (_, byte) => byte)).toString('base64')],
    ['that is text', Buffer.from('une phrase de passe bien choisie').toString('base64')],
    ['that is no base64', 'replace-this-with-32-random-bytes-in-base64'],
    ['with something after it', `${Buffer.alloc(32, 7).toString('base64')}\nPREAU`],
  ])('takes no key %s', (_, key) => {
    expect(problemsOf(production({ PREAU_DIGEST_KEY: key }))).toEqual([
      expect.stringContaining('PREAU_DIGEST_KEY'),
    ]);
  });

  it('takes a key from a file, as it is written there', () => {
    const file = join(folder(), 'key');
    const env = production();
    writeFileSync(file, `${env.PREAU_DIGEST_KEY}\n`);
    const { secrets } = loadConfig({ ...env, PREAU_DIGEST_KEY: '', PREAU_DIGEST_KEY_FILE: file });
    expect(secrets.digestKey.toString('base64')).toBe(env.PREAU_DIGEST_KEY);
  });

  it('refuses one key for two purposes', () => {
    const env = production();
    expect(problemsOf({ ...env, PREAU_LEDGER_KEY: env.PREAU_PAIRWISE_KEY })).toEqual([
      expect.stringContaining('are one key'),
    ]);
  });

  it('trusts no proxy in a network where strangers are', () => {
    const trusting = (proxies: string) => problemsOf(production({ PREAU_TRUSTED_PROXIES: proxies }));
    const wide = [
      '0.0.0.0/0',
      '::/0',
      '10.0.0.1, 0.0.0.0/1',
      '::ffff:0:0/96',
      '::ffff:128.0.0.0/97',
      '::/64',
    ];
    for (const proxies of [...wide, 'all', '10.0.0.0/33', 'proxy.example'])
      expect(trusting(proxies)).toEqual([expect.stringContaining('PREAU_TRUSTED_PROXIES')]);
    expect(trusting('10.0.0.0/8 fc00::/7, 192.0.2.1 ::1 ::ffff:10.0.0.0/104')).toEqual([]);
  });

  it('draws the secrets of a development folder once, for its owner alone', () => {
    const PREAU_DATA_DIR = folder();
    const first = loadConfig({ PREAU_DATA_DIR });
    expect(loadConfig({ PREAU_DATA_DIR }).secrets).toEqual(first.secrets);
    expect(statSync(join(PREAU_DATA_DIR, 'secrets', 'wrappingKey')).mode & 0o777).toBe(0o600);
  });

  it('takes off the slash at the end of the issuer', () => {
    expect(loadConfig(production({ PREAU_ISSUER: 'https://id.example/' })).issuer).toBe('https://id.example');
  });
});

describe('addresses on this machine', () => {
  it('are neither asked nor told in production, which refuses the switch', () => {
    expect(problemsOf(production({ PREAU_LOOPBACK_REMOTES: 'yes' }))).toEqual([
      expect.stringContaining('allowsLoopback'),
    ]);
    expect(problemsOf(production({ PREAU_LOOPBACK_REMOTES: 'no' }))).toEqual([]);
    expect(problemsOf(production({ PREAU_LOOPBACK_REMOTES: 'maybe' }))).toEqual([
      expect.stringContaining('PREAU_LOOPBACK_REMOTES'),
    ]);
  });
});

describe('the profile for the conformance suite', () => {
  it('is refused in production', () => {
    const env = { PREAU_PROFILE: 'conformance', PREAU_DATA_DIR: folder() };
    expect(problemsOf(env)).toEqual([]);
    expect(problemsOf({ ...env, NODE_ENV: 'production' })).toEqual([expect.stringContaining('conformance')]);
  });
});
