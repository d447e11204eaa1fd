import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from '@jest/globals';

const ROOT = join(import.meta.dirname, '..');
const SRC = join(ROOT, 'src');

/** From the top down: a row may import from itself and from the rows below. */
const ROWS = [
  ['main'],
  ['app', 'cli'],
  ['oidc', 'console', 'portal', 'my-account'],
  ['parts'],
  ['crisis', 'exposure', 'canaries'],
  ['roster'],
  ['recovery', 'activation', 'login'],
  ['notices', 'second-factors', 'reading'],
  ['accounts', 'relying-parties'],
  ['alarms'],
  ['rights'],
  ['directory', 'sessions', 'orders'],
  ['ledger', 'audit', 'throttling'],
  ['http'],
  ['messages', 'storage'],
  ['crypto', 'config', 'settings'],
];

const files = typescriptUnder(SRC);

describe('the structure', () => {
  it('has one entry of src per word of the product', () => {
    const known = new Set(ROWS.flat());
    const entries = readdirSync(SRC).map((name) => name.replace(/\.ts$/, ''));
    expect(entries.filter((entry) => !known.has(entry))).toEqual([]);
  });

  it('imports only downwards', () => {
    const upward = files.flatMap((file) =>
      importsOf(file)
        .filter((target) => target.startsWith(SRC) && rowOf(target) < rowOf(file))
        .map((target) => `${relative(SRC, file)} → ${relative(SRC, target)}`),
    );
    expect(upward).toEqual([]);
  });

  it('has no two folders that import each other', () => {
    const edges = new Set(
      files.flatMap((file) => importsOf(file).map((target) => `${entryOf(file)} ${entryOf(target)}`)),
    );
    const mutual = [...edges].filter((edge) => {
      const [from, to] = edge.split(' ');
      return from !== to && edges.has(`${to} ${from}`);
    });
    expect(mutual).toEqual([]);
  });

  it('lets koa in only at the doors, in http, routes and app.ts', () => {
    const allowed = /^(app\.ts|http\/|oidc\/|console\/|portal\/|.*\/(routes|own-session|pages?)\.ts$)/;
    expect(importersOf(/^(koa|@koa\/)/, allowed)).toEqual([]);
  });

  it('lets pg and ioredis in only in storage', () => {
    expect(importersOf(/^(pg|ioredis)$/, /^storage\//)).toEqual([]);
  });

  it('reads process.env in config.ts alone, and where a child gets its environment', () => {
    const readers = files.filter((file) => readFileSync(file, 'utf8').includes('process.env'));
    const allowed = /^(config\.ts|storage\/embedded\/)/;
    expect(readers.map((file) => relative(SRC, file)).filter((file) => !allowed.test(file))).toEqual([]);
  });

  it('keeps every file under 300 lines', () => {
    const all = [...files, ...typescriptUnder(join(ROOT, 'views')), ...typescriptUnder(join(ROOT, 'demo'))];
    const long = all.filter((file) => readFileSync(file, 'utf8').split('\n').length > 300);
    expect(long.map((file) => relative(ROOT, file))).toEqual([]);
  });

  it('keeps every function within 40 lines of its own', () => {
    expect(files.flatMap(longFunctionsOf)).toEqual([]);
  });

  it('has a README of at most 15 lines in each folder of src', () => {
    const folders = readdirSync(SRC).filter((name) => statSync(join(SRC, name)).isDirectory());
    const wrong = folders.filter((name) => {
      const lines = readOr(join(SRC, name, 'README.md'), '')
        .trimEnd()
        .split('\n');
      return lines.length < 3 || lines.length > 15;
    });
    expect(wrong).toEqual([]);
  });

  it('answers 429 where Retry-After is set with it', () => {
    const answering = files.filter((file) =>
      /\b429\b|new Refusal\('too-many'/.test(readFileSync(file, 'utf8')),
    );
    const silent = answering.filter(
      (file) => !/'Retry-After'|new Refusal\('too-many', \{ retryAfter/.test(readFileSync(file, 'utf8')),
    );
    const described = ['http/refusal.ts', 'portal/api/openapi.ts'];
    expect(answering.length).toBeGreaterThan(3);
    expect(silent.map((file) => relative(SRC, file)).filter((file) => !described.includes(file))).toEqual([]);
  });

  it('opens nothing sealed in the console without reading first', () => {
    const opens = /\b(openNames|openFieldsOf|openPersonFields|sealersOf|openContactsOf)\(/;
    const pages = files.filter((file) => /^console\/.+\//.test(relative(SRC, file)));
    const opening = pages.filter((file) => opens.test(readFileSync(file, 'utf8')));
    const unread = opening.filter(
      (file) => !/\breadFirst\(|\breading\.read\(/.test(readFileSync(file, 'utf8')),
    );
    expect(opening.length).toBeGreaterThan(5);
    expect(unread).toEqual([]);
  });

  it('leaves nothing unfinished by its own words', () => {
    const marks = /\b(TODO|FIXME|XXX|HACK)\b/;
    expect(files.filter((file) => marks.test(readFileSync(file, 'utf8')))).toEqual([]);
  });
});

describe('the words', () => {
  const french = wordsOf('fr');
  const english = wordsOf('en');

  it('has every key in both languages', () => {
    expect([...english.keys()].sort()).toEqual([...french.keys()].sort());
  });

  it('has no key that nothing uses', () => {
    const sources = [...files, ...typescriptUnder(join(ROOT, 'views'))]
      .map((file) => readFileSync(file, 'utf8'))
      .join('\n');
    const unused = [...french.keys()].filter((key) => !sources.includes(key) && !isBuilt(key, sources));
    expect(unused).toEqual([]);
  });

  it('quotes a button or a title as it stands on its page', () => {
    for (const [words, quotes] of [
      [french, /«\s([^»{}]+)\s»/g],
      [english, /“([^”{}]+)”/g],
    ] as const) {
      const texts = [...words.values()].filter((text) => typeof text === 'string').map(plain);
      const quoted = texts.flatMap((text) => [...text.matchAll(quotes)].map(([, name = '']) => name));
      expect(quoted).not.toEqual([]);
      expect(quoted.filter((name) => !texts.includes(name))).toEqual([]);
    }
  });
});

// Declared at the margin, closed at the margin; the functions inside, which close over it, are judged by themselves.
function longFunctionsOf(file: string): string[] {
  const lines = readFileSync(file, 'utf8').split('\n');
  return lines.flatMap((line, start) => {
    const [, indent = '', name] = /^( *)(?:export )?(?:async )?function\*? (\w+)/.exec(line) ?? [];
    if (!name) return [];
    const body = lines.slice(start, lines.indexOf(`${indent}}`, start) + 1);
    const inner = new RegExp(`^${indent} +(?:async )?function`);
    const own = body.length - innerLines(body.slice(1), inner);
    return own > 40 ? [`${relative(SRC, file)} ${name}: ${own} lines`] : [];
  });
}

function innerLines(body: string[], inner: RegExp): number {
  let count = 0;
  for (let index = 0; index < body.length; index++) {
    const line = body[index] ?? '';
    if (!inner.test(line)) continue;
    const indent = /^ */.exec(line)?.[0] ?? '';
    const end = body.indexOf(`${indent}}`, index);
    if (end < 0) return count;
    count += end - index + 1;
    index = end;
  }
  return count;
}

// A key built from constants around an outcome: `http.${reason}_title`.
function isBuilt(key: string, sources: string): boolean {
  const templates = [...sources.matchAll(/`([a-z-]+\.[^`\s]*\$\{[^`\s]*)`/g)].map(([, text]) => text ?? '');
  return templates.some((text) => {
    const constants = text.split(/\$\{[^}]*\}/).map((part) => RegExp.escape(part));
    return new RegExp(`^${constants.join('.+')}$`).test(key);
  });
}

function plain(text: string): string {
  return text.replace(/\s/g, ' ').toLowerCase();
}

function wordsOf(locale: string): Map<string, unknown> {
  const folder = join(ROOT, 'config', 'locales', locale);
  return new Map(
    readdirSync(folder).flatMap((file) =>
      Object.entries(JSON.parse(readFileSync(join(folder, file), 'utf8')) as Record<string, unknown>).map(
        ([key, value]): [string, unknown] => [`${file.replace(/\.json$/, '')}.${key}`, value],
      ),
    ),
  );
}

function typescriptUnder(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(folder, name));
}

function importsOf(file: string): string[] {
  const specifiers = [...readFileSync(file, 'utf8').matchAll(/(?:from|import\()\s*'([^']+)'/g)].map(
    ([, name]) => name ?? '',
  );
  return specifiers.filter((name) => name.startsWith('.')).map((name) => resolve(dirname(file), name));
}

function importersOf(packages: RegExp, allowed: RegExp): string[] {
  return files
    .filter((file) =>
      [...readFileSync(file, 'utf8').matchAll(/^import (?!type)[^;]*from '([^']+)'/gm)].some(([, name]) =>
        packages.test(name ?? ''),
      ),
    )
    .map((file) => relative(SRC, file))
    .filter((file) => !allowed.test(file));
}

function entryOf(file: string): string {
  return relative(SRC, file).split('/')[0]?.replace(/\.ts$/, '') ?? '';
}

function rowOf(file: string): number {
  return ROWS.findIndex((row) => row.includes(entryOf(file)));
}

function readOr(path: string, otherwise: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return otherwise;
  }
}
