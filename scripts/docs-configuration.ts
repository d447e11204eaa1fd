import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..');

const VARIABLES: Readonly<Record<string, readonly [standard: string, what: string]>> = {
  PREAU_PROFILE: [
    '`development`; `production` where `NODE_ENV` is `production`',
    'which `config/<profile>.json` is laid over `config/default.json`, and how strict the start is',
  ],
  NODE_ENV: ['', 'read only where `PREAU_PROFILE` is not set'],
  PREAU_ISSUER: [
    '`http://localhost:` and the port',
    'the public address, `https`, without path; `http` on loopback only. It is in every token: it cannot change later',
  ],
  PREAU_PORT: ['`port` of the settings', 'where it listens'],
  PREAU_HOST: [
    'every address in production, loopback elsewhere',
    'the one address on which it listens instead',
  ],
  PREAU_METRICS_PORT: ['`metricsPort`', 'where `/metrics` is'],
  PREAU_METRICS_HOST: ['`metricsHost`', 'on which address `/metrics` is; never one the public reaches'],
  PREAU_DATA_DIR: [
    '`./var`',
    'the folder of its own PostgreSQL and Redis where no URL names others, and outside production of its secrets',
  ],
  DATABASE_URL: [
    'its own PostgreSQL',
    'PostgreSQL 15 or later, as `preau_app`. `sslmode=verify-full` makes TLS and checks it',
  ],
  PREAU_OWNER_DATABASE_URL: [
    '`DATABASE_URL`',
    'the same database as `preau_owner`: for `db migrate` alone; do not give it to the server',
  ],
  REDIS_URL: ['its own Redis', '`rediss:` makes TLS'],
  PREAU_TRUSTED_PROXIES: [
    'none',
    'addresses or ranges (CIDR), separated by spaces or commas, whose `X-Forwarded-For` is believed',
  ],
  PREAU_SMTP_URL: [
    'the outbox; required in production',
    'where mails go out: `smtps://user:password@host`, or `smtp:` with STARTTLS, which only loopback may lack',
  ],
  PREAU_SMTP_URL_FILE: ['', 'the same, in a file'],
  PREAU_MAIL_FROM: [
    '`preau@` and the issuer’s host',
    'the address mails come from; its domain’s SPF and DKIM must allow it',
  ],
  PREAU_SMS_URL: [
    'the outbox; required in production',
    'where SMS go out: an https address that takes `POST {"to": "+33…", "text": "…"}` and answers 2xx',
  ],
  PREAU_SMS_TOKEN: ['required with `PREAU_SMS_URL`', 'the bearer token sent with it'],
  PREAU_SMS_TOKEN_FILE: ['', 'the same, in a file'],
  PREAU_LOOPBACK_REMOTES: [
    '`remote.allowsLoopback`',
    '`yes`: relying parties on this machine may be told and asked; refused in production',
  ],
  PREAU_LOG_LEVEL: ['`info`', 'pino’s levels: `fatal` `error` `warn` `info` `debug` `trace` `silent`'],
  PREAU_WRAPPING_KEY: ['drawn outside production', 'a secret, see below'],
  PREAU_DIGEST_KEY: ['drawn outside production', 'a secret, see below'],
  PREAU_PAIRWISE_KEY: ['drawn outside production', 'a secret, see below'],
  PREAU_LEDGER_KEY: ['drawn outside production', 'a secret, see below'],
  PREAU_COOKIE_KEY: ['drawn outside production', 'a secret, see below'],
};

