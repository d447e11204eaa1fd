// npm run bench [-- --rounds N --each N --warm N --at-once N,N --json]: what a sign-in on costs beside the plain engine and a floor by hand.
import { type ChildProcess, fork, spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startServers } from './servers.ts';
import type { Counts } from './sso/counted.ts';
import { REDIRECT_URI, type Ready } from './sso/served.ts';
import { median } from './statistics.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '45' },
    each: { type: 'string', default: '100' },
    warm: { type: 'string', default: '12000' },
    'at-once': { type: 'string', default: '8,64' },
    json: { type: 'boolean', default: false },
  },
});
const ROUNDS = Number(values.rounds);
const EACH = Number(values.each);
const WARM = Number(values.warm);
/**
 * In portions, as in rounds: a server that waits longer than a few seconds for its turn is taken for idle by V8, which then
 * collects all its memory and drops code that it compiles anew in the next.
 */
const PORTION = 200;
/** A quiet server and a busy one: what is asked together is answered together. */
const AT_ONCE = values['at-once'].split(',').map(Number);
const MOST_AT_ONCE = Math.max(...AT_ONCE);
const PATHS = {
  preau: { authorize: '/authorize', token: '/token', userinfo: '/userinfo', introspect: '/introspect' },
  control: { authorize: '/auth', token: '/token', userinfo: '/me', introspect: '/token/introspection' },
  floor: { authorize: '/authorize', token: '/token', userinfo: '/userinfo', introspect: '/introspect' },
} as const;
type Name = keyof typeof PATHS;
const STEPS = ['authorize', 'code', 'refresh', 'userinfo', 'introspection'] as const;
type Step = (typeof STEPS)[number];
const ALGS = ['ES256', 'RS256'] as const;
type Alg = (typeof ALGS)[number];

interface Subject extends Ready {
  name: Name;
  child: ChildProcess;
}

interface Tokens {
  access_token: string;
  refresh_token: string;
}

const VERIFIER = randomBytes(32).toString('base64url');
const CHALLENGE = createHash('sha256').update(VERIFIER).digest('base64url');

const OTHER_CORES = `1-${cpus().length - 1}`;
pin(process.pid, OTHER_CORES);
const servers = await startServers();
const subjects: Subject[] = [];
try {
  for (const name of Object.keys(PATHS) as Name[]) subjects.push(await start(name));
  const report = await measureAll(subjects);
  if (values.json) console.log(JSON.stringify(report, null, 2));
  else show(report);
} finally {
  for (const { child } of subjects) child.kill();
  await servers.stop();
}

/** Each server on the first core, the driver on the others, where the machine has several. */
async function start(name: Name): Promise<Subject> {
  pin(process.pid, '0');
  const child = fork(join(import.meta.dirname, 'sso', `${name}.ts`), {
    execArgv: ['--disable-warning=ExperimentalWarning'],
    // Préau writes its line for each request, and somebody takes it.
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    env: { ...process.env, PREAU_LOG_LEVEL: 'info' },
  });
  pin(process.pid, OTHER_CORES);
  const ready = await new Promise<Ready>((resolve, reject) => {
    child.once('message', (message: { ready: Ready }) => resolve(message.ready));
    child.once('exit', () => reject(new Error(`${name} did not start`)));
  });
  return { name, child, ...ready };
}

/** Where the machine has several cores and can tell: its caches are then the server's own. */
function pin(pid: number | undefined, cores: string): void {
  if (cpus().length > 1) spawnSync('taskset', ['-acp', cores, String(pid)], { stdio: 'ignore' });
}

type Samples = Record<string, Record<Name, number[]>>;

async function measureAll(subjects: Subject[]) {
  // A server runs for weeks: what it costs while its code is still being compiled is not what it costs. Twenty thousand
  // sign-ins on later little is (`node --trace-opt`).
  for (let left = WARM; left > 0; left -= PORTION)
    for (const alg of ALGS)
      for (const subject of shuffled(subjects))
        await measure(subject, { alg, times: Math.min(left, PORTION), atOnce: MOST_AT_ONCE });
  const samples = AT_ONCE.map((): Samples => ({}));
  for (let round = 0; round < ROUNDS; round += 1)
    for (const [index, atOnce] of AT_ONCE.entries())
      for (const alg of ALGS)
        for (const subject of shuffled(subjects)) {
          const costs = await measure(subject, { alg, times: EACH, atOnce });
          collect(samples[index] ?? {}, { name: subject.name, alg, costs });
        }
  const flights: Partial<Record<Name, Record<Step, Counts>>> = {};
  for (const subject of subjects) flights[subject.name] = await flightsOf(subject);
  return {
    machine: `${cpus().length} × ${cpus()[0]?.model}`,
    rounds: ROUNDS,
    each: EACH,
    cpu: AT_ONCE.map((atOnce, index) => ({ atOnce, costs: costsOf(samples[index] ?? {}) })),
    flights,
  };
}

