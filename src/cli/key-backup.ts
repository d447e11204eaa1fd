import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { exportKeys, type Imported, importKeys } from '../oidc/key-backup.ts';
import type { Protection } from '../oidc/key-file.ts';
import { type Command, type Context, type Input, type Result, UsageError } from './command.ts';

const PASSPHRASE_FILE = {
  type: 'string',
  value: 'FILE',
  help: 'a file whose first line is the passphrase; without it the file opens under this wrapping key alone',
} as const;

/** What is lost with each key. Only the signing keys are in the file. */
export const LOSSES = {
  signing_keys:
    'new ones are made at the next start; relying parties fetch them, sign-ins under way fail once, nobody is lost',
  pairwise_key:
    "every relying party loses its users: each person's sub changes at every publisher, and nothing brings it back",
  wrapping_key:
    'every sealed field (names, birth dates, addresses) and every signing key is unreadable for ever',
  digest_key:
    'nobody is found by user name or mail address; client secrets, letters, sessions and second factors are void',
  ledger_key:
    'lines written before stay readable, but nobody can show any more that their context is unaltered',
  cookie_key: 'everybody signs in anew; devices are unknown again',
};

export const commands: Command[] = [
  {
    name: 'keys export',
    summary: 'writes the signing keys to a new file, sealed, and says what the loss of each key costs',
    operands: 'FILE',
    isActOfPower: true,
    options: { 'passphrase-file': PASSPHRASE_FILE },
    run: runExport,
  },
  {
    name: 'keys import',
    summary: 'restores exported signing keys into an instance that has none yet',
    operands: 'FILE',
    isActOfPower: true,
    options: { 'passphrase-file': PASSPHRASE_FILE },
    run: runImport,
  },
];

async function runExport(context: Context, input: Input): Promise<Result> {
  const file = fileOf(input);
  const passphrase = passphraseOf(input);
  const protection: Protection =
    passphrase === undefined ? { kind: 'wrapping-key' } : { kind: 'passphrase', passphrase };
  if (existsSync(file)) return { outcome: 'refused', message: `${file} is there already` };
  const result = await exportKeys(await context.parts(), context.by, { protection, reason: context.reason });
  if (result.outcome === 'no-keys') {
    return {
      outcome: 'refused',
      message: 'there are no signing keys yet: the server makes them at its first start',
    };
  }
  writeNew(file, result.text);
  const json = { file, kids: result.kids, protection: protection.kind, losses: LOSSES };
  const lines = [
    `${result.kids.length} signing keys written to ${file}, ${explain(protection)}`,
    'The other keys are not in it: keep a copy of each where only you can reach it. What the loss of each costs:',
    ...Object.entries(LOSSES).map(([key, loss]) => `  ${key.replace('_', ' ')}: ${loss}`),
  ];
  return { outcome: 'done', json, lines };
}

async function runImport(context: Context, input: Input): Promise<Result> {
  const text = readText(fileOf(input));
  const passphrase = passphraseOf(input);
  const parts = await context.parts();
  const result = await importKeys(parts, context.by, { text, passphrase, reason: context.reason });
  if (result.outcome !== 'imported') return { outcome: 'refused', message: refusalOf(result), json: result };
  const { kids, issuer, exportedAt } = result;
  const json = { kids, issuer, exported_at: exportedAt };
  const lines = [`${kids.length} signing keys of ${issuer} restored, as they were on ${exportedAt}`];
  if (issuer !== context.config.issuer) lines.push(`this instance is ${context.config.issuer}`);
  return { outcome: 'done', json, lines };
}

function refusalOf(result: Exclude<Imported, { outcome: 'imported' }>): string {
  switch (result.outcome) {
    case 'not-empty':
      return `this instance has ${result.kids.length} signing keys; they are never overwritten`;
    case 'not-a-key-file':
      return 'this is no file of npx preau keys export';
    case 'passphrase-needed':
      return 'the file is protected by a passphrase: --passphrase-file FILE';
    case 'does-not-open':
      return result.protection === 'passphrase'
        ? 'the passphrase does not open the file, or the file was altered'
        : 'the file was sealed under another wrapping key, or altered';
    case 'invalid-keys':
      return `the keys in the file cannot be used: ${result.problem}`;
    default:
      return result satisfies never;
  }
}

/** Never over a file that is there; only its owner reads it. */
function writeNew(file: string, text: string): void {
  try {
    writeFileSync(file, text, { mode: 0o600, flag: 'wx', flush: true });
  } catch (error) {
    throw new UsageError(`${file}: ${(error as Error).message}`);
  }
}

const SHORTEST_PASSPHRASE = 12;

function passphraseOf(input: Input): string | undefined {
  const file = input.text('passphrase-file');
  if (file === undefined) return undefined;
  const passphrase = readText(file).split(/\r?\n/)[0] ?? '';
  if (passphrase.length < SHORTEST_PASSPHRASE)
    throw new UsageError(`--passphrase-file: at least ${SHORTEST_PASSPHRASE} characters in the first line`);
  return passphrase;
}

function fileOf(input: Input): string {
  const [file, ...more] = input.operands;
  if (!file || more.length > 0) throw new UsageError('name one FILE');
  return file;
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new UsageError(`${file}: ${(error as Error).message}`);
  }
}

function explain({ kind }: Protection): string {
  return kind === 'passphrase' ? 'protected by your passphrase' : "sealed under this instance's wrapping key";
}
