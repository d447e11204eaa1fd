import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const SECRETS = {
  wrappingKey: 'PREAU_WRAPPING_KEY',
  digestKey: 'PREAU_DIGEST_KEY',
  pairwiseKey: 'PREAU_PAIRWISE_KEY',
  ledgerKey: 'PREAU_LEDGER_KEY',
  cookieKey: 'PREAU_COOKIE_KEY',
} as const;
type SecretName = keyof typeof SECRETS;

export type Secrets = Readonly<Record<SecretName, Buffer>>;

type Environment = Readonly<Record<string, string | undefined>>;

/** Production is given each, in a variable or in a file that it names. */
export function givenSecrets(env: Environment, problems: string[]): Secrets {
  const secrets = secretsBy((name) => {
    const variable = SECRETS[name];
    const found = variableOrFile(env, variable);
    if (found.outcome === 'unreadable') problems.push(found.problem);
    else if (!found.text)
      problems.push(`${variable} (or ${variable}_FILE) is missing: 32 random bytes in base64`);
    else return parseSecret(variable, found.text, problems);
    return randomBytes(32);
  });
  const different = new Set(Object.values(secrets).map((secret) => secret.toString('base64')));
  // Whoever is given one (a keeper of the ledger, a backup) would hold them all.
  if (different.size < Object.keys(SECRETS).length)
    problems.push(`two of ${Object.values(SECRETS).join(', ')} are one key: each needs bytes of its own`);
  return secrets;
}

/** Development and demo make their secrets once, into files only their owner reads. */
export function ownSecrets(env: Environment, folder: string, problems: string[]): Secrets {
  return secretsBy((name) => {
    const given = env[SECRETS[name]];
    if (given) return parseSecret(SECRETS[name], given, problems);
    const file = join(folder, name);
    if (!existsSync(file)) {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      try {
        writeFileSync(file, randomBytes(32).toString('base64'), { mode: 0o600, flag: 'wx', flush: true });
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      }
    }
    chmodSync(file, 0o600);
    return parseSecret(file, readFileSync(file, 'utf8'), problems);
  });
}

type Found = { outcome: 'found'; text: string | undefined } | { outcome: 'unreadable'; problem: string };

/** Of `NAME` or, where that is empty, of the file that `NAME_FILE` names. */
export function variableOrFile(env: Environment, variable: string): Found {
  const path = env[`${variable}_FILE`];
  if (env[variable] || !path) return { outcome: 'found', text: env[variable] };
  try {
    return { outcome: 'found', text: readFileSync(path, 'utf8').trim() };
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code ?? 'error';
    return { outcome: 'unreadable', problem: `${variable}_FILE names ${path}, which cannot be read: ${why}` };
  }
}

function secretsBy(find: (name: SecretName) => Buffer): Secrets {
  return {
    wrappingKey: find('wrappingKey'),
    digestKey: find('digestKey'),
    pairwiseKey: find('pairwiseKey'),
    ledgerKey: find('ledgerKey'),
    cookieKey: find('cookieKey'),
  };
}

function parseSecret(where: string, text: string, problems: string[]): Buffer {
  const bytes = Buffer.from(text.trim(), 'base64');
  // As base64 is written: what is read of any other text is less than what was typed.
  if (bytes.length !== 32 || bytes.toString('base64') !== text.trim())
    problems.push(
      `${where} must be 32 random bytes in base64, as head -c 32 /dev/urandom | base64 writes them`,
    );
  else if (isExample(bytes)) problems.push(`${where} is an example, not a random key`);
  return bytes;
}

/** Few different bytes, each as far from the one before, or text: of random ones, one in 10^13 at most is so. */
function isExample(bytes: Buffer): boolean {
  const steps = new Set(bytes.subarray(1).map((byte, index) => byte - (bytes[index] ?? 0)));
  const isText = bytes.every((byte) => byte >= 0x20 && byte < 0x7f);
  return new Set(bytes).size < 12 || steps.size === 1 || isText;
}
