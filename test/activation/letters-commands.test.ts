import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { textOfPages } from '../messages/pdf-text.ts';
import { commandLine, type Run } from './command-line.ts';
import { handOver, pileOf } from './letters-support.ts';
import { activationWorld, BY, UAI, type World } from './world.ts';

const folder = mkdtempSync(join(tmpdir(), 'preau-piles-'));

let world: World;
let run: Run;
beforeAll(async () => {
  world = await activationWorld();
  run = commandLine(world);
});
afterAll(async () => {
  await world.close();
  rmSync(folder, { recursive: true });
});

const CODE = /(?:[0-9A-HJKMNP-TV-Z]{4}[ -]?){4}/;

interface Json {
  batches: string[];
  letters: number;
}

async function print(className?: string): Promise<{ json: Json; pages: string[] }> {
  const out = join(folder, `${Math.random()}.pdf`);
  const options = { school: UAI, out, ...(className && { class: className }) };
  const printed = await run('letters print', [], options);
  return {
    json: (printed as unknown as { json: Json }).json,
    pages: textOfPages(readFileSync(out)),
  };
}

const isSheet = (page: string) => page.startsWith('Feuille de distribution');
const codeOf = (page: string) => CODE.exec(page)?.[0] ?? '';

describe('the paper of a class', () => {
  it('begins with a sheet that names everybody in it and shows no code', async () => {
    const names = ['Adam', 'Zoé', 'Nour'];
    await world.people({ className: '6A', count: 3, names });
    const { json, pages } = await print('6A');
    const [sheet = '', ...letters] = pages;
    expect(pages.map(isSheet)).toEqual([true, false, false, false]);
    for (const [index, name] of names.entries())
      expect(sheet).toContain(`${index + 1}. ${name} Martin000${index}`);
    expect(sheet).toContain('3 lettres');
    expect(sheet).toContain(`Pile ${json.batches[0]}`);
    expect(sheet.replace(json.batches[0] ?? '', '')).not.toMatch(CODE);
    const codes = letters.map(codeOf);
    expect(new Set(codes).size).toBe(3);
    for (const code of codes) {
      expect(code).toMatch(CODE);
      expect(sheet).not.toContain(code);
      expect(sheet.replaceAll(/\s/g, '')).not.toContain(code.replaceAll(' ', ''));
    }
    expect(sheet).not.toContain('activate');
  });

  it('has each letter under its number on the sheet, n of N', async () => {
    const names = ['Chloé', 'Bilal'];
    await world.people({ className: '5A', count: 2, names });
    const { json, pages } = await print('5A');
    const pile = json.batches[0]?.slice(0, 8);
    for (const [index, name] of names.entries()) {
      expect(pages[index + 1]).toContain(`${name} Martin`);
      expect(pages[index + 1]).toContain(`Lettre ${index + 1}/2 de la pile ${pile}`);
    }
  });

  it('is a pile per class, each under a sheet of its own; the sheets are no letters', async () => {
    await world.people({ className: '4A', count: 1 });
    await world.people({ className: '4B', count: 2 });
    const { json, pages } = await print();
    const sheets = pages.filter(isSheet);
    expect(sheets).toHaveLength(json.batches.length);
    expect(pages).toHaveLength(json.letters + json.batches.length);
    for (const [index, batch] of json.batches.entries()) expect(sheets[index]).toContain(batch);
    const whichClass = sheets.map((sheet) => /Classe (\S+)/.exec(sheet)?.[1]);
    expect(whichClass).toEqual(whichClass.toSorted());
  });
});

