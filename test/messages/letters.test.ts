import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { formatActivationCode, generateActivationCode } from '../../src/activation/activation-code.ts';
import { textOfCoverSheet } from '../../src/activation/letters/cover-sheet-text.ts';
import { textOfLetter } from '../../src/activation/letters/letter-text.ts';
import type { PrintedBatch } from '../../src/activation/letters/printed-letter.ts';
import { LOCALES_FOLDER, loadWords } from '../../src/http/translate.ts';
import type { Letter } from '../../src/messages/letters/letter.ts';
import { openLettersFile } from '../../src/messages/letters/letters-file.ts';
import { toPrintable } from '../../src/messages/letters/printable.ts';
import { type Page, writeLetters } from '../../src/messages/letters/write-letters.ts';
import { textOfPages } from './pdf-text.ts';

const ISSUER = 'https://preau.example';
const DOCUMENT = { title: 'Lettres', lang: 'fr-FR' };
const words = loadWords({ folder: LOCALES_FOLDER, strict: true, onMissing: () => {} }).translator('fr');

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'preau-letters-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function letterTo(givenName: string, code = generateActivationCode()): Letter {
  return textOfLetter(words, ISSUER, {
    batch: pileOf([`${givenName} Martin`]),
    number: 1,
    person: 1,
    name: `${givenName} Martin`,
    code,
  });
}

function pileOf(names: string[]): PrintedBatch {
  return {
    id: 'a1b2c3d4-0000-4000-8000-0000000000ff',
    school: 'Collège des Œillets',
    className: '6B',
    printedAt: new Date('2026-11-23T12:00:00Z'),
    handOverBy: new Date('2026-12-07T12:00:00Z'),
    daysOfUse: 21,
    names,
    ceremonies: ['class-window', 'guardian-vouch', 'desk'],
  };
}

async function pdfOf(letters: Page[]): Promise<Buffer> {
  const path = join(folder, 'letters.pdf');
  const file = await openLettersFile(path);
  await writeLetters(file.stream, DOCUMENT, letters);
  await file.keep();
  return readFileSync(path);
}

describe('the letters on paper', () => {
  it('have a page each, with name, class, school, code and what to do', async () => {
    const code = generateActivationCode();
    const pages = textOfPages(await pdfOf([letterTo('Zoé'), letterTo('Lina', code)]));
    expect(pages).toHaveLength(2);
    expect(pages[0]).toContain('Zoé Martin');
    const page = pages[1]?.replaceAll('\n', ' ') ?? '';
    for (const text of [
      'Lina Martin',
      'Classe 6B',
      'Collège des Œillets',
      'Lettre 1/1 de la pile a1b2c3d4',
      '7 décembre 2026',
      'dans les 21 jours qui suivent',
      'preau.example/activate',
    ]) {
      expect(page).toContain(text);
    }
    expect(page).toContain(formatActivationCode(code).replaceAll('-', ' '));
    expect(page).toContain('Cette lettre n’est pas à votre nom');
  });

  it('are tagged, French, and have a title', async () => {
    const pdf = (await pdfOf([letterTo('Lina')])).toString('latin1');
    expect(pdf).toContain('/Marked true');
    expect(pdf).toContain('/StructTreeRoot');
    expect(pdf).toContain('/Lang (fr-FR)');
    expect(pdf).toContain('/DisplayDocTitle true');
    for (const tag of ['/H1', '/LBody', '/Figure']) expect(pdf).toContain(tag);
    expect(pdf).toMatch(/\/Alt /);
  });

  it('fit one page, however long the names are', async () => {
    const long = letterTo('Marie-Antoinette-Joséphine Charlotte Éléonore de la Très Longue Maison');
    const school = 'Lycée général et technologique polyvalent international des métiers du Très Grand Nord';
    const pile = { ...pileOf([long.name]), school, validFrom: new Date('2026-11-24T12:00:00Z') };
    for (const ceremonies of [pile.ceremonies, ['split-letter', 'desk']] as const) {
      const printed = { batch: { ...pile, ceremonies }, number: 1, person: 1, name: long.name };
      const letter = textOfLetter(words, ISSUER, { ...printed, code: generateActivationCode() });
      expect(textOfPages(await pdfOf([letter]))).toHaveLength(1);
    }
  });

  it('hold the code and its link, and no other secret', async () => {
    const code = generateActivationCode();
    expect(letterTo('Lina', code).link).toBe(`${ISSUER}/activate?code=${code}`);
  });

  it('come a school at a time: three hundred in one file', async () => {
    const pages = textOfPages(await pdfOf(Array.from({ length: 300 }, () => letterTo('Lina'))));
    expect(pages).toHaveLength(300);
  });
});

