import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { formatActivationCode } from '../../src/activation/activation-code.ts';
import { KINDS } from '../../src/ledger/kinds.ts';
import { textOfPages } from '../messages/pdf-text.ts';
import type { Answer, Visitor } from '../support/visitor.ts';
import { BY, type World, wholeWorld } from '../support/world.ts';
import { type AClass, aClass, anotherSchool, linesAbout, OTHER_UAI } from './school.ts';
import { aHead, enter, nextCode, type StaffMember } from './staff.ts';

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

interface Waiting {
  person: number;
  id: string;
  /** As their own screen shows them. */
  characters: string;
  screen: Visitor;
}

/** Somebody with a letter who typed its code and waits at the desk. */
async function somebodyWaits(one: AClass, code?: string): Promise<Waiting> {
  const [person = 0] = one.pupils;
  const screen = world.visitor();
  await screen.open('/activate');
  await screen.submit({ code: code ?? (await letterOf(one)).get(person) ?? '', proof: '' });
  await screen.post('/activate/way', { csrf: screen.csrf, way: 'desk' });
  const { text } = await screen.open('/activate/wait');
  const [, shown = ''] = /code-shown">([^<]+)</.exec(text) ?? [];
  const { id } = await world.parts.db
    .selectFrom('persons')
    .select('id')
    .where('number', '=', person)
    .executeTakeFirstOrThrow();
  return { person, id, characters: shown, screen };
}

async function letterOf({ uai, className }: AClass): Promise<Map<number, string>> {
  const printing = await world.activation.printLetters({ uai, className, by: BY });
  if (printing.outcome !== 'printing') throw new Error(printing.outcome);
  const codes = new Map<number, string>();
  for await (const { person, code } of printing.letters) codes.set(person, formatActivationCode(code));
  return codes;
}

async function hold({ id }: Pick<Waiting, 'id'>, typed: Record<string, string>): Promise<Answer> {
  const { text, status } = await desk.get(`/console/desk?person=${id}`);
  if (status !== 200) throw new Error(`${status}`);
  const look = /name="look" value="([\w-]+)"/.exec(text)?.[1] ?? '';
  const given = { document: 'identity-card', otp: nextCode(world, head), ...typed };
  return desk.post('/console/desk', { csrf: desk.csrf, person: id, look, ...given });
}

describe('the desk', () => {
  it('confirms what the person’s own screen shows; their browser goes on', async () => {
    const waiting = await somebodyWaits(await aClass(world));
    expect(waiting.characters).toMatch(/^\w{3} \w{3}$/);
    const { status, headers } = await hold(waiting, { proof: waiting.characters });
    expect([status, headers.get('location')]).toEqual([303, '/console/desk?done=yes']);
    const next = await waiting.screen.open('/activate/wait');
    expect(next.url).toBe('/activate/password');
    const lines = await linesAbout(world, [waiting.person], KINDS['staff-read']);
    expect(lines).toHaveLength(1);
  });

  it('refuses characters that no screen of this person shows, a stale code, no paper', async () => {
    const waiting = await somebodyWaits(await aClass(world));
    expect((await hold(waiting, { proof: 'AAA AAA' })).status).toBe(422);
    expect((await hold(waiting, { proof: waiting.characters, otp: '000000' })).status).toBe(422);
    expect((await hold(waiting, { proof: waiting.characters, document: '' })).status).toBe(422);
    expect((await waiting.screen.open('/activate/wait')).url).toBe('/activate/wait');
  });

  it('says that somebody else must hold it, where this person printed the letter', async () => {
    const one = await aClass(world);
    await desk.get(`${one.path}/letters`);
    const printed = await desk.post(`${one.path}/letters`, { csrf: desk.csrf, otp: nextCode(world, head) });
    const code = codeIn(printed.bytes);
    const waiting = await somebodyWaits(one, code);
    const { status, text } = await hold(waiting, { proof: waiting.characters });
    expect(status).toBe(422);
    expect(text).toContain('Une autre personne doit tenir le guichet');
  });

  it('is not used up by a stolen cookie, which has no code', async () => {
    const owner = await aHead(world);
    const stolen = (await enter(world, owner)).copy();
    const waiting = await somebodyWaits(await aClass(world));
    await stolen.get('/console');
    const fields = { csrf: stolen.csrf, person: waiting.id, look: 'a'.repeat(12), document: 'passport' };
    const tried: number[] = [];
    while (tried.length < 10) {
      const wrong = { ...fields, proof: 'AAA AAA', otp: '000000' };
      const { status, headers } = await stolen.post('/console/desk', wrong);
      if (status === 429) world.wait(Number(headers.get('retry-after')) * 1000);
      else tried.push(status);
    }
    expect(new Set(tried)).toEqual(new Set([422]));
    // Their own session: acts are paused in each alone. The screen has waited too long by now, another is shown.
    const own = await enter(world, owner);
    const again = await somebodyWaits(await aClass(world));
    await own.get('/console');
    const right = { ...fields, csrf: own.csrf, person: again.id, proof: again.characters };
    const held = await own.post('/console/desk', { ...right, otp: nextCode(world, owner) });
    expect([held.status, held.headers.get('location')]).toEqual([303, '/console/desk?done=yes']);
  });

  it('knows nobody of another school', async () => {
    const far = await aClass(world, { uai: OTHER_UAI });
    const waiting = await somebodyWaits(far);
    expect((await desk.get(`/console/desk?person=${waiting.id}`)).status).toBe(404);
    await desk.get('/console');
    const typed = { person: waiting.id, look: 'a'.repeat(12), proof: waiting.characters };
    const given = { csrf: desk.csrf, document: 'identity-card', otp: nextCode(world, head), ...typed };
    expect((await desk.post('/console/desk', given)).status).toBe(404);
    expect(await linesAbout(world, far.pupils, KINDS['staff-read'])).toEqual([]);
  });
});

describe('one letter printed again', () => {
  it('makes the former void at once, and works a day later', async () => {
    const one = await aClass(world);
    const [person = 0] = one.pupils;
    await letterOf(one);
    const { id } = await world.parts.db
      .selectFrom('persons')
      .select('id')
      .where('number', '=', person)
      .executeTakeFirstOrThrow();
    const path = `/console/people/${id}/letter`;
    const { text } = await desk.get(path);
    const look = /name="look" value="([\w-]+)"/.exec(text)?.[1] ?? '';
    const wrong = await desk.post(path, { csrf: desk.csrf, look, otp: '000000' });
    expect(wrong.status).toBe(422);
    const printed = await desk.post(path, { csrf: desk.csrf, look, otp: nextCode(world, head) });
    expect(printed.headers.get('content-type')).toBe('application/pdf');
    const letters = await world.parts.db
      .selectFrom('letters')
      .select('state')
      .where('person', '=', person)
      .execute();
    expect(letters.map(({ state }) => state).sort()).toEqual(['printed', 'void']);
    expect(codeIn(printed.bytes)).not.toBe('');
    const lines = await linesAbout(world, [person], KINDS.print);
    expect(lines.filter(({ reader }) => reader === head.person)).toHaveLength(1);
  });

  it('is nobody’s of another school', async () => {
    const far = await aClass(world, { uai: OTHER_UAI });
    const waiting = await somebodyWaits(far);
    expect((await desk.get(`/console/people/${waiting.id}/letter`)).status).toBe(404);
  });
});

function codeIn(pdf: Buffer): string {
  const page = textOfPages(pdf).join('\n');
  return /(?:[0-9A-HJKMNP-TV-Z]{4} ){3}[0-9A-HJKMNP-TV-Z]{4}/.exec(page)?.[0] ?? '';
}
