import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createRegisterClient } from '../../src/relying-parties/register-client.ts';
import { Application, outcomeOf } from '../support/application.ts';
import type { Answer, Visitor } from '../support/visitor.ts';
import { secondsFromNow } from '../support/whole-clock.ts';
import { BY, type World, wholeWorld } from '../support/world.ts';
import { order, PASSWORD, type Someone, somebody, withTotp } from './people.ts';

let world: World;
let application: Application;

beforeAll(async () => {
  world = await wholeWorld();
  application = await world.register();
}, 60_000);
afterAll(() => world.close());

async function signIn(visitor: Visitor, { username }: Someone, to: string): Promise<Answer> {
  await visitor.open(to);
  return visitor.submit({ username, password: PASSWORD });
}

/** Somebody forgot to sign out; who comes after them has typed their password for the application. */
async function stoppedAtSwitch(): Promise<{ visitor: Visitor; page: Answer; next: Someone }> {
  const visitor = world.visitor();
  await signIn(visitor, await somebody(world), '/account');
  // They asked before anybody was signed in, or asked to type a password.
  const next = await somebody(world);
  const page = await signIn(visitor, next, application.authorizationUrl({ prompt: 'login' }));
  expect([page.status, page.url]).toEqual([200, expect.stringMatching(/^\/authorize\//)]);
  expect(page.text).toContain('Une autre personne est encore connectée');
  return { visitor, page, next };
}

/** The buttons of a page, each with its form. */
function press(visitor: Visitor, { text }: Answer, label: string): Promise<Answer> {
  const form =
    (text.match(/<form.*?<\/form>/gs) ?? []).find((one) => one.includes(`>${label}</button>`)) ?? '';
  const action = /action="([^"]*)"/.exec(form)?.[1] ?? `no form with ${label}`;
  const fields = [...form.matchAll(/ name="([^"]+)"[^>]* value="([^"]*)"/g)].map(([, name, value]) => [
    name,
    value,
  ]);
  return visitor.post(action, Object.fromEntries(fields));
}

const DEVICE = 'preau_devices';
const GO_ON = 'Terminer sa session et continuer';

const signedInAs = async (visitor: Visitor): Promise<string> => (await visitor.open('/account')).text;

describe('somebody who finds another still signed in', () => {
  it('cancels, and leaves nothing that the next could go on with', async () => {
    const { visitor, page, next } = await stoppedAtSwitch();
    const cancelled = await press(visitor, page, 'Annuler');
    const back = await visitor.open(cancelled.headers.get('location') ?? 'nowhere');
    expect(outcomeOf(back)).toEqual({ status: 303, error: 'access_denied' });
    expect((await visitor.open(page.url)).status).toBe(400);
    const ended = await press(visitor, page, GO_ON);
    const after = await visitor.open(ended.headers.get('location') ?? 'nowhere');
    expect([after.status, after.left]).toEqual([400, undefined]);
    expect(await signedInAs(visitor)).not.toContain(next.username);
  });

  it('cancels where personas are picked, too', async () => {
    const metadata = { client_name: 'CDI', redirect_uris: ['http://localhost:3001/callback'] };
    const made = await createRegisterClient(world.parts)(BY, { metadata });
    if (made.outcome !== 'registered') throw new Error(made.outcome);
    const onTrial = new Application(world.issuer, made.client);
    const visitor = world.visitor();
    await signIn(visitor, await somebody(world), '/account');
    const { text } = await visitor.open(onTrial.authorizationUrl({ prompt: 'login' }));
    const page = await visitor.submit({ persona: / name="persona" value="([^"]*)"/.exec(text)?.[1] ?? '' });
    const cancelled = await press(visitor, page, 'Annuler');
    const back = await visitor.open(cancelled.headers.get('location') ?? 'nowhere');
    expect(outcomeOf(back)).toEqual({ status: 303, error: 'access_denied' });
    expect((await visitor.open(page.url)).status).toBe(400);
  });

  it('goes on within five minutes', async () => {
    const { visitor, page, next } = await stoppedAtSwitch();
    const { code } = await secondsFromNow(290, async () => {
      const ended = await press(visitor, page, GO_ON);
      return outcomeOf(await visitor.open(ended.headers.get('location') ?? 'nowhere'));
    });
    expect(code).toBeTruthy();
    expect(await signedInAs(visitor)).toContain(next.username);
  });

  it('goes on where the button is pressed twice', async () => {
    const { visitor, page } = await stoppedAtSwitch();
    await press(visitor, page, GO_ON);
    const ended = await press(visitor, page, GO_ON);
    expect(outcomeOf(await visitor.open(ended.headers.get('location') ?? 'nowhere')).code).toBeTruthy();
  });

  it('and left is not signed in by whoever presses the button later', async () => {
    const { visitor, page, next } = await stoppedAtSwitch();
    await secondsFromNow(310, async () => {
      const ended = await press(visitor, page, GO_ON);
      const answer = await visitor.open(ended.headers.get('location') ?? 'nowhere');
      expect([answer.status, answer.left]).toEqual([400, undefined]);
      expect(await signedInAs(visitor)).not.toContain(next.username);
    });
  });

  it('and left is not signed in by an address that is opened once the other has signed out', async () => {
    const { visitor, page, next } = await stoppedAtSwitch();
    await visitor.open('/account');
    await visitor.post('/account/sign-out', { csrf: visitor.csrf });
    await secondsFromNow(310, async () => {
      const answer = await visitor.open(page.url);
      expect([answer.status, answer.left]).toEqual([400, undefined]);
      expect(await signedInAs(visitor)).not.toContain(next.username);
    });
  });
});

describe('a page after the sign-in', () => {
  it('may be read for twenty minutes', async () => {
    const visitor = world.visitor();
    visitor.readsInformation = true;
    const page = await signIn(visitor, await somebody(world), application.authorizationUrl());
    expect(page.url).toMatch(/\/information$/);
    expect(outcomeOf(await secondsFromNow(1200, () => visitor.submit({}))).code).toBeTruthy();
  });
});

describe('between the password and the way back to the application', () => {
  const typed = async (who: Someone): Promise<{ visitor: Visitor; resume: string }> => {
    const visitor = world.visitor();
    await visitor.open(application.authorizationUrl());
    const answer = await visitor.send({ username: who.username, password: PASSWORD });
    return { visitor, resume: answer.headers.get('location') ?? 'nowhere' };
  };
  const lock = async ({ person }: Someone): Promise<void> => {
    const lasting = { until_at: null, lifted_at: null };
    const row = { person, reason: 'x', locked_by: '{}', from_at: new Date(), ...lasting };
    await world.stores.db.insertInto('locks').values(row).execute();
  };
  const freeze = ({ person }: Someone) => order(world, { measure: 'freeze', person });

  it.each([
    ['a lock', lock],
    ['an order', freeze],
  ])('%s leads to a page of ours, and from there to what it says', async (_, stop) => {
    const who = await somebody(world);
    const { visitor, resume } = await typed(who);
    await stop(who);
    const answer = await visitor.open(resume);
    expect([answer.status, answer.left]).toEqual([400, undefined]);
    const refused = await signIn(visitor, who, application.authorizationUrl());
    expect([refused.status, refused.url]).toEqual([403, expect.stringMatching(/^\/interaction\//)]);
  });
});

describe('who stops where an account is paused', () => {
  it('comes to the start page, not to the sign-in that they left', async () => {
    const who = await somebody(world);
    await order(world, { measure: 'freeze', person: who.person });
    const visitor = world.visitor();
    expect((await signIn(visitor, who, '/account')).status).toBe(403);
    expect((await visitor.submit({})).url).toBe('/');
  });
});

describe('signing in again on a device that was called shared', () => {
  const again = { prompt: 'login' };
  const box = ({ text }: Answer) => /<input[^>]*name="shared"[^>]*>/.exec(text)?.[0] ?? 'no box';
  const sessionOf = async ({ person }: Someone) => {
    const { rows } = await world.stores.pool.query(
      `select kind, idle_seconds as idle, extract(epoch from absolute_end - now())::int as left from sessions
       where person = ${person}`,
    );
    return rows;
  };
  const onSharedDevice = async (who: Someone): Promise<Visitor> => {
    const visitor = world.visitor();
    await visitor.open('/account');
    await visitor.submit({ username: who.username, password: PASSWORD, shared: 'yes' });
    expect(await sessionOf(who)).toMatchObject([{ kind: 'shared-device' }]);
    return visitor;
  };
  const expectShared = async (visitor: Visitor, who: Someone): Promise<void> => {
    const [session, ...others] = await sessionOf(who);
    expect([session, others]).toMatchObject([{ kind: 'shared-device', idle: 1200 }, []]);
    expect(session.left).toBeLessThanOrEqual(3600);
    expect(visitor.cookie(DEVICE)).toBeUndefined();
  };

  it('shows the box ticked, and only there', async () => {
    const visitor = await onSharedDevice(await somebody(world, 'guardian'));
    expect(box(await visitor.open(application.authorizationUrl(again)))).toContain(' checked');
    const elsewhere = await world.visitor().open(application.authorizationUrl(again));
    expect(box(elsewhere)).not.toContain(' checked');
  });

  it.each([again, { max_age: '0' }])('stays one, whatever the box says: %j', async (asked) => {
    const who = await somebody(world, 'guardian');
    const visitor = await onSharedDevice(who);
    const { left } = await signIn(visitor, who, application.authorizationUrl(asked));
    expect(left?.searchParams.get('code')).toBeTruthy();
    await expectShared(visitor, who);
  });

  it('stays one with a second factor', async () => {
    const who = await somebody(world, 'guardian');
    const visitor = await onSharedDevice(who);
    const totp = await withTotp(world, who);
    const page = await signIn(visitor, who, application.authorizationUrl(again));
    expect(page.url).toMatch(/\/second-factor$/);
    const { left } = await visitor.submit({ otp: totp.codeAt(new Date()) });
    expect(left?.searchParams.get('code')).toBeTruthy();
    await expectShared(visitor, who);
  });

  it('stays one in a tab that was opened before', async () => {
    const who = await somebody(world, 'guardian');
    const visitor = world.visitor();
    const early = await visitor.open(application.authorizationUrl());
    await visitor.open('/account');
    await visitor.submit({ username: who.username, password: PASSWORD, shared: 'yes' });
    const form = { csrf: visitor.csrf, username: who.username, password: PASSWORD };
    const typed = await visitor.post(early.url, form);
    const { left } = await visitor.open(typed.headers.get('location') ?? 'nowhere');
    expect(left?.searchParams.get('code')).toBeTruthy();
    await expectShared(visitor, who);
  });

  it('is no matter of somebody else, who says for themselves', async () => {
    const visitor = await onSharedDevice(await somebody(world, 'guardian'));
    const other = await somebody(world, 'guardian');
    const page = await signIn(visitor, other, application.authorizationUrl(again));
    const ended = await press(visitor, page, GO_ON);
    await visitor.open(ended.headers.get('location') ?? 'nowhere');
    expect(await sessionOf(other)).toMatchObject([{ kind: 'own-device' }]);
    expect(visitor.cookie(DEVICE)).toBeTruthy();
  });
});
