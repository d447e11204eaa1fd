import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { calendarDay, inParis } from '../../src/http/moments.ts';
import { chooseLocale, loadWords, type Words } from '../../src/http/translate.ts';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'preau-words-'));
  const files = {
    fr: {
      hello: 'Bonjour {name}',
      only: 'Seulement en français',
      typeset: 'Prêt ? « Oui »',
      days: { one: '{count} jour', other: '{count} jours' },
    },
    en: { hello: 'Hello {name}', days: { one: '{count} day', other: '{count} days' } },
  };
  for (const [locale, words] of Object.entries(files)) {
    mkdirSync(join(folder, locale));
    writeFileSync(join(folder, locale, 'sample.json'), JSON.stringify(words));
  }
});
afterAll(() => rmSync(folder, { recursive: true }));

function words(strict: boolean): { words: Words; missing: object[] } {
  const missing: object[] = [];
  return { words: loadWords({ folder, strict, onMissing: (one) => missing.push(one) }), missing };
}

describe('words', () => {
  it('fills in parameters, and escapes nothing itself', () => {
    expect(words(true).words.translator('fr')('sample.hello', { name: '<Lina>' })).toBe('Bonjour <Lina>');
  });

  it('does not fill in the parameters of parameters', () => {
    expect(words(true).words.translator('fr')('sample.hello', { name: '{name}' })).toBe('Bonjour {name}');
  });

  it('lets no line break before the signs that French sets apart', () => {
    expect(words(true).words.translator('fr')('sample.typeset')).toBe('Prêt\u00a0? «\u00a0Oui\u00a0»');
  });

  it('chooses the form by number, as each language counts', () => {
    const { words: loaded } = words(true);
    expect([0, 1, 2].map((count) => loaded.translator('fr')('sample.days', { count }))).toEqual([
      '0 jour',
      '1 jour',
      '2 jours',
    ]);
    expect([0, 1, 2].map((count) => loaded.translator('en')('sample.days', { count }))).toEqual([
      '0 days',
      '1 day',
      '2 days',
    ]);
  });

  it('throws in tests where words or a parameter are missing', () => {
    expect(() => words(true).words.translator('en')('sample.only')).toThrow('sample.only');
    expect(() => words(true).words.translator('fr')('sample.hello')).toThrow('name');
    expect(() => words(true).words.translator('fr')('sample.hello', Object.create({ name: 'x' }))).toThrow(
      'name',
    );
  });

  it('stands in with French in production, and says so', () => {
    const { words: loaded, missing } = words(false);
    expect(loaded.translator('en')('sample.only')).toBe('Seulement en français');
    expect(missing).toEqual([{ locale: 'en', key: 'sample.only' }]);
  });
});

describe('chooseLocale', () => {
  it.each([
    [{}, 'fr'],
    [{ acceptLanguage: 'de, es' }, 'fr'],
    [{ acceptLanguage: 'en-GB,en;q=0.9,fr;q=0.8' }, 'en'],
    [{ acceptLanguage: 'en;q=0.3, fr-CA;q=0.8' }, 'fr'],
    [{ acceptLanguage: 'en;q=0' }, 'fr'],
    [{ acceptLanguage: ';;;q=,,\u0000' }, 'fr'],
    [{ uiLocales: 'de en-US fr', acceptLanguage: 'fr' }, 'en'],
    [{ uiLocales: 'en', cookie: 'fr' }, 'fr'],
    [{ cookie: 'xx', uiLocales: 'en' }, 'en'],
  ] as const)('%p gives %s', (wishes, locale) => {
    expect(chooseLocale(wishes)).toBe(locale);
  });
});

describe('a day', () => {
  it('is said as people here say it: the first is « 1er », and the month comes after it in English too', () => {
    const at = new Date('2026-11-30T23:30:00Z');
    const style = { dateStyle: 'long', timeStyle: 'short' } as const;
    expect(inParis('fr', at, style)).toBe('1er décembre 2026 à 00:30');
    expect(inParis('en', at, style)).toBe('1 December 2026 at 00:30');
    expect(['2026-12-01', '2026-12-11', '2026-12-21'].map((day) => calendarDay('fr', day))).toEqual([
      '1er décembre 2026',
      '11 décembre 2026',
      '21 décembre 2026',
    ]);
  });
});
