import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { liftLock, lockAccount } from '../../src/accounts/locks.ts';
import { findWindow } from '../../src/activation/windows/store.ts';
import type { Actor } from '../../src/audit/actor.ts';
import { activate, actorOf, anAdult, link, printFor } from './people.ts';
import { activationWorld, BY, UAI, type World } from './world.ts';

let world: World;
let production: World;
beforeAll(async () => {
  [world, production] = await Promise.all([activationWorld(), activationWorld({ mode: 'production' })]);
});
afterAll(() => Promise.all([world.close(), production.close()]));

const begin = async (code: string, proof: string, on = world) =>
  (await on.activation.begin(on.activation.classWindow, { code, proof })).outcome;

async function why(person: number, on = world): Promise<unknown> {
  return (await on.events(person)).filter(({ name }) => name === 'activation.refused').at(-1)?.details
    .because;
}

async function aClass(className: string, count: number, on = world) {
  const persons = await on.people({ className, count });
  const codes = [...(await on.print(className)).values()];
  return { persons, codes, ...(await on.open(className)) };
}

async function windowOf(id: string) {
  return world.stores.db
    .selectFrom('activation_windows')
    .select(['wrong_words', 'closed_at', 'closed_because'])
    .where('id', '=', id)
    .executeTakeFirstOrThrow();
}

describe('the wrong words of a window', () => {
  it('are five a letter: one pupil alone closes nothing for the others', async () => {
    const { codes, id, word } = await aClass('W1', 3);
    const [mine = '', yours = ''] = codes;
    for (let n = 0; n < 20; n += 1) await begin(mine, 'faux');
    expect(await windowOf(id)).toMatchObject({ wrong_words: 5, closed_at: null });
    expect(await begin(yours, word)).toBe('begun');
  });

  it('are fifteen of all letters together: then the window is closed, and says why', async () => {
    const { persons, codes, id, word } = await aClass('W2', 6);
    for (const code of codes.slice(0, 3)) {
      for (let n = 0; n < 5; n += 1) expect(await begin(code, 'faux')).toBe('refused');
    }
    expect(await windowOf(id)).toMatchObject({ wrong_words: 15, closed_because: 'wrong-words' });
    expect(await begin(codes[5] ?? '', word)).toBe('refused');
    expect(await why(persons[5] ?? 0)).toBe('no-window');
    // What the teacher's page reads.
    expect(await findWindow(world.stores.db, id)).toMatchObject({ closedBecause: 'wrong-words' });
    const closed = await world.stores.db
      .selectFrom('audit_events')
      .select('details')
      .where('name', '=', 'activation.window-closed')
      .execute();
    expect(closed.map(({ details }) => details)).toContainEqual({ window: id, because: 'wrong-words' });
    // Another in a moment, with another word.
    const { word: next } = await world.open('W2');
    expect(await begin(codes[5] ?? '', next)).toBe('begun');
  });

  it('are not what thirty pupils at once type right', async () => {
    const { codes, word, id } = await aClass('W3', 30);
    const outcomes = await Promise.all(codes.map((code) => begin(code, word)));
    expect(outcomes.filter((outcome) => outcome === 'begun')).toHaveLength(30);
    expect(await windowOf(id)).toMatchObject({ wrong_words: 0, closed_at: null });
  });

  it('stop thirty stolen letters after fifteen tries, all at once', async () => {
    const { codes, id } = await aClass('W4', 30);
    await Promise.all(codes.flatMap((code) => Array.from({ length: 5 }, () => begin(code, 'faux'))));
    expect(await windowOf(id)).toMatchObject({ wrong_words: 15, closed_because: 'wrong-words' });
  });
});

