import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { decodeJwt } from 'jose';
import { openTestDoor, type TestDoor } from '../oidc/door-harness.ts';
import { type Listener, listen } from '../oidc/listener.ts';
import { aPerson, type Person } from '../oidc/people.ts';
import { RelyingParty } from '../oidc/relying-party.ts';
import { commandLine, jsonOf, type Run } from '../relying-parties/command-line.ts';

/** As many tries as there are, see src/sessions/logout-notices.ts. */
const ALL_TRIES = 13;

let test: TestDoor;
let lina: Person;
let run: Run;
const opened: Listener[] = [];

interface Party {
  rp: RelyingParty;
  id: string;
  answers(status: number): void;
}

/** Who says yes, who says no, who says nothing that counts, and who said yes once and is asked again. */
let willing: Party;
let refusing: Party;
let silent: Party;
let tardy: Party;
/** The sids of its two sessions: the one of three days ago, and the one of now. */
const tardySids: string[] = [];
let silentSid: string;
let refusingSid: string;

beforeAll(async () => {
  test = await openTestDoor({ remote: { allowsLoopback: true } });
  run = commandLine(test.stores);
  lina = await aPerson(test);
  [willing, refusing, silent, tardy] = [await aParty(), await aParty(), await aParty(), await aParty()];
  refusing.answers(400);
  silent.answers(503);
  [silentSid = ''] = await reachAndLeave([silent]);
  await tell(ALL_TRIES);
  tardySids.push(...(await reachAndLeave([tardy, willing])).slice(0, 1));
  await tell(1);
  await test.stores.pool.query(
    `update logout_notices set created_at = now() - interval '3 days' where client_id = $1`,
    [tardy.id],
  );
  tardy.answers(500);
  const [sid = '', refused = ''] = await reachAndLeave([tardy, refusing, willing]);
  tardySids.push(sid);
  refusingSid = refused;
  await tell(2);
}, 60_000);
afterAll(async () => {
  await test.stop();
  await Promise.all(opened.map((one) => one.stop()));
});

async function aParty(): Promise<Party> {
  const ear = await listen();
  opened.push(ear);
  const rp = await RelyingParty.at(test.issuer, await test.register({ backchannel_logout_uri: ear.url }));
  const answers = (status: number) => ear.answer((response) => response.writeHead(status).end());
  return { rp, id: rp.client.client_id, answers };
}

/** One session, at each of these; its sids there. */
async function reachAndLeave(parties: Party[]): Promise<string[]> {
  const browser = test.browser();
  browser.person = `${lina.id} one`;
  const hints: string[] = [];
  for (const { rp } of parties) hints.push((await rp.signIn(browser)).id_token ?? '');
  await browser.open(`/session/end?id_token_hint=${hints[0]}`);
  return hints.map((hint) => String(decodeJwt(hint).sid));
}

/** As if the pauses between so many tries were over. */
async function tell(times: number): Promise<void> {
  for (let time = 0; time < times; time += 1) {
    await test.stores.pool.query('update graphile_worker._private_jobs set run_at = now()');
    await test.queue.drain();
  }
}

interface Status {
  since: string;
  relying_parties: { client_id: string; pending_since: string | null }[];
  not_confirmed: { client_id: string; ended_at: string }[];
}

const status = (days?: string) =>
  jsonOf<Status>(run('logouts status', [], { options: { ...(days && { days }) } }));

const none = { confirmed: 0, refused: 0, unknown: 0, pending: 0, pending_since: null };
const byId = (one: { client_id: string }, other: { client_id: string }) =>
  one.client_id < other.client_id ? -1 : 1;

async function endOf(sid: string): Promise<string> {
  const { rows } = await test.stores.pool.query('select created_at from logout_notices where sid = $1', [
    sid,
  ]);
  return rows[0].created_at.toISOString();
}

describe('logouts status', () => {
  it('counts the receipts of each relying party since yesterday', async () => {
    const { relying_parties, since } = await status();
    expect(Math.abs(Date.now() - 86_400_000 - Date.parse(since))).toBeLessThan(60_000);
    expect(relying_parties).toEqual(
      [
        { ...none, client_id: willing.id, confirmed: 2 },
        { ...none, client_id: refusing.id, refused: 1 },
        { ...none, client_id: silent.id, unknown: 1 },
        { ...none, client_id: tardy.id, pending: 1, pending_since: await endOf(tardySids[1] ?? '') },
      ].sort(byId),
    );
  });

  it('names each notice that nobody confirmed: the session, the tries and the last answer', async () => {
    const { not_confirmed } = await status();
    const ends = { silent: await endOf(silentSid), now: await endOf(refusingSid) };
    const [first, ...later] = not_confirmed;
    expect(first).toEqual({
      ...{ client_id: silent.id, sid: silentSid, receipt: 'unknown' },
      ...{ attempts: ALL_TRIES, last_status: 503, ended_at: ends.silent },
    });
    expect(later).toEqual(
      [
        {
          ...{ client_id: refusing.id, sid: refusingSid, receipt: 'refused' },
          ...{ attempts: 1, last_status: 400, ended_at: ends.now },
        },
        {
          ...{ client_id: tardy.id, sid: tardySids[1], receipt: 'pending' },
          ...{ attempts: 2, last_status: 500, ended_at: ends.now },
        },
      ].sort(byId),
    );
  });

  it('looks as far back as it is asked to', async () => {
    const { relying_parties, not_confirmed } = await status('4');
    expect(relying_parties.find(({ client_id }) => client_id === tardy.id)).toMatchObject({
      confirmed: 1,
      pending: 1,
      pending_since: await endOf(tardySids[1] ?? ''),
    });
    expect(not_confirmed).toHaveLength(3);
    expect((await status('0.0000001')).relying_parties).toEqual([]);
    for (const days of ['0', '366', 'many']) await expect(status(days)).rejects.toThrow('--days');
  });

  it('says the same in a line for each', async () => {
    const said = await run('logouts status');
    expect(said.outcome === 'done' && said.lines).toEqual(
      [
        { client_id: willing.id, says: 'confirmed 2, refused 0, unknown 0, pending 0' },
        { client_id: refusing.id, says: 'confirmed 0, refused 1, unknown 0, pending 0' },
        { client_id: silent.id, says: 'confirmed 0, refused 0, unknown 1, pending 0' },
        { client_id: tardy.id, says: 'confirmed 0, refused 0, unknown 0, pending 1' },
      ]
        .sort(byId)
        .map(({ client_id, says }) => `${client_id}  ${says}`),
    );
  });
});
