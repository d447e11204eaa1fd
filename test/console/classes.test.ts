import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { decoysAmongPupils } from '../../src/console/classes/store.ts';
import { maskOf } from '../../src/ledger/fields.ts';
import { KINDS } from '../../src/ledger/kinds.ts';
import { createJudged } from '../../src/orders/judged.ts';
import { createGrantRight } from '../../src/rights/grant.ts';
import { UAI } from '../login/people.ts';
import { textOfPages } from '../messages/pdf-text.ts';
import type { Answer, Visitor } from '../support/visitor.ts';
import { type World, wholeWorld } from '../support/world.ts';
import { type AClass, aClass, anotherSchool, linesAbout, OTHER_UAI } from './school.ts';
import { aHead, aMember, aTeacher, enter, nextCode, type StaffMember } from './staff.ts';

let world: World;
let head: StaffMember;
let desk: Visitor;
beforeAll(async () => {
  world = await wholeWorld();
  await anotherSchool(world);
  head = await aHead(world);
  desk = await enter(world, head);
}, 60_000);
afterAll(() => world.close());

/** From the page of the form: what it holds, and what was typed. */
async function act(visitor: Visitor, path: string, typed: Record<string, string>): Promise<Answer> {
  const { status } = await visitor.get(path);
  if (status !== 200) throw new Error(`${status} at ${path}`);
  return visitor.post(path, { csrf: visitor.csrf, ...typed });
}

async function print(visitor: Visitor, who: StaffMember, { path }: AClass): Promise<Answer> {
  return act(visitor, `${path}/letters`, { otp: nextCode(world, who) });
}

async function batchOf({ classId }: AClass): Promise<string> {
  const { id } = await world.parts.db
    .selectFrom('letter_batches')
    .select('id')
    .where('class_id', '=', classId)
    .orderBy('printed_at', 'desc')
    .executeTakeFirstOrThrow();
  return id;
}

async function letterStates(pupils: readonly number[]): Promise<string[]> {
  const rows = await world.parts.db
    .selectFrom('letters')
    .select('state')
    .where('person', 'in', [...pupils])
    .orderBy('number')
    .execute();
  return rows.map(({ state }) => state);
}

const CODE =
  /[0-9A-HJKMNP-TV-Z]{4}[ -][0-9A-HJKMNP-TV-Z]{4}[ -][0-9A-HJKMNP-TV-Z]{4}[ -][0-9A-HJKMNP-TV-Z]{4}/;

