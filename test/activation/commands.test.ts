import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { textOfPages } from '../messages/pdf-text.ts';
import { commandLine, type Run } from './command-line.ts';
import { activationWorld, UAI, type World } from './world.ts';

const folder = mkdtempSync(join(tmpdir(), 'preau-commands-'));

let world: World;
beforeAll(async () => {
  world = await activationWorld();
});
afterAll(async () => {
  await world.close();
  rmSync(folder, { recursive: true });
});

const run: Run = (...typed) => commandLine(world)(...typed);

const withoutSheets = (pages: string[]) => pages.filter((page) => !page.includes('Feuille de distribution'));

describe('preau letters print', () => {
  it('writes a page per dormant pupil, by class and by name, into a file of its owner alone', async () => {
    await world.people({ className: '6A', count: 2, names: ['Zoé', 'Adam'] });
    await world.people({ className: '5B', count: 1, names: ['Nour'] });
    const out = join(folder, 'letters.pdf');
    const printed = await run('letters print', [], { school: UAI, out });
    expect(printed).toMatchObject({
      outcome: 'done',
      json: { outcome: 'printed', school: UAI, class: null, letters: 3, file: out },
    });
    expect(statSync(out).mode & 0o777).toBe(0o600);
    const pages = withoutSheets(textOfPages(readFileSync(out)));
    expect(pages.map((page) => /Zoé|Adam|Nour/.exec(page)?.[0])).toEqual(['Nour', 'Zoé', 'Adam']);
    const codes = pages.map((page) => /(?:[0-9A-Z]{4} ){3}[0-9A-Z]{4}/.exec(page)?.[0] ?? '');
    expect(new Set(codes).size).toBe(3);
    for (const code of codes) expect(JSON.stringify(printed)).not.toContain(code);
    expect(readdirSync(folder)).toEqual(['letters.pdf']);
  });

  it('prints codes that open a ceremony, those of the last printing alone', async () => {
    await world.people({ className: '4C' });
    const codes: string[] = [];
    for (const out of ['first.pdf', 'first.pdf']) {
      await run('letters print', [], { school: UAI, class: '4C', out: join(folder, out) });
      const [page = ''] = withoutSheets(textOfPages(readFileSync(join(folder, out))));
      codes.push(/(?:[0-9A-Z]{4} ){3}[0-9A-Z]{4}/.exec(page)?.[0] ?? '');
    }
    const opened = await run('activation open', [], { school: UAI, class: '4C' });
    const { word } = (opened as { json: { word: string } }).json;
    const { begin, classWindow } = world.activation;
    expect((await begin(classWindow, { code: codes[0] ?? '', proof: word })).outcome).toBe('refused');
    expect((await begin(classWindow, { code: codes[1] ?? '', proof: word })).outcome).toBe('begun');
  });

  it('leaves no file where there is nobody, no such class, no such school', async () => {
    await world.people({ className: '3D', profile: 'teacher' });
    const out = join(folder, 'nobody.pdf');
    for (const where of [{ school: UAI, class: '3D' }, { school: UAI, class: 'x' }, { school: '0999999Z' }]) {
      expect((await run('letters print', [], { ...where, out })).outcome).toBe('refused');
    }
    expect(readdirSync(folder)).not.toContain('nobody.pdf');
  });
});

describe('preau activation', () => {
  it('opens a window, lists it without its word, and closes it', async () => {
    await world.people({ className: '3E', count: 2 });
    const opened = await run('activation open', [], { school: UAI, class: '3E', minutes: '10' });
    expect(opened).toMatchObject({ outcome: 'done', json: { outcome: 'opened', pupils: 2, class: '3E' } });
    const { id, word } = (opened as { json: { id: string; word: string } }).json;
    const listed = await run('activation list', [], {});
    expect(JSON.stringify(listed)).toContain(id);
    expect(JSON.stringify(listed)).not.toContain(word);
    expect((await run('activation close', [id], {})).outcome).toBe('done');
    expect((await run('activation close', [id], {})).outcome).toBe('refused');
    const [event] = await world.stores.db
      .selectFrom('audit_events')
      .select('reason')
      .where('name', '=', 'activation.window-opened')
      .execute();
    expect(event?.reason).toBe('la rentrée');
  });

  it('refuses too many minutes, a chosen word outside the demo, and what is no number', async () => {
    const asked = { school: UAI, class: '3E' };
    expect(await run('activation open', [], { ...asked, minutes: '21' })).toMatchObject({
      json: { outcome: 'wrong-minutes' },
    });
    expect(await run('activation open', [], { ...asked, word: 'carotte' })).toMatchObject({
      json: { outcome: 'only-in-demo' },
    });
    await expect(run('activation open', [], { ...asked, minutes: 'dix' })).rejects.toThrow('--minutes');
  });
});