describe('preau letters batches', () => {
  it('lists numbers and states, no person and no code', async () => {
    await world.people({ className: '3A', count: 3, names: ['Inès', 'Tom', 'Léo'] });
    const { json, pages } = await print('3A');
    const [id = ''] = json.batches;
    await handOver(world, id, { take: 'except', numbers: [2] });
    const listed = await run('letters batches', [], { school: UAI });
    if (listed.outcome !== 'done') throw new Error('refused');
    expect(listed.json).toContainEqual({
      id,
      school: UAI,
      class: '3A',
      printed_at: expect.any(Date),
      hand_over_by: expect.any(Date),
      letters: 3,
      printed: 1,
      handed_over: 2,
      used: 0,
      void: 0,
      expired: 0,
      numbers: { printed: [2], handed_over: [1, 3], used: [], void: [] },
    });
    const line = listed.lines.find((one) => one.startsWith(id));
    expect(line).toContain('3A  3 letters of ');
    expect(line).toContain(': 1 printed, 2 handed over, 0 used, 0 void (0 by time); not handed over: 2');
    const all = JSON.stringify(listed);
    expect(all).not.toMatch(/Inès|Tom|Léo|Martin/);
    for (const page of pages.slice(1)) expect(all).not.toContain(codeOf(page).replaceAll(' ', ''));
  });

  it('refuses a school that does not exist', async () => {
    expect(await run('letters batches', [], { school: '0999999Z' })).toMatchObject({
      outcome: 'refused',
      json: { outcome: 'unknown-school' },
    });
  });
});

describe('preau letters hand-over', () => {
  it('ticks the letters named, all but those named, or the whole pile', async () => {
    const pile = await pileOf(world, 6);
    const tick = (options: Record<string, string | string[]>) => run('letters hand-over', [pile.id], options);
    expect(await tick({ only: ['2', '4'] })).toMatchObject({
      outcome: 'done',
      json: { outcome: 'handed-over', handed_over: [2, 4], skipped: [], batch: { id: pile.id, printed: 4 } },
    });
    expect(await tick({ except: '5, 6' })).toMatchObject({
      json: { handed_over: [1, 3], skipped: [2, 4] },
      lines: [
        '2 letters handed over',
        'left as they were: 2, 4',
        expect.stringContaining('handed over: 5–6'),
      ],
    });
    expect(await tick({})).toMatchObject({ json: { handed_over: [5, 6], batch: { handed_over: 6 } } });
    expect(await tick({})).toMatchObject({ outcome: 'refused', json: { outcome: 'nothing-to-hand-over' } });
  });

  it('says who did it and why in the audit', async () => {
    const pile = await pileOf(world, 1);
    await run('letters hand-over', [pile.id.toUpperCase()], {});
    const event = await world.stores.db
      .selectFrom('audit_events')
      .selectAll()
      .where('name', '=', 'letter.handed-over')
      .where('subject', '=', pile.persons[0] ?? 0)
      .executeTakeFirstOrThrow();
    expect(event).toMatchObject({ reason: 'la rentrée', details: { batch: pile.id, number: 1 } });
    expect(JSON.stringify(event)).toContain(JSON.stringify(BY).slice(1, 30));
  });

  it('refuses a batch and a letter that do not exist', async () => {
    const pile = await pileOf(world, 2);
    expect(await run('letters hand-over', ['nothing'], {})).toMatchObject({
      json: { outcome: 'unknown-batch', batch: 'nothing' },
    });
    expect(await run('letters hand-over', [pile.id], { except: '3' })).toMatchObject({
      message: 'the batch has letters 1 to 2, no 3',
      json: { outcome: 'unknown-number', numbers: [3], letters: 2 },
    });
  });

  it.each([
    [[], {}],
    [['a', '3'], {}],
    [['a'], { only: '1', except: '2' }],
    [['a'], { only: '' }],
    [['a'], { except: '1-3' }],
    [['a'], { only: 'Lina Martin' }],
    [['a'], { only: '0' }],
    [['a'], { only: '99999' }],
  ])('is typed wrong as %j %j', async (operands, options) => {
    await expect(run('letters hand-over', operands, options as Record<string, string>)).rejects.toMatchObject(
      {
        name: 'UsageError',
      },
    );
  });
});
