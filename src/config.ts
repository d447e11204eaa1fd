import { existsSync, readFileSync } from 'node:fs';
import { BlockList, isIP } from 'node:net';
import { join, resolve } from 'node:path';
import { givenSecrets, ownSecrets, type Secrets, variableOrFile } from './crypto/secrets.ts';
import { isCidr, type Settings, settingsSchema } from './settings.ts';

export type { Secrets } from './crypto/secrets.ts';
export type { Settings } from './settings.ts';

const MODES = ['production', 'development', 'demo', 'test', 'conformance'] as const;
export type Mode = (typeof MODES)[number];

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
  const dataDir = resolve(env.PREAU_DATA_DIR || 'var');
  const settings = readSettings(mode, env, problems);
  const issuer = readIssuer(mode, env, settings?.port ?? 3000, problems);
  const trustedProxies = readProxies(env, problems);
  const senders = readSenders(mode, env, { settings, issuer, problems });
  const stores = readStores(env, problems);
  const logLevel = readLogLevel(mode, env, problems);
  const secrets =
    mode === 'production' ? givenSecrets(env, problems) : ownSecrets(env, join(dataDir, 'secrets'), problems);
  if (problems.length > 0 || !settings) throw new ConfigurationError(problems);
  return {
    ...settings,
    mode,
    issuer,
    dataDir,
    hosts: hostsOf(mode, env.PREAU_HOST),
    ...stores,
    trustedProxies,
    senders,
    logLevel,
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

type StoreUrls = Pick<Config, 'databaseUrl' | 'ownerDatabaseUrl' | 'redisUrl'>;

/** By their beginnings alone: each client has ways of its own to write a socket. A URL holds a password: none is shown. */
function readStores(env: Environment, problems: string[]): StoreUrls {
  for (const variable of ['DATABASE_URL', 'PREAU_OWNER_DATABASE_URL'])
    if (env[variable] && !/^(postgres|postgresql|socket):/.test(env[variable]))
      problems.push(`${variable} must be a postgres: address`);
  if (env.REDIS_URL && !/^(rediss?:\/\/|\/)/.test(env.REDIS_URL))
    problems.push('REDIS_URL must be a redis: or rediss: address, or the path of a socket');
  return {
    databaseUrl: env.DATABASE_URL || undefined,
    ownerDatabaseUrl: env.PREAU_OWNER_DATABASE_URL || env.DATABASE_URL || undefined,
    redisUrl: env.REDIS_URL || undefined,
  };
}

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'];

function readLogLevel(mode: Mode, env: Environment, problems: string[]): string {
  const given = env.PREAU_LOG_LEVEL || (mode === 'test' ? 'fatal' : 'info');
  if (!LOG_LEVELS.includes(given))
    problems.push(`PREAU_LOG_LEVEL is "${given}"; it must be one of ${LOG_LEVELS.join(', ')}`);
  return given;
}

/** RFC 4193 §3.1: fc00::/7 is the widest network of anybody's own; through a wider one strangers choose their address. */
const WIDEST_NETWORK = 7;

function readProxies(env: Environment, problems: string[]): string[] {
  const proxies = splitList(env.PREAU_TRUSTED_PROXIES);
  for (const proxy of proxies) {
    if (!isIP(proxy) && !isCidr(proxy))
      problems.push(`PREAU_TRUSTED_PROXIES holds "${proxy}", which is no address and no network`);
    else if (isTooWide(proxy))
      problems.push(`PREAU_TRUSTED_PROXIES holds "${proxy}": whoever is in it says what address they have`);
  }
  return proxies;
}

/** Also of IPv4 as IPv6 writes it: in `::ffff:0:0/96` is everybody who has an address of IPv4. */
function isTooWide(proxy: string): boolean {
  const [network = '', prefix] = proxy.split('/');
  if (prefix === undefined) return false;
  if (Number(prefix) < WIDEST_NETWORK) return true;
  const list = new BlockList();
  list.addSubnet(network, Number(prefix), isIP(network) === 4 ? 'ipv4' : 'ipv6');
  const firstBytes = Array.from({ length: 256 }, (_, first) => list.check(`${first}.0.0.1`, 'ipv4'));
  return firstBytes.filter(Boolean).length > 2 ** (8 - WIDEST_NETWORK);
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
  const [smtpUrl, token] = [
    textOf(env, 'PREAU_SMTP_URL', problems),
    textOf(env, 'PREAU_SMS_TOKEN', problems),
  ];
  const url = env.PREAU_SMS_URL;
  if (mode === 'production' || smtpUrl) checkSmtp(smtpUrl, problems);
  if (mode === 'production' || url) checkSms({ url, token }, problems);
  return { ...none, smtpUrl, sms: url && token ? { url, token, answerMilliseconds } : undefined };
}

function textOf(env: Environment, variable: string, problems: string[]): string | undefined {
  const found = variableOrFile(env, variable);
  if (found.outcome === 'found') return found.text || undefined;
  problems.push(found.problem);
  return undefined;
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