function collect(
  samples: Samples,
  { name, alg, costs }: { name: Name; alg: Alg; costs: Record<string, number> },
): void {
  for (const [step, cost] of Object.entries(costs)) {
    const key = `${step} ${alg}`;
    samples[key] ??= { preau: [], control: [], floor: [] };
    samples[key][name].push(cost);
  }
}

function costsOf(samples: Samples) {
  return Object.fromEntries(
    Object.entries(samples).map(([step, by]) => {
      const [preau = 0, control = 0, floor = 0] = [by.preau, by.control, by.floor].map((costs) =>
        Math.round(median(costs)),
      );
      // Of costs within seconds of each other: a machine that others use changes from one round to the next.
      const ratio = median(by.preau.map((cost, round) => (by.control[round] ?? Number.NaN) / cost));
      return [step, { preau, control, floor, ratio: Number(ratio.toFixed(2)) }];
    }),
  );
}

/** Microseconds of the server's CPU for each, as the operating system counts them. */
async function measure(
  subject: Subject,
  { alg, times, atOnce }: { alg: Alg; times: number; atOnce: number },
): Promise<Record<string, number>> {
  const client = clientOf(subject, alg);
  const cpu = async <T>(act: () => Promise<T>): Promise<[number, T[]]> => {
    const before = cpuOf(subject.child.pid);
    const results = await many({ times, atOnce }, act);
    return [(cpuOf(subject.child.pid) - before) / times, results];
  };
  const person = inTurn(subject.cookies);
  // The control would make a grant for each of several that come first, and know but one.
  for (const cookie of subject.cookies) await authorizeOnce(subject, client, cookie);
  const [authorize, codes] = await cpu(() => authorizeOnce(subject, client, person()));
  const [code, tokens] = await cpu(() => exchangeOnce(subject, client, codes.pop() ?? ''));
  const token = inTurn(tokens);
  const [userinfo] = await cpu(() => userinfoOnce(subject, token()));
  const [introspection] = await cpu(() => introspectOnce(subject, client, token()));
  const [refresh] = await cpu(() => refreshOnce(subject, client, tokens.pop()));
  return { sso: authorize + code, authorize, code, refresh, userinfo, introspection };
}

async function flightsOf(subject: Subject): Promise<Record<Step, Counts>> {
  const client = clientOf(subject, 'ES256');
  const counted = async <T>(act: () => Promise<T>): Promise<[Counts, T]> => {
    const before = await countsOf(subject);
    const result = await act();
    const after = await countsOf(subject);
    return [{ redis: after.redis - before.redis, postgres: after.postgres - before.postgres }, result];
  };
  const cookie = subject.cookies[0] ?? '';
  // In a session of just now, as the measured ones are.
  await authorizeOnce(subject, client, cookie);
  const [authorize, given] = await counted(() => authorizeOnce(subject, client, cookie));
  const [code, tokens] = await counted(() => exchangeOnce(subject, client, given));
  const [userinfo] = await counted(() => userinfoOnce(subject, tokens));
  const [introspection] = await counted(() => introspectOnce(subject, client, tokens));
  const [refresh] = await counted(() => refreshOnce(subject, client, tokens));
  return { authorize, code, refresh, userinfo, introspection };
}

type Client = Ready['clients'][number];

