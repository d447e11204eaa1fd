import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { join, resolve } from 'node:path';
import { isCidr, type Settings, settingsSchema } from './settings.ts';

export type { Settings } from './settings.ts';

const MODES = ['production', 'development', 'demo', 'test', 'conformance'] as const;
export type Mode = (typeof MODES)[number];

const SECRETS = {
  wrappingKey: 'PREAU_WRAPPING_KEY',
  digestKey: 'PREAU_DIGEST_KEY',
  pairwiseKey: 'PREAU_PAIRWISE_KEY',
  ledgerKey: 'PREAU_LEDGER_KEY',
  cookieKey: 'PREAU_COOKIE_KEY',
} as const;
type SecretName = keyof typeof SECRETS;

export type Secrets = Readonly<Record<SecretName, Buffer>>;

/** Undefined: what would be sent stays in the outbox. In production both are there. */
export interface Senders {
  readonly smtpUrl: string | undefined;
  readonly sms:
    | { readonly url: string; readonly token: string; readonly answerMilliseconds: number }
    | undefined;
  /** The address mails come from. */
  readonly from: string;
  readonly answerMilliseconds: number;
}

export interface Config extends Settings {
  readonly mode: Mode;
  /** No trailing slash. */
  readonly issuer: string;
  readonly dataDir: string;
  /** Where to listen: PREAU_HOST; without it loopback alone, and in production everywhere (none named). */
  readonly hosts: readonly string[];
  /** Undefined: Préau starts its own PostgreSQL under the data folder. */
  readonly databaseUrl: string | undefined;
  /** Migrations connect as owner; the app never does. */
  readonly ownerDatabaseUrl: string | undefined;
  readonly redisUrl: string | undefined;
  readonly trustedProxies: string[];
  readonly senders: Senders;
  readonly logLevel: string;
  readonly secrets: Secrets;
}

/** Everything wrong with the configuration, in one message. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
  readonly problems: string[];
  constructor(problems: string[]) {
    super(`Préau cannot start:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
    this.problems = problems;
  }
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Environment → config/{default,<mode>}.json → secrets. Throws ConfigurationError naming all that is wrong. */
export function loadConfig(env: Environment = process.env): Config {
  const problems: string[] = [];
  const mode = readMode(env, problems);
  const dataDir = resolve(env.PREAU_DATA_DIR ?? 'var');
  const settings = readSettings(mode, env, problems);
  const issuer = readIssuer(mode, env, settings?.port ?? 3000, problems);
  const trustedProxies = readProxies(env, problems);
  const senders = readSenders(mode, env, { settings, issuer, problems });
  const secrets =
    mode === 'production' ? givenSecrets(env, problems) : ownSecrets(env, join(dataDir, 'secrets'), problems);
  if (problems.length > 0 || !settings) throw new ConfigurationError(problems);
  return {
    ...settings,
    mode,
    issuer,
    dataDir,
    hosts: hostsOf(mode, env.PREAU_HOST),
    databaseUrl: env.DATABASE_URL || undefined,
    ownerDatabaseUrl: env.PREAU_OWNER_DATABASE_URL || env.DATABASE_URL || undefined,
    redisUrl: env.REDIS_URL || undefined,
    trustedProxies,
    senders,
    logLevel: env.PREAU_LOG_LEVEL ?? (mode === 'test' ? 'fatal' : 'info'),
    secrets,
  };
}

function readMode(env: Environment, problems: string[]): Mode {
  const given = env.PREAU_PROFILE ?? (env.NODE_ENV === 'production' ? 'production' : 'development');
  const mode = MODES.find((known) => known === given);
  if (mode === 'conformance' && env.NODE_ENV === 'production')
    problems.push('PREAU_PROFILE is conformance, whose clients and person are for tests: not in production');
  if (!mode) problems.push(`PREAU_PROFILE is "${given}"; it must be one of ${MODES.join(', ')}`);
  return mode ?? 'production';
}

function readSettings(mode: Mode, env: Environment, problems: string[]): Settings | undefined {
  const given = merge(readJson('default'), readJson(mode), portsOf(env, problems), remoteOf(env, problems));
  const parsed = settingsSchema.safeParse(given);
  if (parsed.success && mode === 'production' && parsed.data.remote.allowsLoopback)
    problems.push('remote.allowsLoopback is for development; production asks no address on its own machine');
  if (parsed.success) return parsed.data;
  for (const issue of parsed.error.issues) problems.push(`config: ${issue.path.join('.')}: ${issue.message}`);
  return undefined;
}