describe('classes', () => {
  it('count decoys like anybody; only an auditor, who reads nobody, is told how many', async () => {
    const one = await aClass(world, { pupils: 2 });
    const at = world.now();
    const [person = 0] = one.pupils;
    await world.parts.db.insertInto('decoys').values({ person, uai: UAI, made_at: at }).execute();
    const auditor = await aMember(world, 'staff');
    const granted = await createGrantRight({ judged: createJudged(world.parts), now: world.now })({
      by: { kind: 'person', person: head.person },
      to: auditor.person,
      role: 'auditor',
      scope: { kind: 'establishment', uai: UAI },
      confirm: async () => ({ outcome: 'confirmed' }),
    });
    expect(granted.outcome).toBe('granted');
    await print(desk, head, one);
    const batch = `/console/batches/${await batchOf(one)}`;
    const audit = await enter(world, auditor);
    for (const [path, said] of [
      ['/console/schools', 'dont un leurre'],
      [`/console/schools/${UAI}`, 'Dont un leurre'],
      [one.path, 'Dont un leurre'],
      [batch, 'Dont une lettre-appât'],
    ] as const) {
      expect((await audit.get(path)).text).toContain(said);
      expect((await desk.get(path)).text).not.toMatch(/leurre|appât/);
    }
    const other = await aClass(world);
    expect((await audit.get(other.path)).text).not.toContain('leurre');
  });

  it('do not count the guardians of decoys among their pupils', async () => {
    const [guardian = 0] = (await aClass(world, { pupils: 1 })).pupils;
    const { db } = world.parts;
    await db
      .updateTable('memberships')
      .set({ profile: 'guardian', class_id: null })
      .where('person', '=', guardian)
      .execute();
    await db.insertInto('decoys').values({ person: guardian, uai: UAI, made_at: world.now() }).execute();
    const counted = await decoysAmongPupils(db, { uais: [UAI], at: world.now() });
    expect(counted.reduce((sum, { decoys }) => sum + decoys, 0)).toBe(1);
  });

  it('are shown in numbers: no name, no line in the ledger', async () => {
    const one = await aClass(world, { pupils: 4 });
    const school = await desk.get(`/console/schools/${UAI}`);
    expect(school.text).toContain(`>${one.className}</a>`);
    const { text, status } = await desk.get(one.path);
    expect(status).toBe(200);
    expect(text).not.toContain('Tulipe');
    expect(await linesAbout(world, one.pupils, KINDS['staff-read'])).toEqual([]);
  });

  it('show names only where they are asked for: one line per pupil, with fields, right, session', async () => {
    const one = await aClass(world, { pupils: 4 });
    const { text } = await desk.get(`${one.path}/pupils`);
    expect(text.match(/row"><a[^>]*>[^<]*Tulipe/g)).toHaveLength(4);
    const lines = await linesAbout(world, one.pupils, KINDS['staff-read']);
    expect(lines.map(({ person }) => person).sort((a, b) => a - b)).toEqual(one.pupils);
    const fields = maskOf(['given_name', 'family_name', 'account_state', 'distributions', 'locks']);
    for (const line of lines) {
      expect(line).toMatchObject({ reader: head.person, fields, details: { class: one.classId } });
      expect(line.session_digest).toBeTruthy();
      expect(line.right_id).toBeTruthy();
    }
  });

  it('list at most fifty names a page, and open no more than they show', async () => {
    const one = await aClass(world, { pupils: 53 });
    const first = await desk.get(`${one.path}/pupils`);
    expect(first.text.match(/row"><a[^>]*>[^<]*Tulipe/g)).toHaveLength(50);
    expect(await linesAbout(world, one.pupils, KINDS['staff-read'])).toHaveLength(50);
    const second = await desk.get(`${one.path}/pupils?page=2`);
    expect(second.text.match(/row"><a[^>]*>[^<]*Tulipe/g)).toHaveLength(3);
    expect(await linesAbout(world, one.pupils, KINDS['staff-read'])).toHaveLength(53);
  });

  it('of another school are nowhere for a head, and other classes are for a teacher', async () => {
    const [mine, other] = [await aClass(world), await aClass(world)];
    const far = await aClass(world, { uai: OTHER_UAI });
    for (const path of [
      far.path,
      `${far.path}/pupils`,
      `${far.path}/letters`,
      `/console/schools/${OTHER_UAI}`,
    ]) {
      expect((await desk.get(path)).status).toBe(404);
    }
    const teacher = await enter(world, await aTeacher(world, [mine.className]));
    expect((await teacher.get(mine.path)).status).toBe(200);
    expect((await teacher.get(other.path)).status).toBe(404);
    const school = await teacher.get(`/console/schools/${UAI}`);
    expect(school.text).toContain(`>${mine.className}</a>`);
    expect(school.text).not.toContain(`>${other.className}</a>`);
  });
});

describe('printing the letters of a class', () => {
  it('answers the form with the file, which nobody keeps; each pupil has a line with right and session', async () => {
    const one = await aClass(world);
    const { status, headers, bytes } = await print(desk, head, one);
    expect([status, headers.get('content-type')]).toEqual([200, 'application/pdf']);
    expect(headers.get('cache-control')).toBe('no-store');
    const pages = textOfPages(bytes);
    expect(pages).toHaveLength(4);
    expect(pages.slice(1).every((page) => CODE.test(page))).toBe(true);
    expect(await letterStates(one.pupils)).toEqual(['printed', 'printed', 'printed']);
    const lines = await linesAbout(world, one.pupils, KINDS.print);
    expect(lines).toHaveLength(3);
    for (const { reader, right_id, session_digest, address } of lines) {
      expect({ reader, hasRight: right_id !== null, hasSession: session_digest !== null }).toEqual({
        ...{ reader: head.person, hasRight: true, hasSession: true },
      });
      expect(address).toBe('127.0.0.0/24');
    }
  });

  it('says first how many letters become void, and asking again is a reprint', async () => {
    const one = await aClass(world);
    await print(desk, head, one);
    const { text } = await desk.get(`${one.path}/letters`);
    expect(text).toContain('3 lettres d’avant ne vaudront plus rien');
    await print(desk, head, one);
    expect((await letterStates(one.pupils)).sort()).toEqual([
      'printed',
      'printed',
      'printed',
      'void',
      'void',
      'void',
    ]);
  });

  it('does nothing without a fresh code: a stolen cookie prints nothing', async () => {
    const one = await aClass(world);
    const stolen = desk.copy();
    for (const otp of ['', '000000']) {
      const { status, headers } = await act(stolen, `${one.path}/letters`, { otp });
      expect([status, headers.get('content-type')]).toEqual([422, 'text/html; charset=utf-8']);
    }
    expect(await letterStates(one.pupils)).toEqual([]);
    await print(desk, head, one);
  });

  it('of twenty at once with one code prints one pile', async () => {
    const one = await aClass(world);
    await desk.get(`${one.path}/letters`);
    const otp = nextCode(world, head);
    const form = { csrf: desk.csrf, otp };
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => desk.copy().post(`${one.path}/letters`, form)),
    );
    const files = answers.filter(({ headers }) => headers.get('content-type') === 'application/pdf');
    expect(files).toHaveLength(1);
    expect(await letterStates(one.pupils)).toEqual(['printed', 'printed', 'printed']);
    world.wait(70_000);
  });

  it('is no teacher’s, and of no other school', async () => {
    const one = await aClass(world);
    const far = await aClass(world, { uai: OTHER_UAI });
    const member = await aTeacher(world, [one.className]);
    const teacher = await enter(world, member);
    await teacher.get('/console');
    const typed = { csrf: teacher.csrf, otp: nextCode(world, member) };
    expect((await teacher.post(`${one.path}/letters`, typed)).status).toBe(403);
    await desk.get('/console');
    const mine = { csrf: desk.csrf, otp: nextCode(world, head) };
    expect((await desk.post(`${far.path}/letters`, mine)).status).toBe(404);
    expect(await letterStates([...one.pupils, ...far.pupils])).toEqual([]);
  });

  it('asks the right once more inside the act: one that ended meanwhile prints nothing', async () => {
    const one = await aClass(world);
    const leaving = await aHead(world);
    const visitor = await enter(world, leaving);
    await visitor.get(`${one.path}/letters`);
    const typed = { csrf: visitor.csrf, otp: nextCode(world, leaving) };
    await world.parts.db
      .updateTable('memberships')
      .set({ until_at: world.now() })
      .where('person', '=', leaving.person)
      .execute();
    expect((await visitor.post(`${one.path}/letters`, typed)).status).toBe(403);
    expect(await letterStates(one.pupils)).toEqual([]);
  });
});

describe('a pile', () => {
  it('opens by its cover sheet and does nothing; states by number, names only where asked for', async () => {
    const one = await aClass(world);
    await print(desk, head, one);
    const path = `/console/batches/${await batchOf(one)}`;
    const { text, status } = await desk.get(path);
    expect(status).toBe(200);
    expect(text).toContain('3 lettres ne sont pas encore remises');
    expect(text).not.toContain('Tulipe');
    expect(text).not.toMatch(CODE);
    expect(await letterStates(one.pupils)).toEqual(['printed', 'printed', 'printed']);
    const named = await desk.get(`${path}?names=yes`);
    expect(named.text.match(/Tulipe/g)).toHaveLength(3);
    expect(await linesAbout(world, one.pupils, KINDS['staff-read'])).toHaveLength(3);
  });

  it('names nobody who has left the class since: neither shown nor written', async () => {
    const one = await aClass(world);
    await print(desk, head, one);
    const [gone = 0, ...here] = one.pupils;
    const at = world.now();
    await world.parts.db
      .updateTable('memberships')
      .set({ until_at: at })
      .where('person', '=', gone)
      .execute();
    const { text } = await desk.get(`/console/batches/${await batchOf(one)}?names=yes`);
    expect([text.match(/Tulipe/g)?.length, text.match(/n’est plus ici/g)?.length]).toEqual([2, 1]);
    expect(await linesAbout(world, [gone], KINDS['staff-read'])).toEqual([]);
    expect(await linesAbout(world, here, KINDS['staff-read'])).toHaveLength(2);
  });

  it('is ticked but for the missing, by one code', async () => {
    const one = await aClass(world);
    await print(desk, head, one);
    const path = `/console/batches/${await batchOf(one)}`;
    const typed = { which: 'except', numbers: '2', otp: nextCode(world, head) };
    const { status, headers } = await act(desk, `${path}/hand-over`, typed);
    expect([status, headers.get('location')]).toEqual([303, `${path}?handed=2`]);
    expect(await letterStates(one.pupils)).toEqual(['handed-over', 'printed', 'handed-over']);
    expect((await desk.get(path)).text).toContain('1 lettre n’est pas encore remise');
  });

  it.each([
    [{ which: 'only', numbers: '9' }],
    [{ which: 'only', numbers: 'tous' }],
    [{ which: 'except', numbers: '' }],
    [{ which: 'nobody', numbers: '1' }],
    [{ which: 'all', numbers: '2' }],
  ])('stays as it is where the form says nothing that can be done: %j', async (typed) => {
    const one = await aClass(world);
    await print(desk, head, one);
    const path = `/console/batches/${await batchOf(one)}/hand-over`;
    const { status } = await act(desk, path, { ...typed, otp: nextCode(world, head) });
    expect(status).toBe(422);
    expect(await letterStates(one.pupils)).toEqual(['printed', 'printed', 'printed']);
  });

  it('keeps which letters were named where the code was forgotten: nobody ticks all by typing it', async () => {
    const one = await aClass(world);
    await print(desk, head, one);
    const path = `/console/batches/${await batchOf(one)}/hand-over`;
    const { status, text } = await act(desk, path, { which: 'except', numbers: '2', otp: '' });
    expect([status, /value="(\w+)" checked/.exec(text)?.[1]]).toEqual([422, 'except']);
    expect(/<input[^>]*name="numbers"[^>]*>/.exec(text)?.[0]).toContain(' value="2"');
  });

  it('of another school is nowhere', async () => {
    const far = await aClass(world, { uai: OTHER_UAI });
    const otherHead = await aHead(world, OTHER_UAI);
    const visitor = await enter(world, otherHead);
    await print(visitor, otherHead, far);
    const path = `/console/batches/${await batchOf(far)}`;
    expect((await desk.get(path)).status).toBe(404);
    await desk.get('/console');
    const typed = { csrf: desk.csrf, which: 'all', otp: nextCode(world, head) };
    expect((await desk.post(`${path}/hand-over`, typed)).status).toBe(404);
    expect((await desk.get('/console/batches/not-a-batch')).status).toBe(404);
  });
});