async function authorizeOnce(
  { name, issuer }: Subject,
  { clientId }: Client,
  cookie: string,
): Promise<string> {
  const query = new URLSearchParams({
    ...{ client_id: clientId, redirect_uri: REDIRECT_URI, response_type: 'code', scope: 'openid profile' },
    ...{ prompt: 'none', state: 'a-state', nonce: 'a-nonce' },
    ...{ code_challenge: CHALLENGE, code_challenge_method: 'S256' },
  });
  const address = `${issuer}${PATHS[name].authorize}?${query}`;
  const response = await fetch(address, { headers: { cookie }, redirect: 'manual' });
  await response.arrayBuffer();
  const code = URL.parse(response.headers.get('location') ?? '')?.searchParams.get('code');
  if (!code) throw new Error(`${name}: ${response.status} ${response.headers.get('location')}`);
  return code;
}

function exchangeOnce(subject: Subject, client: Client, code: string): Promise<Tokens> {
  return ask(subject, client, {
    ...{ path: PATHS[subject.name].token, grant_type: 'authorization_code', code },
    ...{ redirect_uri: REDIRECT_URI, code_verifier: VERIFIER },
  });
}

function refreshOnce(subject: Subject, client: Client, tokens: Tokens | undefined): Promise<unknown> {
  return ask(subject, client, {
    ...{ path: PATHS[subject.name].token, grant_type: 'refresh_token' },
    refresh_token: tokens?.refresh_token ?? '',
  });
}

function introspectOnce(subject: Subject, client: Client, tokens: Tokens | undefined): Promise<unknown> {
  return ask(subject, client, { path: PATHS[subject.name].introspect, token: tokens?.access_token ?? '' });
}

async function userinfoOnce({ name, issuer }: Subject, tokens: Tokens | undefined): Promise<unknown> {
  const headers = { authorization: `Bearer ${tokens?.access_token}` };
  const response = await fetch(issuer + PATHS[name].userinfo, { headers });
  if (response.status !== 200) throw new Error(`${name} userinfo: ${response.status}`);
  return response.json();
}

async function ask({ name, issuer }: Subject, client: Client, { path, ...form }: Record<string, string>) {
  const given = Buffer.from(`${client.clientId}:${client.clientSecret}`).toString('base64');
  const headers = { authorization: `Basic ${given}` };
  const response = await fetch(issuer + path, { method: 'POST', headers, body: new URLSearchParams(form) });
  if (response.status !== 200)
    throw new Error(`${name} ${path}: ${response.status} ${await response.text()}`);
  return response.json();
}

async function many<T>(
  { times, atOnce }: { times: number; atOnce: number },
  act: () => Promise<T>,
): Promise<T[]> {
  const results: T[] = [];
  let left = times;
  const worker = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      results.push(await act());
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return results;
}

/** Of all its threads, as the scheduler counts it: /proc/PID/stat counts in ticks of 10 ms. */
function cpuOf(pid: number | undefined): number {
  const threads = readdirSync(`/proc/${pid}/task`);
  const nanoseconds = threads.map((thread) =>
    Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]),
  );
  return nanoseconds.reduce((sum, one) => sum + one, 0) / 1000;
}

async function countsOf({ child }: Subject): Promise<Counts> {
  const answer = new Promise<Counts>((resolve) =>
    child.once('message', ({ counts }: { counts: Counts }) => resolve(counts)),
  );
  child.send('counts');
  return answer;
}

function clientOf({ clients }: Subject, alg: Alg): Client {
  const client = clients.find((one) => one.alg === alg);
  if (!client) throw new Error('no client');
  return client;
}

function inTurn<T>(all: readonly T[]): () => T {
  let next = 0;
  return () => {
    const one = all[next % all.length] as T;
    next += 1;
    return one;
  };
}

function shuffled<T>(all: readonly T[]): T[] {
  return [...all].sort(() => Math.random() - 0.5);
}

function show(report: Awaited<ReturnType<typeof measureAll>>): void {
  console.log(
    `${report.machine}; ${report.rounds} rounds of ${report.each}, interleaved; server CPU in µs, medians`,
  );
  for (const { atOnce, costs } of report.cpu) {
    console.log(`${atOnce} at once`);
    console.table(costs);
  }
  console.log('ratio: what the plain engine costs, by what Préau costs; 1 or more is the goal');
  console.log('sequential round trips (Redis + PostgreSQL)');
  const shown = Object.entries(report.flights).map(([name, steps]) => [
    name,
    Object.fromEntries(
      Object.entries(steps).map(([step, { redis, postgres }]) => [step, `${redis} + ${postgres}`]),
    ),
  ]);
  console.table(Object.fromEntries(shown));
}