describe('whoever printed the letters', () => {
  async function opened(letters: { printer: Actor; opener: number }, className: string) {
    const [person = 0] = await world.people({ className });
    const code = await printFor(world, { person, className, by: letters.printer });
    const word = 'carotte';
    const { id } = await world.open(className);
    // As the row would be, had the console not refused: here it is asked again where the word is typed.
    await world.stores.db
      .updateTable('activation_windows')
      .set({
        opened_by: JSON.stringify(actorOf(letters.opener)),
        opener_epoch: 0,
        word_digest: world.digests.of('window-word', word),
      })
      .where('id', '=', id)
      .execute();
    return { person, code, word };
  }

  it('has no word for the board, nor has anybody linked with them', async () => {
    const clerk = await anAdult(world);
    const teaching = (className: string) => anAdult(world, { profile: 'teacher', className });
    const one = await teaching('H1');
    const same = await opened({ printer: actorOf(one), opener: one }, 'H1');
    expect(await begin(same.code, same.word)).toBe('refused');
    expect(await why(same.person)).toBe('same-hands');
    const apart = await opened({ printer: actorOf(clerk), opener: await teaching('H2') }, 'H2');
    expect(await begin(apart.code, apart.word)).toBe('begun');
    const other = await teaching('H3');
    await link(world, clerk, other);
    const linked = await opened({ printer: actorOf(clerk), opener: other }, 'H3');
    expect(await begin(linked.code, linked.word)).toBe('refused');
    expect(await why(linked.person)).toBe('same-hands');
  });

  it('is told before a window opens, and so is who ticked them: no class types a word that opens nothing', async () => {
    const className = 'H7';
    const [ticked, apart] = [
      await anAdult(world, { profile: 'teacher', className }),
      await anAdult(world, { profile: 'teacher', className }),
    ];
    await world.people({ className });
    const [letter] = await world.letters(className);
    const batch = letter?.batch.id ?? '';
    const asked = { uai: UAI, className, minutes: 20, pupils: undefined };
    expect(await world.activation.openWindow({ ...asked, by: actorOf(ticked) })).toMatchObject({
      outcome: 'opened',
    });
    await world.activation.handOver({ batch, which: { take: 'all' }, by: actorOf(ticked) });
    expect(await world.activation.openWindow({ ...asked, by: actorOf(ticked) })).toEqual({
      outcome: 'printed-letters',
    });
    expect(await world.activation.openWindow({ ...asked, by: actorOf(apart) })).toMatchObject({
      outcome: 'opened',
    });
  });

  it('has no word once they had to be locked, though the lock is lifted: a window of before stays dead', async () => {
    const className = 'H6';
    const teacher = await anAdult(world, { profile: 'teacher', className });
    const [person = 0] = await world.people({ className });
    const code = await printFor(world, { person, className });
    const at = world.now();
    const by = actorOf(teacher);
    const openAsTeacher = () =>
      world.activation.openWindow({ uai: UAI, className, minutes: 20, by, pupils: undefined });
    const first = await openAsTeacher();
    if (first.outcome !== 'opened') throw new Error(first.outcome);
    expect(await begin(code, first.word)).toBe('begun');
    await world.stores.db.transaction().execute(async (tx) => {
      const locked = await lockAccount(tx, BY, { person: teacher, reason: 'stolen', at });
      if (locked.outcome !== 'locked') throw new Error(locked.outcome);
      await liftLock(tx, BY, { lock: locked.lock, reason: 'found', at });
    });
    expect(await begin(code, first.word)).toBe('refused');
    expect(await why(person)).toBe('no-window');
    const next = await openAsTeacher();
    if (next.outcome !== 'opened') throw new Error(next.outcome);
    expect(await begin(code, next.word)).toBe('begun');
  });

  it('is nobody who was locked, or teaches the class no more, since they opened', async () => {
    const ends: Record<string, (teacher: number) => Promise<unknown>> = {
      locked: (person) =>
        world.stores.db
          .transaction()
          .execute((tx) => lockAccount(tx, BY, { person, reason: 'stolen', at: world.now() })),
      gone: (person) =>
        world.stores.db
          .updateTable('memberships')
          .set({ until_at: world.now() })
          .where('person', '=', person)
          .execute(),
    };
    for (const [className, end] of Object.entries(ends)) {
      const teacher = await anAdult(world, { profile: 'teacher', className });
      const { person, code, word } = await opened({ printer: BY, opener: teacher }, className);
      expect(await begin(code, word)).toBe('begun');
      await end(teacher);
      expect(await begin(code, word)).toBe('refused');
      expect(await why(person)).toBe('no-window');
    }
  });

  it('made nobody a teacher of that class, and was not made staff by the teacher', async () => {
    for (const [className, who] of [
      ['H4', 'teacher'],
      ['H5', 'printer'],
    ] as const) {
      const [[person = 0], clerk] = [await world.people({ className }), await anAdult(world)];
      const [teacher = 0] = await world.people({ className, profile: 'teacher' });
      await activate(world, teacher);
      const [hand, made] = who === 'teacher' ? [clerk, teacher] : [teacher, clerk];
      const { id: plan } = await world.stores.db
        .insertInto('roster_plans')
        .values({
          ...{ made_by: JSON.stringify(actorOf(hand)), made_at: world.now(), directory_version: 1 },
          ...{ state: 'applied', summary: '{}', hands: JSON.stringify([actorOf(hand)]) },
        })
        .returning('id')
        .executeTakeFirstOrThrow();
      await world.stores.db
        .updateTable('memberships')
        .set({ plans: [plan] })
        .where('person', '=', made)
        .execute();
      const code = await printFor(world, { person, className, by: actorOf(clerk) });
      const window = await world.activation.openWindow({
        ...{ uai: UAI, className, minutes: 20, by: BY },
      });
      if (window.outcome !== 'opened') throw new Error(window.outcome);
      await world.stores.db
        .updateTable('activation_windows')
        .set({ opened_by: JSON.stringify(actorOf(teacher)), opener_epoch: 0 })
        .where('id', '=', window.id)
        .execute();
      expect(await begin(code, window.word)).toBe('refused');
      expect(await why(person)).toBe('same-hands');
    }
  });

  it('is told apart by account where it is an operator, whatever machine, in production alone', async () => {
    const { persons, codes, word } = await aClass('P1', 1, production);
    expect(await begin(codes[0] ?? '', word, production)).toBe('refused');
    expect(await why(persons[0] ?? 0, production)).toBe('same-hands');
    for (const [osUser, host, outcome] of [
      ['root', 'another-container', 'refused'],
      ['somebody', 'here', 'begun'],
    ] as const) {
      const by: Actor = { kind: 'operator', name: 'test', osUser, host };
      const window = await production.activation.openWindow({ uai: UAI, className: 'P1', minutes: 20, by });
      if (window.outcome !== 'opened') throw new Error(window.outcome);
      expect(await begin(codes[0] ?? '', window.word, production)).toBe(outcome);
    }
  });
});