function remoteOf(env: Environment, problems: string[]): Record<string, unknown> {
  const given = env.PREAU_LOOPBACK_REMOTES;
  if (!given) return {};
  if (!['yes', 'no'].includes(given))
    problems.push(`PREAU_LOOPBACK_REMOTES is "${given}"; it must be yes or no`);
  return { remote: { allowsLoopback: given === 'yes' } };
}

function portsOf(env: Environment, problems: string[]): Record<string, unknown> {
  const found: Record<string, unknown> = {};
  for (const [variable, key] of [
    ['PREAU_PORT', 'port'],
    ['PREAU_METRICS_PORT', 'metricsPort'],
  ] as const) {
    const given = env[variable];
    if (given === undefined || given === '') continue;
    if (!/^\d{1,5}$/.test(given)) problems.push(`${variable} is "${given}"; it must be a port number`);
    else found[key] = Number(given);
  }
  if (env.PREAU_METRICS_HOST) found.metricsHost = env.PREAU_METRICS_HOST;
  return found;
}

function readIssuer(mode: Mode, env: Environment, port: number, problems: string[]): string {
  const given = (env.PREAU_ISSUER ?? `http://localhost:${port}`).replace(/\/$/, '');
  const url = URL.parse(given);
  // As an origin is written: relying parties compare it letter by letter.
  if (!url || !/^https?:$/.test(url.protocol) || url.origin !== given) {
    problems.push(
      `PREAU_ISSUER is "${given}"; it must be an http(s) address in small letters: no path, query, user or usual port`,
    );
    return given;
  }
  const loopback = isLoopback(url.hostname);
  if (url.protocol === 'http:' && !loopback) problems.push('PREAU_ISSUER must be https, except on loopback');
  // Their outbox holds what was sent in clear, and one operator counts as several.
  if (ON_LOOPBACK.has(mode) && !loopback)
    problems.push(`PREAU_PROFILE is ${mode}, which only runs on a loopback issuer`);
  return given;
}

const ON_LOOPBACK: ReadonlySet<Mode> = new Set(['development', 'demo', 'test']);

export function isLoopback(hostname: string): boolean {
  return /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(hostname);
}

function hostsOf(mode: Mode, given: string | undefined): string[] {
  if (given) return [given];
  return mode === 'production' ? [] : ['127.0.0.1', '::1'];
}

/** RFC 4193 §3.1: fc00::/7 is the widest network of anybody's own; through a wider one strangers choose their address. */
const WIDEST_NETWORK = 7;

function readProxies(env: Environment, problems: string[]): string[] {
  const proxies = splitList(env.PREAU_TRUSTED_PROXIES);
  for (const proxy of proxies) {
    const [, prefix] = proxy.split('/');
    if (!isIP(proxy) && !isCidr(proxy))
      problems.push(`PREAU_TRUSTED_PROXIES holds "${proxy}", which is no address and no network`);
    else if (prefix !== undefined && Number(prefix) < WIDEST_NETWORK)
      problems.push(`PREAU_TRUSTED_PROXIES holds "${proxy}": whoever is in it says what address they have`);
  }
  return proxies;
}

/** The demo sends nothing from the machine, whatever the environment says. */
function readSenders(
  mode: Mode,
  env: Environment,
  from: { settings: Settings | undefined; issuer: string; problems: string[] },
): Senders {
  const { settings, issuer, problems } = from;
  const { PREAU_MAIL_FROM: given } = env;
  const address = given || `preau@${URL.parse(issuer)?.hostname ?? 'localhost'}`;
  if (!/^[\w.+-]{1,64}@[\w.-]+$/.test(address)) problems.push('PREAU_MAIL_FROM must be one mail address');
  const answerMilliseconds = settings?.messages.answerMilliseconds ?? 0;
  const none = { smtpUrl: undefined, sms: undefined, from: address, answerMilliseconds };
  if (mode === 'demo') return none;
  const smtpUrl = env.PREAU_SMTP_URL || readSecretFile(env.PREAU_SMTP_URL_FILE)?.trim();
  const url = env.PREAU_SMS_URL;
  const token = env.PREAU_SMS_TOKEN || readSecretFile(env.PREAU_SMS_TOKEN_FILE)?.trim();
  if (mode === 'production' || smtpUrl) checkSmtp(smtpUrl, problems);
  if (mode === 'production' || url) checkSms({ url, token }, problems);
  return { ...none, smtpUrl, sms: url && token ? { url, token, answerMilliseconds } : undefined };
}