const SETTINGS: Readonly<Record<string, string>> = {
  port: 'where it listens',
  metricsPort: 'where `/metrics` is',
  metricsHost: 'on which address `/metrics` is',
  'lifetimes.authorizationCodeSeconds': 'authorization code',
  'lifetimes.interactionSeconds': 'a sign-in that was begun',
  'lifetimes.accessTokenSeconds': 'access token',
  'lifetimes.idTokenSeconds': 'ID token',
  'lifetimes.refreshTokenSeconds': 'refresh tokens, counted from the first of a family',
  'lifetimes.sessions.staff.idleSeconds': 'session of a teacher or other staff, unused',
  'lifetimes.sessions.staff.absoluteSeconds': 'the same, in all',
  'lifetimes.sessions.pupil.idleSeconds': 'session of a pupil, unused',
  'lifetimes.sessions.pupil.absoluteSeconds': 'the same, in all',
  'lifetimes.sessions.shared-device.idleSeconds':
    'session on a shared device, unused; never longer than the profile’s',
  'lifetimes.sessions.shared-device.absoluteSeconds': 'the same, in all',
  'lifetimes.sessions.guardian.idleSeconds': 'session of who is a guardian and nothing else, unused',
  'lifetimes.sessions.guardian.absoluteSeconds': 'the same, in all',
  'lifetimes.secondFactorCountsForSeconds': 'after this a session’s `acr` counts one factor',
  'lifetimes.knownDeviceSeconds': 'how long a device that signed in counts as known',
  'limits.failuresBeforePause': 'failures with one name before the first pause',
  'limits.pauseSeconds': 'the first pause; each further one is twice as long',
  'limits.longestPauseSeconds': 'the longest pause',
  'limits.failuresPerDayFromUnknownDevices': 'failures with one name in 24 hours',
  'limits.knownDeviceFailuresBeforePause':
    'failures on a known device, counted by themselves, before the first pause',
  'limits.addressFailures': 'failures from one address, an IPv6 network of 64 bits counting as one',
  'limits.addressWindowSeconds': 'in this time, from the first of them',
  'limits.requestsPerMinute.address':
    'requests to the token, pushed request, introspection and revocation endpoints from one address, per process',
  'limits.requestsPerMinute.clientAndAddress': 'the same of one client from one address',
  'limits.requestsPerMinute.registration':
    'requests to the registration endpoint and the HTTP API from one address, per process',
  'limits.wrongWordsPerLetter': 'wrong words a right code takes, per class window',
  'limits.wrongWordsPerWindow': 'wrong words a class window takes from all letters together, then it closes',
  'limits.wrongProofsPerRequest': 'wrong digits one waiting screen takes',
  'limits.wrongHalvesPerRequest': 'wrong electronic halves one waiting screen takes',
  'limits.requestsPerLetterAndDay': 'how often a day one letter can ask a guardian, a desk or for a message',
  'limits.deskActsPerHour':
    'desk acts of one staff member whose own code was right, wrong characters counted too',
  'activation.ceremonySeconds': 'from both proofs to the end of the ceremony',
  'activation.printedDays': 'a letter, from print to hand-over',
  'activation.handedOverDays': 'a letter, from hand-over to use',
  'activation.noticeDays': 'how long the link of a notice locks the account; at least 7',
  'activation.recoveryHoldHours':
    'after a claim, during which second factor and recovery codes are not replaced',
  'reading.budgets.teacher.hour': 'persons a teacher reads in an hour, each time counted; a rolling hour',
  'reading.budgets.teacher.day': 'the same, a rolling day',
  'reading.budgets.distributor.hour': 'persons a distributor of letters reads in an hour',
  'reading.budgets.distributor.day': 'the same in a day',
  'reading.budgets.head.hour': 'persons a head of school reads in an hour',
  'reading.budgets.head.day': 'the same in a day',
  'reading.budgets.academie-officer.hour': 'persons an officer of an académie reads in an hour',
  'reading.budgets.academie-officer.day': 'the same in a day',
  'reading.budgets.national-officer.hour': 'persons a national officer reads in an hour',
  'reading.budgets.national-officer.day': 'the same in a day',
  'reading.slowFromPercent': 'from this share of a budget on, each read begins a pause',
  'reading.pauseSeconds': 'the first pause; it doubles up to the limit',
  'alarms.everySeconds': 'how often what happened is looked at',
  'alarms.lookBackHours': 'how far back the first look after a start goes',
  'alarms.figures.claims-burst.claims':
    'claims of one school, outside a class window, above which there is an alarm …',
  'alarms.figures.claims-burst.percent': '… and above so many per cent of the letters handed over lately',
  'alarms.figures.claims-burst.minutes': 'within how many minutes',
  'alarms.figures.claims-burst.handedOverHours': 'how long ago a letter handed over counts as lately',
  'alarms.figures.address-many-schools.schools': 'schools in which one address may claim',
  'alarms.figures.address-many-schools.hours': 'within how many hours',
  'alarms.figures.address-many-codes.codes': 'unknown codes one address may type …',
  'alarms.figures.address-many-codes.minutes': '… within so many minutes',
  'alarms.figures.address-many-codes.schools': 'schools whose letters one address may fail with …',
  'alarms.figures.address-many-codes.hours': '… within so many hours',
  'alarms.figures.claim-elsewhere-after-reset.days': 'how long after a reset a claim is compared with it',
  'alarms.pauseMinutes.bait-used': 'how long this alarm pauses claims of the school; 0: it does not',
  'alarms.pauseMinutes.claim-elsewhere-after-reset': 'the same',
  'alarms.pauseMinutes.claims-burst': 'the same',
  'alarms.pauseMinutes.decoy-found': 'the same',
  'alarms.pauseMinutes.decoy-opened': 'the same',
  'alarms.pauseMinutes.decoy-printed': 'the same',
  'alarms.pauseMinutes.void-code-used': 'the same',
  'activation.waitingSeconds': 'how long a screen waits for a guardian or a desk',
  'activation.smsHalfSeconds': 'how long the electronic half of a letter opens when it was sent by SMS',
  'activation.mailHalfSeconds': 'the same by mail',
  'activation.contactDays': 'how long a contact must have stood in the feed before a half is sent to it',
  'activation.formerReaderDays':
    'how long after a guardianship or a guardian’s contact ended a claim is told there all the same; at a contact of the holder’s own, as long again as `contactDays`',
  'activation.reprintSeconds': 'after how long a letter printed for one person alone begins to work',
  'activation.ceremonies.everywhere.pupil':
    'how a pupil’s account may be claimed, the first named first on the letter',
  'activation.ceremonies.everywhere.guardian': 'the same for a guardian’s',
  'activation.ceremonies.everywhere.teacher': 'for a teacher’s',
  'activation.ceremonies.everywhere.staff': 'for other staff’s',
  'activation.ceremonies.academies': 'other choices for an académie: `{ "Paris": { "pupil": ["desk"] } }`',
  'activation.ceremonies.establishments': 'the same by UAI; they go before those of the académie',
  'activation.highestAcr.class-window':
    'the highest `acr` of an account claimed so, as long as no second factor is given',
  'activation.highestAcr.guardian-vouch': 'the same',
  'activation.highestAcr.split-letter': 'the same',
  'activation.highestAcr.desk': 'the same',
  'canaries.afterRoster':
    'whether each school without decoys gets a class of them after a roster was applied',
  'canaries.mailDomain':
    'the domain of the mail addresses of decoys: one that reaches nobody, or the operator',
  'roster.closuresNeedingConsentPercent':
    'a plan that takes away more of a school, or of its pupils, guardians, teachers or staff, needs `--accept-closures`',
  'roster.closuresNeedingConsentPeople':
    'of pupils, guardians, teachers or staff alone, from so many on; all of them at once need it however few they are',
  'roster.batchSize': 'persons per transaction of an import',
  'roster.uploadBytes': 'the files of one upload in the console, in all; larger ones go by the command line',
  'postgres.poolSize': 'connections per process, beside one for the orders',
  'postgres.waiting': 'requests that may wait for a connection; the next is answered 503',
  'postgres.connectMilliseconds': 'to get a connection',
  'postgres.statementMilliseconds':
    'a statement; a connection that says nothing at all is given one second more',
  'postgres.lockMilliseconds': 'to wait for a lock',
  'remote.allowsLoopback':
    'whether addresses on this machine are asked (`jwks_uri`, `request_uris`, `sector_identifier_uri`) and told (`backchannel_logout_uri`); never in production',
  'remote.privateNetworks':
    'a list of `{ "cidr": "10.20.0.0/16", "ports": [443] }`: where else the notices of a sign-out may go',
  requestObjects:
    'whether signed requests are taken (OpenID Connect Core §6), by value, and by GET from addresses a client registered; pushed requests need none of it',
  'messages.answerMilliseconds': 'a mail server or SMS gateway, to connect and for each answer',
  'redis.commandMilliseconds': 'a command',
  'orders.pollMilliseconds': 'how often the orders in force are asked for, beside NOTIFY',
  'orders.silenceMilliseconds': 'without an answer for this long every way in is closed (503)',
  passwordWorkers: 'processes that hash passwords; more than 2 seconds of work waiting is answered 503',
};

