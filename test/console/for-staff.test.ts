import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { endOrder } from '../../src/crisis/end-order.ts';
import { PASSWORD, somebody, withRecoveryCodes, withTotp } from '../login/people.ts';
import { BY, type World, wholeWorld } from '../support/world.ts';
import { freeze } from '../whole/people.ts';
import { aHead, aMember, aTeacher, enter } from './staff.ts';

let world: World;
beforeAll(async () => {
  world = await wholeWorld();
}, 60_000);
afterAll(() => world.close());

describe('the door of the console', () => {
  it('sends who is not signed in through the sign-in, and back to the page they wanted', async () => {
    const head = await aHead(world);
    const visitor = world.visitor();
    const { url } = await visitor.open('/console');
    expect(url).toMatch(/^\/interaction\//);
    await visitor.submit({ username: head.username, password: PASSWORD });
    const arrived = await visitor.submit({ otp: head.codeAt(world.now()) });
    expect([arrived.url, arrived.status]).toEqual(['/console', 200]);
    expect(arrived.text).toContain('Direction de l’établissement');
  });

  it('is found from the start page by whoever has a right, and by nobody else', async () => {
    const head = await aHead(world);
    const link = 'href="/console"';
    expect((await (await enter(world, head)).get('/')).text).toContain(link);
    const pupil = await somebody(world, 'pupil');
    const { codeAt } = await withTotp(world, pupil);
    expect((await (await enter(world, { ...pupil, codeAt }, '/account')).get('/')).text).not.toContain(link);
  });

  it('opens to nobody with a password alone: they are told where a second factor is added', async () => {
    const head = await aHead(world);
    await world.parts.db.deleteFrom('totp_factors').where('person', '=', head.person).execute();
    const visitor = world.visitor();
    await visitor.open('/account');
    await visitor.submit({ username: head.username, password: PASSWORD });
    const { status, text } = await visitor.open('/console');
    expect(status).toBe(403);
    expect(text).toContain('/account/second-factor');
  });

  it('asks a session of one factor for both once the second is there', async () => {
    const member = await somebody(world, 'staff');
    const visitor = world.visitor();
    await visitor.open('/account');
    await visitor.submit({ username: member.username, password: PASSWORD });
    await withTotp(world, member);
    const { url } = await visitor.open('/console');
    expect(url).toMatch(/^\/interaction\//);
  });

  it('counts a second factor for a day, as every session does', async () => {
    const head = await aHead(world);
    const visitor = await enter(world, head);
    await world.parts.db
      .updateTable('sessions')
      .set({ absolute_end: new Date(Date.now() + 10 ** 9) })
      .execute();
    expect((await visitor.get('/console')).status).toBe(200);
    world.wait(86_400_000 + 60_000);
    expect((await visitor.get('/console')).status).toBe(303);
    world.wait(-86_400_000 - 60_000);
  });

  it('shows a calm page to pupils and guardians, whatever they signed in with', async () => {
    const pupil = await somebody(world, 'pupil');
    const { codeAt } = await withTotp(world, pupil);
    const visitor = await enter(world, { ...pupil, codeAt }, '/account');
    const { status, text } = await visitor.open('/console');
    expect(status).toBe(403);
    expect(text).toContain('pour les personnels');
  });

  it('waits with a page while the person is frozen, and opens again', async () => {
    const head = await aHead(world);
    const visitor = await enter(world, head);
    const id = await freeze(world, { person: [head.person] });
    expect((await visitor.get('/console')).status).toBe(403);
    await endOrder(world.parts.db, BY, { id, reason: 'test' }, world.now());
    const { version } = await world.parts.db
      .selectFrom('order_clock')
      .select('version')
      .executeTakeFirstOrThrow();
    await world.orders.upTo(version);
    expect((await visitor.get('/console')).status).toBe(200);
  });

  it('gives a staff session: half an hour idle, ten hours in all', async () => {
    const teacher = await aTeacher(world, ['6A']);
    await enter(world, teacher);
    const session = await world.parts.db
      .selectFrom('sessions')
      .selectAll()
      .where('person', '=', teacher.person)
      .executeTakeFirstOrThrow();
    expect(session.kind).toBe('staff');
    expect(session.idle_seconds).toBe(1800);
    expect(session.absolute_end.getTime() - session.started_at.getTime()).toBe(36_000_000);
  });

  it('asks rights anew at each page: what the roster ends is over at once', async () => {
    const teacher = await aTeacher(world, ['6A']);
    const visitor = await enter(world, teacher);
    await world.parts.db
      .updateTable('memberships')
      .set({ until_at: world.now() })
      .where('person', '=', teacher.person)
      .execute();
    expect((await visitor.get('/console')).status).toBe(403);
  });

  it('lets in with a recovery code: it is a second factor at the door', async () => {
    const head = await aHead(world);
    const [code = ''] = await withRecoveryCodes(world, head);
    const visitor = world.visitor();
    await visitor.open('/console');
    const { url } = await visitor.submit({ username: head.username, password: PASSWORD });
    await visitor.open(url.replace('/second-factor', '/recovery-code'));
    const arrived = await visitor.submit({ code });
    expect([arrived.url, arrived.status]).toEqual(['/console', 200]);
  });

  it('shows a member of the staff without a right the calm page', async () => {
    const nobody = await aMember(world, 'staff');
    const visitor = world.visitor();
    await visitor.open('/console');
    await visitor.submit({ username: nobody.username, password: PASSWORD });
    const { status } = await visitor.submit({ otp: nobody.codeAt(world.now()) });
    expect(status).toBe(403);
  });
});