function checkSmtp(given: string | undefined, problems: string[]): void {
  if (!given) problems.push('PREAU_SMTP_URL (or PREAU_SMTP_URL_FILE) is missing: smtps://user:password@host');
  else if (!/^smtps?:$/.test(URL.parse(given)?.protocol ?? ''))
    problems.push('PREAU_SMTP_URL must be an smtp: or smtps: address');
}

function checkSms(
  { url: given, token }: { url: string | undefined; token: string | undefined },
  problems: string[],
): void {
  if (!given) problems.push('PREAU_SMS_URL is missing: the https address of the SMS gateway');
  else {
    const url = URL.parse(given);
    if (url?.protocol !== 'https:' && !(url?.protocol === 'http:' && isLoopback(url.hostname)))
      problems.push('PREAU_SMS_URL must be https, except on loopback');
  }
  if (!token || /[^\x21-\x7e]/.test(token))
    problems.push('PREAU_SMS_TOKEN (or PREAU_SMS_TOKEN_FILE) is missing, or no bearer token');
}

function givenSecrets(env: Environment, problems: string[]): Secrets {
  const secrets = secretsBy((name) => {
    const variable = SECRETS[name];
    const text = env[variable] ?? readSecretFile(env[`${variable}_FILE`]);
    if (!text) problems.push(`${variable} (or ${variable}_FILE) is missing: 32 random bytes in base64`);
    else return parseSecret(variable, text, problems);
    return randomBytes(32);
  });
  const different = new Set(Object.values(secrets).map((secret) => secret.toString('base64')));
  // Whoever is given one (a keeper of the ledger, a backup) would hold them all.
  if (different.size < Object.keys(SECRETS).length)
    problems.push(`two of ${Object.values(SECRETS).join(', ')} are one key: each needs bytes of its own`);
  return secrets;
}

/** Development and demo make their secrets once, into files only their owner reads. */
function ownSecrets(env: Environment, folder: string, problems: string[]): Secrets {
  return secretsBy((name) => {
    const given = env[SECRETS[name]];
    if (given) return parseSecret(SECRETS[name], given, problems);
    const file = join(folder, name);
    if (!existsSync(file)) {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      try {
        writeFileSync(file, randomBytes(32).toString('base64'), { mode: 0o600, flag: 'wx', flush: true });
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      }
    }
    chmodSync(file, 0o600);
    return parseSecret(file, readFileSync(file, 'utf8'), problems);
  });
}

function secretsBy(find: (name: SecretName) => Buffer): Secrets {
  return {
    wrappingKey: find('wrappingKey'),
    digestKey: find('digestKey'),
    pairwiseKey: find('pairwiseKey'),
    ledgerKey: find('ledgerKey'),
    cookieKey: find('cookieKey'),
  };
}

function readSecretFile(path: string | undefined): string | undefined {
  if (!path || !existsSync(path)) return undefined;
  return readFileSync(path, 'utf8');
}

function parseSecret(where: string, text: string, problems: string[]): Buffer {
  const bytes = Buffer.from(text.trim(), 'base64');
  if (bytes.length !== 32)
    problems.push(`${where} must be 32 random bytes in base64 (it holds ${bytes.length})`);
  else if (new Set(bytes).size < 12) problems.push(`${where} is an example, not a random key`);
  return bytes;
}

function readJson(name: string): Record<string, unknown> {
  const file = join(import.meta.dirname, '..', 'config', `${name}.json`);
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>) : {};
}

function merge(...layers: Record<string, unknown>[]): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const layer of layers) {
    for (const [key, value] of Object.entries(layer)) {
      result[key] = isPlain(value) && isPlain(result[key]) ? merge(result[key], value) : value;
    }
  }
  return result;
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function splitList(text: string | undefined): string[] {
  return (text ?? '').split(/[\s,]+/).filter(Boolean);
}
