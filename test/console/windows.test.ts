import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { formatActivationCode } from '../../src/activation/activation-code.ts';
import { KINDS } from '../../src/ledger/kinds.ts';
import type { Answer, Visitor } from '../support/visitor.ts';
import { BY, type World, wholeWorld } from '../support/world.ts';
import { giveProofs } from '../whole/people.ts';
import { type AClass, aClass, linesAbout } from './school.ts';
import { aHead, aTeacher, enter, nextCode, type StaffMember } from './staff.ts';

let world: World;
beforeAll(async () => {
  world = await wholeWorld();
}, 60_000);
afterAll(() => world.close());

interface Teaching {
  one: AClass;
  teacher: StaffMember;
  board: Visitor;
}

async function teaching(): Promise<Teaching> {
  const one = await aClass(world);
  const teacher = await aTeacher(world, [one.className]);
  return { one, teacher, board: await enter(world, teacher) };
}

async function codesOf({ uai, className }: AClass): Promise<Map<number, string>> {
  const printing = await world.activation.printLetters({ uai, className, by: BY });
  if (printing.outcome !== 'printing') throw new Error(printing.outcome);
  const codes = new Map<number, string>();
  for await (const { person, code } of printing.letters) codes.set(person, formatActivationCode(code));
  return codes;
}

function idsIn(text: string): string[] {
  return [...text.matchAll(/type="checkbox" value="([\w-]{36})"/g)].map(([, id = '']) => id);
}

/** Ticks the first so many, and opens. */
async function open({ one, teacher, board }: Teaching, present = 2): Promise<Answer> {
  const { text } = await board.get(`${one.path}/window`);
  const list = /name="list" value="([\w-]+)"/.exec(text)?.[1] ?? '';
  const form = new URLSearchParams({ csrf: board.csrf, minutes: '10', list, otp: nextCode(world, teacher) });
  for (const id of idsIn(text).slice(0, present)) form.append('pupils[]', id);
  return board.post(`${one.path}/window`, form);
}

const wordIn = (text: string): string => /class="board-word">(\w+)</.exec(text)?.[1] ?? '';