describe('the cover sheet', () => {
  const textOf = async (names: string[]) =>
    textOfPages(await pdfOf([textOfCoverSheet(words, 'https://preau.example', pileOf(names))]));

  it('has class, school, count, dates, number of the pile and a numbered name for each letter', async () => {
    const [page = '', ...more] = await textOf(['Zoé Martin', 'Adam Lefèvre']);
    expect(more).toEqual([]);
    const text = page.replaceAll('\n', ' ');
    for (const part of [
      'Feuille de distribution',
      'Classe 6B',
      'Collège des Œillets',
      '2 lettres, imprimées le 23 novembre 2026',
      'au plus tard le 7 décembre 2026',
      'Pile a1b2c3d4-0000-4000-8000-0000000000ff',
      '1. Zoé Martin',
      '2. Adam Lefèvre',
    ]) {
      expect(text).toContain(part);
    }
  });

  it.each([1, 35, 50, 51, 500])('finds room for %p names, each once, in their order', async (count) => {
    const names = Array.from({ length: count }, (_, n) => `Élève${n} de la Très Longue Maison du Grand Nord`);
    const lines = (await textOf(names)).flatMap((page) => page.split('\n'));
    const numbered = lines.filter((line) => /^\d+\. /.test(line));
    expect(numbered).toEqual(names.map((name, index) => `${index + 1}. ${name}`));
  });

  it('has a QR code of the page of the pile, which names nobody', () => {
    const { link, qrText } = textOfCoverSheet(words, 'https://preau.example', pileOf(['Zoé Martin']));
    expect(link).toBe('https://preau.example/console/batches/a1b2c3d4-0000-4000-8000-0000000000ff');
    expect(qrText).not.toContain('Zoé');
  });
});

describe('a name on paper', () => {
  it.each([
    ['Zoé-Lou Œdipe', 'Zoé-Lou Œdipe'],
    ['Nguyễn', 'Nguyên'],
    ['Łukasz Đorđe', 'Lukasz Dorde'],
    ['O\u02bcBrien', 'O’Brien'],
    ['Ştefan Ğ', 'Stefan G'],
    ['Ọ\u0300ṣun', 'Osun'],
    ['李', '?'],
    ['a\u202eb\u0000', 'a?b?'],
  ])('%p is printed %p', (name, printed) => {
    expect(toPrintable(name)).toBe(printed);
  });
});

describe('the file', () => {
  it('is read by its owner alone, from the first byte', async () => {
    const path = join(folder, 'mine.pdf');
    const file = await openLettersFile(path);
    const [draft = ''] = readdirSync(folder).filter((name) => name.startsWith('.mine.pdf'));
    expect(statSync(join(folder, draft)).mode & 0o777).toBe(0o600);
    await writeLetters(file.stream, DOCUMENT, [letterTo('Lina')]);
    await file.keep();
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder).filter((name) => name.startsWith('.'))).toEqual([]);
  });

  it('takes the place of a former one, and writes through no link', async () => {
    const [path, target] = [join(folder, 'link.pdf'), join(folder, 'target')];
    writeFileSync(target, 'mine');
    symlinkSync(target, path);
    const file = await openLettersFile(path);
    await writeLetters(file.stream, DOCUMENT, [letterTo('Lina')]);
    await file.keep();
    expect(readFileSync(target, 'utf8')).toBe('mine');
    expect(readFileSync(path, 'latin1')).toMatch(/^%PDF-1\.7/);
  });

  it('leaves nothing behind where the printing broke off', async () => {
    const file = await openLettersFile(join(folder, 'broken.pdf'));
    async function* broken() {
      yield letterTo('Lina');
      throw new Error('the database went away');
    }
    await expect(writeLetters(file.stream, DOCUMENT, broken())).rejects.toThrow('went away');
    await file.discard();
    expect(readdirSync(folder).filter((name) => name.includes('broken'))).toEqual([]);
  });
});