export function variablesTable(): string {
  const read = variablesRead();
  assertSame('variables', read, Object.keys(VARIABLES));
  const rows = Object.entries(VARIABLES).map(
    ([name, [standard, what]]) => `| \`${name}\` | ${standard} | ${what} |`,
  );
  return ['| variable | without it | |', '|---|---|---|', ...rows].join('\n');
}

export function settingsTable(): string {
  const settings = flatten(JSON.parse(readFileSync(join(ROOT, 'config', 'default.json'), 'utf8')));
  assertSame('settings', Object.keys(settings), Object.keys(SETTINGS));
  const rows = Object.entries(settings).map(
    ([key, value]) => `| \`${key}\` | ${[value].flat().join(', ')} | ${SETTINGS[key]} |`,
  );
  return ['| setting | default | |', '|---|---|---|', ...rows].join('\n');
}

/** Every variable that the code of src names. */
function variablesRead(): string[] {
  const names = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .flatMap(
      (name) =>
        readFileSync(join(ROOT, 'src', name), 'utf8').match(
          /\b(?:PREAU_[A-Z_]+|(?:DATABASE|REDIS)_URL|NODE_ENV)\b/g,
        ) ?? [],
    );
  return [...new Set(names)];
}

function assertSame(what: string, inCode: readonly string[], described: readonly string[]): void {
  const missing = inCode.filter((name) => !described.includes(name));
  const gone = described.filter((name) => !inCode.includes(name));
  if (missing.length + gone.length > 0)
    throw new Error(
      `scripts/docs-configuration.ts, ${what}: not described ${missing}; described, not there ${gone}`,
    );
}

function flatten(value: unknown, path = ''): Record<string, unknown> {
  if (Array.isArray(value) && value.length === 0) return { [path]: 'none' };
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return { [path]: value };
  if (Object.keys(value).length === 0) return { [path]: 'none' };
  const parts = Object.entries(value).map(([key, part]) => flatten(part, path ? `${path}.${key}` : key));
  return Object.assign({}, ...parts);
}