describe('the class window of the console', () => {
  it('opens for who is ticked, shows the word for the board, and then who has claimed', async () => {
    const given = await teaching();
    const codes = await codesOf(given.one);
    const opened = await open(given, 2);
    expect(opened.status).toBe(303);
    const path = opened.headers.get('location') ?? '';
    const shown = await given.board.get(path);
    const word = wordIn(shown.text);
    expect(word).toMatch(/^[A-Z]+$/);
    expect(shown.text).toMatch(/Comptes activés\s: 0 sur 2/);

    const listed = await world.parts.db.selectFrom('activation_window_pupils').select('person').execute();
    const present = listed.map(({ person }) => person).filter((person) => given.one.pupils.includes(person));
    const pupil = world.visitor();
    await giveProofs(pupil, { code: codes.get(present[0] ?? 0) ?? '', word });
    await pupil.submit({ password: 'une phrase assez longue' });
    const later = await given.board.get(path);
    expect(later.text.match(/Activé</g)).toHaveLength(1);

    const absent = given.one.pupils.find((person) => !present.includes(person)) ?? 0;
    const stranger = world.visitor();
    const refused = await giveProofs(stranger, { code: codes.get(absent) ?? '', word });
    expect(refused.url).not.toContain('/password');
  });

  it('writes one line per pupil and opening, however often it is looked at', async () => {
    const given = await teaching();
    const path = (await open(given, 2)).headers.get('location') ?? '';
    const before = await linesAbout(world, given.one.pupils, KINDS['staff-read']);
    for (let look = 0; look < 4; look += 1) await given.board.get(`${path}?live=yes`);
    const after = await linesAbout(world, given.one.pupils, KINDS['staff-read']);
    expect(after.length - before.length).toBe(2);
  });

  it('looks again by itself only where that was asked for', async () => {
    const given = await teaching();
    const path = (await open(given)).headers.get('location') ?? '';
    expect((await given.board.get(path)).headers.get('refresh')).toBeNull();
    expect((await given.board.get(`${path}?live=yes`)).headers.get('refresh')).toBe('15');
  });

  it('shows the word in the browser that opened it alone', async () => {
    const given = await teaching();
    const path = (await open(given)).headers.get('location') ?? '';
    world.wait(60_000);
    const elsewhere = await enter(world, given.teacher, path);
    const { text } = await elsewhere.get(path);
    expect(wordIn(text)).toBe('');
    expect(text).toContain('Le mot n’est affiché que sur l’appareil');
  });

  it('closes by its button; then nothing names anybody', async () => {
    const given = await teaching();
    const path = (await open(given)).headers.get('location') ?? '';
    await given.board.get(path);
    await given.board.post(`${path}/close`, { csrf: given.board.csrf });
    const { text } = await given.board.get(path);
    expect(text).toContain('Séance terminée');
    expect(text).not.toContain('Tulipe');
  });

  it('does not open without a fresh code, nor for nobody, nor beyond twenty minutes', async () => {
    const { one, teacher, board } = await teaching();
    const { text } = await board.get(`${one.path}/window`);
    const [id = ''] = idsIn(text);
    const list = /name="list" value="([\w-]+)"/.exec(text)?.[1] ?? '';
    const send = (form: Record<string, string>) =>
      board.post(`${one.path}/window`, { csrf: board.csrf, list, minutes: '10', 'pupils[]': id, ...form });
    expect((await send({ otp: '000000' })).status).toBe(422);
    expect((await send({ otp: nextCode(world, teacher), minutes: '21' })).status).toBe(422);
    expect((await send({ otp: nextCode(world, teacher), 'pupils[]': '' })).status).toBe(422);
    const other = await aClass(world);
    const stranger = await world.parts.db
      .selectFrom('persons')
      .select('id')
      .where('number', '=', other.pupils[0] ?? 0)
      .executeTakeFirstOrThrow();
    expect((await send({ otp: nextCode(world, teacher), 'pupils[]': stranger.id })).status).toBe(422);
    const windows = await world.parts.db
      .selectFrom('activation_windows')
      .select('id')
      .where('class_id', '=', one.classId)
      .execute();
    expect(windows).toEqual([]);
  });

  it('is opened by nobody but who teaches the class, whatever other right they hold', async () => {
    const one = await aClass(world);
    const head = await aHead(world);
    const visitor = await enter(world, head);
    expect((await visitor.get(`${one.path}/window`)).status).toBe(403);
    const elsewhere = await enter(world, await aTeacher(world, [(await aClass(world)).className]));
    expect((await elsewhere.get(`${one.path}/window`)).status).toBe(404);
  });

  it('is refused with a sentence to who printed the letters, and to who is linked to them', async () => {
    const { one, teacher, board } = await teaching();
    const head = await aHead(world);
    const desk = await enter(world, head);
    await desk.get(`${one.path}/letters`);
    const printed = await desk.post(`${one.path}/letters`, { csrf: desk.csrf, otp: nextCode(world, head) });
    expect(printed.status).toBe(200);
    expect((await board.get(`${one.path}/window`)).status).toBe(200);

    // The head also teaches: the roster names them, and they printed.
    await world.parts.db
      .insertInto('memberships')
      .values({
        ...{ person: head.person, uai: one.uai, school_year: 2026, class_id: one.classId },
        ...{ profile: 'teacher', function: null, from_at: world.now() },
      })
      .execute();
    const { status, text } = await desk.get(`${one.path}/window`);
    expect(status).toBe(403);
    expect(text).toContain('Une autre personne doit ouvrir cette séance');

    // The operation itself says so, not the page.
    const [pupil = 0] = one.pupils;
    const { id } = await world.parts.db
      .selectFrom('persons')
      .select('id')
      .where('number', '=', pupil)
      .executeTakeFirstOrThrow();
    const asked = { uai: one.uai, className: one.className, pupils: [id], minutes: 10 };
    const by = (person: number) => ({ kind: 'person', person }) as const;
    expect(await world.activation.openWindow({ ...asked, by: by(head.person) })).toEqual({
      outcome: 'printed-letters',
    });
    expect(await world.activation.openWindow({ ...asked, by: by(teacher.person) })).toMatchObject({
      outcome: 'opened',
    });
  });
});

