import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { decodeJwt } from 'jose';
import { getPersonIds } from '../../src/directory/persons.ts';
import { aHead, enter, nextCode } from '../console/staff.ts';
import { PASSWORD, type Someone, somebody } from '../login/people.ts';
import { type Listener, listen } from '../oidc/listener.ts';
import type { Application, Tokens } from '../support/application.ts';
import type { Visitor } from '../support/visitor.ts';
import { type World, wholeWorld } from '../support/world.ts';
import { signIn } from './people.ts';

let world: World;
let ear: Listener;
let timetable: Application;
let lina: Someone;
/** Three browsers of Lina's, each of which has been at the timetable. */
let here: Session;
let there: Session;
let last: Session;

beforeAll(async () => {
  world = await wholeWorld({
    change: (config) => ({ ...config, remote: { ...config.remote, allowsLoopback: true } }),
  });
  ear = await listen();
  timetable = await world.register({ backchannel_logout_uri: ear.url });
}, 60_000);
afterAll(async () => {
  await ear.stop();
  await world.close();
});
beforeEach(async () => {
  ear.tokens.length = 0;
  lina = await somebody(world);
  [here, there, last] = [await begin(lina), await begin(lina), await begin(lina)];
  // Nobody's end but hers is told.
  await begin(await somebody(world));
});

interface Session {
  visitor: Visitor;
  /** Whom the timetable takes it for. */
  subject: Subject;
}

interface Subject {
  sub: unknown;
  sid: unknown;
}

async function begin(who: Someone): Promise<Session> {
  const visitor = world.visitor();
  await signIn(visitor, who);
  const { code = '' } = await timetable.ask(visitor);
  const { id_token } = (await (await timetable.exchange(code)).json()) as Tokens;
  return { visitor, subject: subjectOf(id_token) };
}

function subjectOf(token: string): Subject {
  const { sub, sid } = decodeJwt(token);
  return { sub, sid };
}

async function pending(): Promise<number> {
  const { rows } = await world.stores.pool.query(
    `select count(*)::int as n from logout_notices where state = 'pending'`,
  );
  return rows[0].n;
}

async function expectTold(...sessions: Session[]): Promise<void> {
  await world.app.notices.drain();
  // A job waits for half a second only: on a slow machine a receipt may come after it.
  while ((await pending()) > 0) await pause(20);
  const bySid = (one: Subject, other: Subject) => String(one.sid).localeCompare(String(other.sid));
  const subjects = sessions.map(({ subject }) => subject);
  expect(ear.tokens.map(subjectOf).sort(bySid)).toEqual(subjects.sort(bySid));
  for (const { sub, sid } of subjects) expect([typeof sub, typeof sid]).toEqual(['string', 'string']);
}

describe('a relying party is told of an end on the pages of the account', () => {
  async function press(path: string, fields: Record<string, string> = {}): Promise<void> {
    const { csrf } = here.visitor;
    expect((await here.visitor.post(path, { csrf, ...fields })).status).toBe(303);
  }

  it('of one session, and of no other', async () => {
    const { text } = await here.visitor.open('/account');
    const [newest, ...older] = [...text.matchAll(/name="session" value="([^"]+)"/g)].map(([, id]) => id);
    expect(older).toHaveLength(1);
    await press('/account/sessions/end', { session: newest ?? '' });
    await expectTold(last);
  });

  it('of all sessions but this one', async () => {
    await here.visitor.open('/account');
    await press('/account/sessions/end-others');
    await expectTold(there, last);
  });

  it('of this session, by signing out', async () => {
    await here.visitor.open('/account');
    await press('/account/sign-out');
    await expectTold(here);
  });

  it('of every session, by a change of the password, the one that goes on under another name too', async () => {
    await here.visitor.open('/account/password');
    const changed = await here.visitor.submit({
      current: PASSWORD,
      password: 'cinq chaises dans le couloir',
    });
    expect(changed.url).toBe('/account?done=password');
    await expectTold(here, there, last);
  });

  it('of every session, by the lock of one’s own account', async () => {
    await here.visitor.open('/account/lock');
    expect((await here.visitor.submit({ confirm: 'yes' })).text).toContain('Votre compte est bloqué');
    await expectTold(here, there, last);
  });
});

describe('a relying party is told of every session that staff end in the console', () => {
  it.each([
    ['by a lock', 'lock', 'locked'],
    ['by a reset', 'reset', 'reset'],
  ])('%s', async (_, act, done) => {
    const head = await aHead(world);
    const desk = await enter(world, head);
    const path = `/console/people/${(await getPersonIds(world.parts.db, lina.person)).id}`;
    await desk.get(`${path}/${act}`);
    const typed = { csrf: desk.csrf, reason: 'compte prêté', otp: nextCode(world, head) };
    const { headers } = await desk.post(`${path}/${act}`, typed);
    expect(headers.get('location')).toBe(`${path}?done=${done}`);
    await expectTold(here, there, last);
  });
});
