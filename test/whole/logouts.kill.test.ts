import { mkdtempSync, rmSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { decodeJwt } from 'jose';
import type { Someone } from '../login/people.ts';
import { type Listener, listen } from '../oidc/listener.ts';
import { KILLS } from '../support/amount.ts';
import type { Application, Tokens } from '../support/application.ts';
import { type Environment, environmentFor, type Server, startServer } from '../support/processes.ts';
import { type World, wholeWorld } from '../support/world.ts';
import { signIn, someone } from './people.ts';

/** Long enough for most ends to be noted, and too short for everybody to be told. */
const LONGEST_WAIT = 400;

const folder = mkdtempSync(join(tmpdir(), 'preau-logouts-'));
let world: World;
let environment: Environment;
let server: Server;
let people: Someone[];
const told: Told[] = [];

/** A relying party and what it said yes to. */
interface Told {
  ear: Listener;
  application: Application;
  confirmed: Set<string>;
}

beforeAll(async () => {
  world = await wholeWorld();
  environment = {
    ...environmentFor(world.stores, folder),
    ...{ PREAU_ISSUER: world.issuer, PREAU_LOOPBACK_REMOTES: 'yes' },
  };
  people = [await someone(world), await someone(world)];
  for (const answer of [atOnce, slowly, atTheSecondTry()]) told.push(await aRelyingParty(answer));
  server = await startServer(environment);
}, 60_000);
afterAll(async () => {
  await server.stop();
  await Promise.all(told.map(({ ear }) => ear.stop()));
  await world.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Whether it was a yes. */
type Answer = (sid: string, response: ServerResponse) => Promise<boolean>;

async function aRelyingParty(answer: Answer): Promise<Told> {
  const ear = await listen();
  const confirmed = new Set<string>();
  ear.answer((response: ServerResponse, _: IncomingMessage) => {
    const sid = String(decodeJwt(ear.tokens.at(-1) ?? '').sid);
    void answer(sid, response).then((isYes) => isYes && confirmed.add(sid));
  });
  const application = await world.register({ backchannel_logout_uri: ear.url });
  return { ear, application, confirmed };
}

async function atOnce(_: string, response: ServerResponse): Promise<boolean> {
  response.writeHead(204).end();
  return true;
}

async function slowly(sid: string, response: ServerResponse): Promise<boolean> {
  await pause(Math.random() * 500);
  return atOnce(sid, response);
}

function atTheSecondTry(): Answer {
  const asked = new Set<string>();
  return async (sid, response) => {
    if (asked.has(sid)) return atOnce(sid, response);
    asked.add(sid);
    response.writeHead(503).end();
    return false;
  };
}

/** A session that has reached every relying party. */
interface Session {
  /** In the order of the relying parties. */
  sids: string[];
  end(): Promise<void>;
  /** Préau said that it is over. */
  isAcknowledged: boolean;
}

async function begin(who: Someone): Promise<Session> {
  const visitor = world.visitor().through(server.url);
  await signIn(visitor, who);
  const hints: string[] = [];
  for (const { application } of told) {
    const here = application.through(server.url);
    const { code = '' } = await here.ask(visitor);
    const answer = await here.exchange(code);
    hints.push(((await answer.json()) as Tokens).id_token);
  }
  const session: Session = {
    sids: hints.map((hint) => String(decodeJwt(hint).sid)),
    isAcknowledged: false,
    async end() {
      try {
        const { status } = await visitor.get(`/session/end?id_token_hint=${hints[0]}`);
        session.isAcknowledged = status === 303;
      } catch {
        // The connection broke: nobody knows.
      }
    },
  };
  return session;
}

async function kill(): Promise<void> {
  server.child.kill('SIGKILL');
  await server.ended;
  // A job of a killed process is free again after a minute, and what it was telling after ten seconds: they pass here.
  await world.stores.pool.query(
    `update graphile_worker._private_jobs set locked_at = locked_at - interval '1 hour'`,
  );
  await world.stores.pool.query(
    `update logout_notices set claimed_until = claimed_until - interval '1 hour'`,
  );
  server = await startServer(environment);
}

async function pending(): Promise<number> {
  const { rows } = await world.stores.pool.query(
    `select count(*)::int as n from logout_notices where state = 'pending'`,
  );
  return rows[0].n;
}

/** As if each pause before a next try were a second. */
async function untilAllIsSettled(): Promise<void> {
  const deadline = Date.now() + 60_000;
  while ((await pending()) > 0) {
    if (Date.now() > deadline) throw new Error(`${await pending()} are still to be told`);
    await world.stores.pool.query(
      'update graphile_worker._private_jobs set run_at = now() where locked_at is null',
    );
    await pause(1000);
  }
}

/** By sid, whether the session it belongs to is over, and what the receipt says. */
async function receipts(): Promise<Map<string, { isEnded: boolean; receipt: string | null }>> {
  const { rows } = await world.stores.pool.query(`
    select r.sid, s.ended_at is not null as "isEnded", n.state as receipt
    from session_relying_parties r join sessions s on s.uid_digest = r.session_uid_digest
    left join logout_notices n on n.session_uid_digest = r.session_uid_digest and n.client_id = r.client_id`);
  return new Map(rows.map(({ sid, ...row }) => [sid, row]));
}

it('a kill loses no notice: whoever signed out is signed out everywhere, told at least once and confirmed', async () => {
  const sessions: Session[] = [];
  let interrupted = 0;
  for (let round = 0; round < KILLS; round += 1) {
    const begun = await Promise.all(people.map(begin));
    sessions.push(...begun);
    const ending = begun.map((session) => session.end());
    await pause(Math.random() * LONGEST_WAIT);
    await kill();
    interrupted += await pending();
    await Promise.all(ending);
  }
  await untilAllIsSettled();
  expect(interrupted).toBeGreaterThan(0);
  const found = await receipts();
  for (const { sids, isAcknowledged } of sessions) {
    const ends = sids.map((sid) => found.get(sid));
    if (isAcknowledged) expect(ends.map((end) => end?.isEnded)).toEqual([true, true, true]);
    sids.forEach((sid, index) => {
      const { isEnded, receipt } = found.get(sid) ?? {};
      expect(receipt).toBe(isEnded ? 'confirmed' : null);
      expect(told[index]?.confirmed.has(sid)).toBe(isEnded);
    });
  }
  expect(sessions.filter(({ isAcknowledged }) => isAcknowledged).length).toBeGreaterThan(0);
}, 600_000);