describe('a class of more than fifty', () => {
  // From a new device each name counts double: two lists of fifty, and a little more.
  beforeAll(() => {
    Object.assign(world.parts.config.reading.budgets.teacher, { hour: 203, day: 1000 });
  });

  it('lists fifty at a time, and keeps what was ticked on the other pages', async () => {
    const one = await aClass(world, { pupils: 53 });
    const teacher = await aTeacher(world, [one.className]);
    const board = await enter(world, teacher);
    const path = `${one.path}/window`;
    const { text: first } = await board.get(path);
    const list = /name="list" value="([\w-]+)"/.exec(first)?.[1] ?? '';
    expect(idsIn(first)).toHaveLength(50);
    expect(await linesAbout(world, one.pupils, KINDS['staff-read'])).toHaveLength(50);
    const form = (fields: Record<string, string>, lists: Record<string, string[]>) => {
      const all = new URLSearchParams({ csrf: board.csrf, list, minutes: '10', ...fields });
      for (const [name, values] of Object.entries(lists)) for (const id of values) all.append(name, id);
      return all;
    };
    const ticked = idsIn(first).slice(0, 2);
    const { status, text: second } = await board.post(
      path,
      form({ page: '1', turn: '2', otp: '' }, { 'pupils[]': ticked }),
    );
    expect([status, idsIn(second).length]).toEqual([200, 3]);
    expect(await linesAbout(world, one.pupils, KINDS['staff-read'])).toHaveLength(53);
    const kept = [...second.matchAll(/name="kept\[\]" value="([\w-]{36})"/g)].map(([, id = '']) => id);
    expect(kept.sort()).toEqual([...ticked].sort());
    expect(second).toContain('2 élèves sont cochés sur les autres pages');

    const opened = await board.post(
      path,
      form({ page: '2', otp: nextCode(world, teacher) }, { 'pupils[]': idsIn(second), 'kept[]': kept }),
    );
    expect(opened.status).toBe(303);
    expect((await board.get(opened.headers.get('location') ?? '')).text).toContain('sur 5');
  });

  it('opens for a whole class of more than fifty, and shows it by pages', async () => {
    const one = await aClass(world, { pupils: 52 });
    const teacher = await aTeacher(world, [one.className]);
    const board = await enter(world, teacher);
    const { text } = await board.get(`${one.path}/window?all=yes`);
    const form = new URLSearchParams({ csrf: board.csrf, minutes: '10', otp: nextCode(world, teacher) });
    for (const [, name = '', value = ''] of text.matchAll(/name="(kept\[\]|list)" value="([\w-]+)"/g)) {
      form.append(name, value);
    }
    for (const id of idsIn(text)) form.append('pupils[]', id);
    const path = (await board.post(`${one.path}/window`, form)).headers.get('location') ?? '';
    const shown = await board.get(path);
    expect(shown.text).toContain('sur 52');
    expect(shown.text.match(/Pas encore</g) ?? []).toHaveLength(50);
    // Where reading is over, the word and the numbers stay.
    const second = await board.get(`${path}?page=2`);
    expect([second.status, second.text.includes('Les noms ne sont plus affichés')]).toEqual([200, true]);
    expect(wordIn(second.text)).toMatch(/^[A-Z]+$/);
  });
});
