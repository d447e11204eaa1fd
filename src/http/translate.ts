import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export const LOCALES = ['fr', 'en'] as const;
export type Locale = (typeof LOCALES)[number];
export type Params = Readonly<Record<string, string | number>>;
/** `t('activation.title')`, `t('common.minutes', { count: 3 })`. Escaping is left to `html`. */
export type Translate = (key: string, params?: Params) => string;

type Phrase = string | Readonly<Record<string, string>>;
type Phrases = ReadonlyMap<string, Phrase>;

export interface Words {
  translator(locale: Locale): Translate;
  /** Every key of a locale, for the test that compares them. */
  keys(locale: Locale): string[];
}

export interface Dependencies {
  /** Holds `fr/*.json` and `en/*.json`, read once. */
  folder: string;
  /** Throws where words are missing (tests); without it French stands in. */
  strict: boolean;
  onMissing: (missing: { locale: Locale; key: string }) => void;
}

export const LOCALES_FOLDER = join(import.meta.dirname, '..', '..', 'config', 'locales');

export function loadWords({ folder, strict, onMissing }: Dependencies): Words {
  const phrases = { fr: readPhrases(join(folder, 'fr')), en: readPhrases(join(folder, 'en')) };
  const translator = (locale: Locale): Translate => {
    const plural = new Intl.PluralRules(locale);
    const missing = (key: string): Phrase => {
      if (strict) throw new Error(`no words for ${key} in ${locale}`);
      onMissing({ locale, key });
      return phrases.fr.get(key) ?? key;
    };
    return (key, params = {}) => {
      const phrase = phrases[locale].get(key) ?? missing(key);
      const text = typeof phrase === 'string' ? phrase : chosenForm(phrase, plural, params);
      return fill(text, params, { key, strict });
    };
  };
  const translators = { fr: translator('fr'), en: translator('en') };
  return {
    translator: (locale) => translators[locale],
    keys: (locale) => [...phrases[locale].keys()],
  };
}

interface Wishes {
  /** The `ui_locales` of the authorization request. */
  uiLocales?: string | undefined;
  /** What this person chose with our switch: it goes before what the relying party asked. */
  cookie?: string | undefined;
  acceptLanguage?: string | undefined;
}

export function chooseLocale({ uiLocales, cookie, acceptLanguage }: Wishes): Locale {
  const wished = [cookie ?? '', ...(uiLocales ?? '').split(' '), ...byPreference(acceptLanguage ?? '')];
  for (const tag of wished) {
    const known = LOCALES.find((locale) => tag.toLowerCase().split('-')[0] === locale);
    if (known) return known;
  }
  return 'fr';
}

/** RFC 9110 §12.5.4. */
function byPreference(header: string): string[] {
  return header
    .slice(0, 500)
    .split(',')
    .map((range) => {
      const [tag = '', weight = ''] = range.trim().split(/\s*;\s*q=/i);
      return { tag, q: weight === '' ? 1 : Number(weight) };
    })
    .filter(({ q }) => q > 0)
    .sort((a, b) => b.q - a.q)
    .map(({ tag }) => tag);
}

function readPhrases(folder: string): Phrases {
  const phrases = new Map<string, Phrase>();
  const typeset = folder.endsWith('fr') ? withFrenchSpaces : (value: unknown): unknown => value;
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.json'))) {
    const text = readFileSync(join(folder, file), 'utf8');
    const words = JSON.parse(text, (_, value) => typeset(value)) as Record<string, Phrase>;
    for (const [key, phrase] of Object.entries(words)) phrases.set(`${file.slice(0, -5)}.${key}`, phrase);
  }
  return phrases;
}

/** French sets a space before `! ? : ; »` and after `«`, and no line may break there. */
function withFrenchSpaces(value: unknown): unknown {
  return typeof value === 'string' ? value.replace(/ (?=[!?:;»])|(?<=«) /g, '\u00a0') : value;
}

function chosenForm(
  phrase: Readonly<Record<string, string>>,
  plural: Intl.PluralRules,
  params: Params,
): string {
  const form = phrase[plural.select(Number(params.count))] ?? phrase.other;
  if (form === undefined) throw new Error('a phrase with plural forms needs at least "other"');
  return form;
}

function fill(text: string, params: Params, { key, strict }: { key: string; strict: boolean }): string {
  return text.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = Object.hasOwn(params, name) ? params[name] : undefined;
    if (value === undefined && strict) throw new Error(`${key} needs the parameter ${name}`);
    return String(value ?? '');
  });
}
