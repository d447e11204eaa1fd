import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { madeDocuments } from '../../scripts/docs.ts';
import { writersOf } from '../../scripts/docs-events.ts';
import { auditEvents } from '../../src/audit/events.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const DOCUMENTS = ['README.md', ...filesOf('docs', '.md').map((name) => `docs/${name}`)];

describe('what is made from the code', () => {
  it('is as node scripts/docs.ts makes it', () => {
    const documents = madeDocuments();
    expect(documents.map(({ path }) => path)).toContain('docs/events.md');
    for (const { path, is, shouldBe } of documents) expect({ path, is }).toEqual({ path, is: shouldBe });
  });

  it('names a writer for every event of the catalogue', () => {
    const silent = Object.keys(auditEvents).filter((event) => writersOf(event).length === 0);
    expect(silent).toEqual([]);
  });
});

describe('what is written by hand', () => {
  it.each(DOCUMENTS)('names only files and folders that are there: %s', (document) => {
    const text = readFileSync(join(ROOT, document), 'utf8');
    const named = [...text.matchAll(/`((?:src|test|views|demo|scripts|config|bin|docs)\/[\w./-]+)`/g)];
    const linked = [...text.matchAll(/\]\((?!https?:)([^)#]+)\)/g)];
    const missing = [
      ...named.map(([, path]) => join(ROOT, path ?? '')),
      ...linked.map(([, path]) => join(ROOT, dirname(document), path ?? '')),
    ].filter((path) => !existsSync(path));
    expect(missing).toEqual([]);
  });

  it('maps every entry of src in the README, and no other', () => {
    const [, map = ''] = readFileSync(join(ROOT, 'README.md'), 'utf8').split('## A map of `src`');
    const [table = ''] = map.split('\n\nBeside it');
    const named = [...table.matchAll(/^\|(?<names>[^|]+)\|/gm)].flatMap(([, names = '']) =>
      [...names.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name.replace(/\/$/, '')),
    );
    expect(named.sort()).toEqual(readdirSync(join(ROOT, 'src')).sort());
  });

  it('names only commands that there are', () => {
    const commands = readFileSync(join(ROOT, 'README.md'), 'utf8');
    const known = [...commands.matchAll(/^\| `(\w+ [\w-]+)/gm)].map(([, name]) => name);
    const named = DOCUMENTS.flatMap((document) =>
      [...readFileSync(join(ROOT, document), 'utf8').matchAll(/npx preau (\w+ [a-z][\w-]*)/g)].map(
        ([, name]) => name,
      ),
    );
    expect(known.length).toBeGreaterThan(10);
    expect(named.filter((name) => !known.includes(name))).toEqual([]);
  });

  it('says what each decision is that the code names', () => {
    const design = readFileSync(join(ROOT, 'docs/design.md'), 'utf8');
    const said = [...design.matchAll(/^- \*\*([DR]\d+)\*\*|^(\d)\. \*\*/gm)].map(
      ([, one, promise]) => one ?? promise,
    );
    const named = ['src', 'bench', 'scripts', 'test', 'docs'].flatMap(decisionsNamedUnder);
    expect(named.length).toBeGreaterThan(50);
    expect(named.filter((one) => !said.includes(one))).toEqual([]);
  });

  it('has pictures of less than 150 KB', () => {
    const pictures = filesOf('docs/pictures', '.png').map((name) => join(ROOT, 'docs/pictures', name));
    expect(pictures.length).toBeGreaterThan(0);
    expect(pictures.filter((path) => statSync(path).size > 150 * 1024)).toEqual([]);
  });
});

/** `design D4, D6`, `design promises 1, 2`, and in a README also `(D5)`. */
function decisionsNamedUnder(folder: string): string[] {
  const files = readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' });
  return files
    .filter((name) => /\.(ts|md)$/.test(name))
    .flatMap((name) => {
      const text = readFileSync(join(ROOT, folder, name), 'utf8');
      const lists = [
        ...text.matchAll(/design ((?:promises? )?(?:[DR]?\d+(?:, )?)+)|\(([DR]\d+(?:, [DR]\d+)*)\)/g),
      ];
      return lists.flatMap(([list]) => list.match(/[DR]?\d+/g) ?? []);
    });
}

function filesOf(folder: string, end: string): string[] {
  return readdirSync(join(ROOT, folder)).filter((name) => name.endsWith(end));
}
