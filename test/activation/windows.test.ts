import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { listWindows } from '../../src/activation/windows/list-windows.ts';
import { activationWorld, BY, MINUTE, UAI, type World } from './world.ts';

let world: World;
let demo: World;
beforeAll(async () => {
  [world, demo] = await Promise.all([activationWorld(), activationWorld({ mode: 'demo' })]);
});
afterAll(() => Promise.all([world.close(), demo.close()]));

const open = (asked: object) =>
  world.activation.openWindow({ uai: UAI, className: '6B', minutes: 20, by: BY, ...asked });

describe('class windows', () => {
  it('opens for the dormant pupils of the class, with a word that is kept as a digest alone', async () => {
    await world.people({ count: 2 });
    const opened = await open({});
    expect(opened).toMatchObject({ outcome: 'opened', pupils: 2 });
    if (opened.outcome !== 'opened') return;
    expect(opened.word).toMatch(/^[a-z]{2,}$/);
    const row = await world.stores.db
      .selectFrom('activation_windows')
      .selectAll()
      .where('id', '=', opened.id)
      .executeTakeFirstOrThrow();
    expect(row.word_digest).toHaveLength(32);
    expect(JSON.stringify(row)).not.toContain(opened.word);
    expect(row.closes_at.getTime() - row.opened_at.getTime()).toBe(20 * MINUTE);
  });

  it('lists those ticked present, and refuses who is of another class', async () => {
    const [one = 0] = await world.people({ className: '6C', count: 3 });
    const [other = 0] = await world.people({ className: '6D' });
    expect(await open({ className: '6C', pupils: [await world.idOf(one)] })).toMatchObject({ pupils: 1 });
    const both = [await world.idOf(one), await world.idOf(other)];
    expect((await open({ className: '6C', pupils: both })).outcome).toBe('not-in-this-class');
  });

  it.each([0, 21, 1.5, -3, Number.NaN])('refuses %p minutes', async (minutes) => {
    expect((await open({ minutes })).outcome).toBe('wrong-minutes');
  });

  it('refuses a school, a class and pupils that are not there', async () => {
    await world.people({ className: '6E', profile: 'teacher' });
    expect((await open({ uai: '0999999Z' })).outcome).toBe('unknown-school');
    expect((await open({ className: 'none' })).outcome).toBe('unknown-class');
    expect((await open({ className: '6E' })).outcome).toBe('nobody-dormant');
  });

  it('takes no chosen word outside the demo', async () => {
    expect((await open({ word: 'carotte' })).outcome).toBe('only-in-demo');
    await demo.people({});
    const asked = { uai: UAI, className: '6B', minutes: 20, by: BY, word: 'Carotte' };
    expect(await demo.activation.openWindow(asked)).toMatchObject({ outcome: 'opened', word: 'carotte' });
    expect((await demo.activation.openWindow({ ...asked, word: 'c4rotte' })).outcome).toBe('no-such-word');
  });

  it('keeps the demo class open with the same word, each window as short as any other', async () => {
    await demo.people({ className: '3A' });
    const kept = await demo.activation.keepWindowOpen(
      { uai: UAI, className: '3A', by: BY, word: 'navire' },
      (error) => {
        throw error;
      },
    );
    if (!('first' in kept)) throw new Error(kept.outcome);
    expect(kept.first.word).toBe('navire');
    kept.stop();
  });

  it('closes the former window of the class, however many open at once', async () => {
    await world.people({ className: '6F' });
    await Promise.all(Array.from({ length: 5 }, () => open({ className: '6F' })));
    const windows = await listWindows(world.stores.db, world.now());
    expect(windows.filter(({ className }) => className === '6F')).toHaveLength(1);
  });

  it('is closed once, by hand or by time', async () => {
    await world.people({ className: '6G' });
    const { id } = await world.open('6G');
    expect(await world.activation.closeWindow({ id, by: BY })).toEqual({ outcome: 'closed' });
    expect(await world.activation.closeWindow({ id, by: BY })).toEqual({ outcome: 'not-open' });
    expect(await world.activation.closeWindow({ id: 'x', by: BY })).toEqual({ outcome: 'not-open' });
    const late = await world.open('6G');
    world.wait(21 * MINUTE);
    expect((await listWindows(world.stores.db, world.now())).map((window) => window.id)).not.toContain(
      late.id,
    );
    expect(await world.activation.closeWindow({ id: late.id, by: BY })).toEqual({ outcome: 'not-open' });
  });
});
