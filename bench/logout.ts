// npm run bench:logout [-- NOTICES]: notices of sign-outs to 50 relying parties, ten of them slow, failing or dead,
// while others sign in. Says how long the healthy ones waited, and whether every relying party of every session has a
// receipt by then: of the healthy ones it is "confirmed", of those still to be tried "pending". Fails where one is missing.
import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { startServers } from './servers.ts';

const NOTICES = Number(process.argv[2] ?? 10_000);
const PARTIES = 50;
const EACH_SESSION = 5;
const BY = { kind: 'system', name: 'bench' } as const;

type Kind = 'healthy' | 'slow' | 'failing' | 'dead';
const kindOf = (index: number): Kind =>
  index < 4 ? 'slow' : index < 7 ? 'failing' : index < 10 ? 'dead' : 'healthy';

interface Party {
  readonly kind: Kind;
  readonly clientId: string;
  readonly server: Server;
}

const servers = await startServers();
try {
  const { openTestDoor } = await import('../test/oidc/door-harness.ts');
  const { aPerson } = await import('../test/oidc/people.ts');
  const { RelyingParty } = await import('../test/oidc/relying-party.ts');
  const { endSession } = await import('../src/sessions/end-session.ts');
  const { createQueue } = await import('../src/storage/queue.ts');
  const test = await openTestDoor({ remote: { allowsLoopback: true } });
  const person = await aPerson(test);
  const parties: Party[] = [];
  for (let index = 0; index < PARTIES; index += 1) parties.push(await aParty(kindOf(index)));

  async function aParty(kind: Kind): Promise<Party> {
    const server = createServer((request, response) => {
      request.resume();
      request.on('end', () => answer(kind, response));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    if (kind === 'dead') await new Promise((resolve) => server.close(resolve));
    const client = await test.register({
      client_name: kind,
      backchannel_logout_uri: `http://localhost:${port}/logout`,
      id_token_signed_response_alg: 'ES256',
    });
    return { kind, clientId: client.client_id, server };
  }

  const sessions = Math.ceil(NOTICES / EACH_SESSION);
  const digests = await makeSessions(sessions);
  const rp = await RelyingParty.at(test.issuer, await test.register());
  const queue = createQueue({
    ...{ pool: test.stores.pool, tasks: test.door.tasks, log: { warn: () => {} } },
    concurrency: 8,
  });
  await queue.start();

  const begun = performance.now();
  let isDone = false;
  const signIns = signInMeanwhile();
  for (const uidDigest of digests)
    await endSession(test.stores.db, { uidDigest, by: BY, reason: 'bench', at: new Date() });
  const ended = performance.now();
  await untilHealthyAreTold();
  const told = performance.now();
  isDone = true;
  const waits = await signIns;
  await queue.stop();
  await report({ ended: ended - begun, told: told - begun, waits });
  await checkReceipts();
  for (const { server } of parties) server.close();
  await test.stop();

  /** As sign-ins leave them: rows of sessions with five relying parties each. */
  async function makeSessions(count: number): Promise<Buffer[]> {
    const { rows } = await test.stores.pool.query(
      `insert into sessions (uid_digest, person, kind, epoch, generation, started_at, absolute_end, idle_seconds)
       select sha256(n::text::bytea), $1, 'own-device', 0, (select generation from order_clock), now(),
         now() + interval '1 hour', 3600 from generate_series(1, $2) n returning uid_digest`,
      [person.number, count],
    );
    const clients = parties.map(({ clientId }) => clientId);
    await test.stores.pool.query(
      `insert into session_relying_parties (session_uid_digest, client_id, sid, person, first_at)
       select sha256(n::text::bytea), ($3::text[])[1 + (n * $4 + k) % $5], 's' || n || '-' || k, $1, now()
       from generate_series(1, $2) n, generate_series(0, $4 - 1) k`,
      [person.number, count, clients, EACH_SESSION, PARTIES],
    );
    return rows.map(({ uid_digest }) => uid_digest);
  }

  async function signInMeanwhile(): Promise<number[]> {
    const waits: number[] = [];
    while (!isDone) {
      const browser = test.browser();
      browser.person = `${person.id} one`;
      const from = performance.now();
      await browser.open((await rp.authorizationUrl()).url);
      waits.push(performance.now() - from);
      await pause(50);
    }
    return waits.sort((one, other) => one - other);
  }

  async function untilHealthyAreTold(): Promise<void> {
    const healthy = parties.filter(({ kind }) => kind === 'healthy').map(({ clientId }) => clientId);
    for (;;) {
      const { rows } = await test.stores.pool.query(
        `select count(*)::int as n from logout_notices where client_id = any($1) and state <> 'confirmed'`,
        [healthy],
      );
      if (rows[0].n === 0) return;
      await pause(100);
    }
  }

  /** Of whom each session had reached, by the rows of the sessions and not of the notices. */
  async function checkReceipts(): Promise<void> {
    const { rows } = await test.stores.pool.query(
      `select count(*)::int as reached, count(n.state)::int as receipts
       from session_relying_parties r left join logout_notices n using (session_uid_digest, client_id)
       where r.client_id = any($1)`,
      [parties.map(({ clientId }) => clientId)],
    );
    const [{ reached, receipts }] = rows;
    const expected = sessions * EACH_SESSION;
    console.log(`${receipts} receipts for the ${expected} that had to be told`);
    if (reached !== expected || receipts !== expected) process.exitCode = 1;
  }

  async function report(given: { ended: number; told: number; waits: number[] }): Promise<void> {
    const { rows } = await test.stores.pool.query(
      `select c.metadata->>'client_name' as kind, n.state, count(*)::int as notices, max(n.attempts) as attempts
       from logout_notices n join clients c using (client_id) group by 1, 2 order by 1, 2`,
    );
    console.table(rows);
    const seconds = (milliseconds: number) => (milliseconds / 1000).toFixed(1);
    const at = (share: number) => Math.round(given.waits[Math.floor(given.waits.length * share)] ?? 0);
    console.log(
      `${sessions} sessions ended in ${seconds(given.ended)} s, ${NOTICES} notices among ${PARTIES} parties`,
    );
    console.log(
      `every healthy one told after ${seconds(given.told)} s, ${Math.round(NOTICES / (given.told / 1000))} notices/s`,
    );
    console.log(`meanwhile ${given.waits.length} sign-ins: median ${at(0.5)} ms, 95 % within ${at(0.95)} ms`);
  }
} finally {
  await servers.stop();
}

/** Slow ones answer after their time is up. */
function answer(kind: Kind, response: ServerResponse): void {
  if (kind === 'healthy') response.writeHead(204).end();
  else if (kind === 'failing') response.writeHead(500).end();
  else setTimeout(() => response.writeHead(204).end(), 8000).unref();
}
