import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';

const ROOT = join(import.meta.dirname, '../..');
const STEPS = {
  authorize: 'authorization in a session',
  code: 'code exchange',
  refresh: 'refresh',
  userinfo: 'userinfo',
  introspection: 'introspection',
} as const;
/** The columns that the bench counts; the other one is test/oidc/economy-elsewhere.test.ts's. */
const COLUMNS = { preau: 1, control: 3, floor: 4 } as const;

type Flights = Record<string, Record<string, { redis: number; postgres: number }>>;

it('the bench runs, and counts the round trips that docs/performance.md names', () => {
  const few = ['--rounds', '1', '--each', '20', '--warm', '20', '--at-once', '4', '--json'];
  const said = execFileSync(process.execPath, [join(ROOT, 'bench/sso.ts'), ...few], { encoding: 'utf8' });
  const { flights, cpu } = JSON.parse(said) as { flights: Flights; cpu: { costs: object }[] };
  expect(Object.keys(cpu[0]?.costs ?? {})).toEqual(expect.arrayContaining(['sso ES256', 'sso RS256']));
  const rows = readFileSync(join(ROOT, 'docs/performance.md'), 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) =>
      line
        .split('|')
        .slice(1)
        .map((cell) => cell.replaceAll('*', '').trim()),
    );
  for (const [step, words] of Object.entries(STEPS))
    for (const [server, column] of Object.entries(COLUMNS)) {
      const { redis, postgres } = flights[server]?.[step] ?? {};
      const row = rows.find(([first]) => first === words);
      expect([server, step, row?.[column]]).toEqual([server, step, `${redis} + ${postgres}`]);
    }
}, 240_000);
