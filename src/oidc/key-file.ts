import { randomBytes, type ScryptOptions, scrypt } from 'node:crypto';
import { z } from 'zod';
import { contextOf } from '../crypto/context.ts';
import { openBytes, SealBroken, sealBytes } from '../crypto/envelope.ts';
import type { SecretSealer } from '../crypto/key-ring.ts';
import { exportedKeys, findKeyProblem } from './exported-keys.ts';

/** Under the wrapping key of this instance, or under a passphrase that opens it anywhere. */
export type Protection = { kind: 'wrapping-key' } | { kind: 'passphrase'; passphrase: string };

export interface KeyFile {
  readonly about: { readonly issuer: string; readonly exported_at: string };
  readonly keys: z.infer<typeof exportedKeys>;
}

const FORMAT = 'preau-signing-keys/1';
// OWASP's recommendation for scrypt; a file that states others is not ours.
const SCRYPT = { N: 131_072, r: 8, p: 1, maxmem: 256 * 1024 * 1024 } as const;

const fileSchema = z.strictObject({
  format: z.literal(FORMAT),
  issuer: z.string().max(500),
  exported_at: z.iso.datetime(),
  protection: z.enum(['wrapping-key', 'passphrase']),
  salt: z.base64url().max(100).optional(),
  sealed: z.base64url(),
});

export async function sealKeyFile(
  protection: Protection,
  sealer: SecretSealer,
  { about, keys }: KeyFile,
): Promise<string> {
  const bytes = Buffer.from(JSON.stringify(keys));
  const salt = protection.kind === 'passphrase' ? randomBytes(16) : undefined;
  const sealed =
    protection.kind === 'passphrase' && salt
      ? sealBytes(await keyFrom(protection.passphrase, salt), contextOf(FORMAT, ...labelOf(about)), bytes)
      : sealer.sealSecret(secretLabel(about), bytes);
  const file = {
    ...{ format: FORMAT, ...about, protection: protection.kind },
    ...(salt && { salt: salt.toString('base64url') }),
    sealed: sealed.toString('base64url'),
  };
  return `${JSON.stringify(file, null, 2)}\n`;
}

export type OpenedFile =
  | { outcome: 'opened'; file: KeyFile }
  | { outcome: 'not-a-key-file' }
  | { outcome: 'passphrase-needed' }
  | { outcome: 'does-not-open'; protection: Protection['kind'] }
  | { outcome: 'invalid-keys'; problem: string };

export async function openKeyFile(
  sealer: SecretSealer,
  { text, passphrase }: { text: string; passphrase: string | undefined },
): Promise<OpenedFile> {
  const parsed = fileSchema.safeParse(parseJson(text));
  if (!parsed.success) return { outcome: 'not-a-key-file' };
  const { issuer, exported_at, protection } = parsed.data;
  if (protection === 'passphrase' && passphrase === undefined) return { outcome: 'passphrase-needed' };
  const about = { issuer, exported_at };
  const bytes = await openOr(() => openSealed(sealer, { ...parsed.data, about, passphrase }));
  if (!bytes) return { outcome: 'does-not-open', protection };
  const keys = exportedKeys.safeParse(parseJson(bytes.toString('utf8')));
  if (!keys.success) return { outcome: 'invalid-keys', problem: z.prettifyError(keys.error) };
  const problem = await findKeyProblem(keys.data);
  if (problem) return { outcome: 'invalid-keys', problem };
  return { outcome: 'opened', file: { about, keys: keys.data } };
}

async function openSealed(
  sealer: SecretSealer,
  from: Pick<KeyFile, 'about'> & {
    protection: Protection['kind'];
    passphrase: string | undefined;
    salt?: string | undefined;
    sealed: string;
  },
): Promise<Buffer> {
  const sealed = Buffer.from(from.sealed, 'base64url');
  if (from.protection === 'wrapping-key') return sealer.openSecret(secretLabel(from.about), sealed);
  const key = await keyFrom(from.passphrase ?? '', Buffer.from(from.salt ?? '', 'base64url'));
  return openBytes(key, contextOf(FORMAT, ...labelOf(from.about)), sealed, 'the exported keys');
}

async function openOr(open: () => Promise<Buffer>): Promise<Buffer | undefined> {
  try {
    return await open();
  } catch (error) {
    if (error instanceof SealBroken) return undefined;
    throw error;
  }
}

function keyFrom(passphrase: string, salt: Buffer): Promise<Buffer> {
  const options: ScryptOptions = SCRYPT;
  return new Promise((resolve, reject) =>
    scrypt(passphrase.normalize('NFC'), salt, 32, options, (error, key) =>
      error ? reject(error) : resolve(key),
    ),
  );
}

/** What stands beside the sealed part is bound to it. */
function labelOf({ issuer, exported_at: exportedAt }: KeyFile['about']): [string, string] {
  return [issuer, exportedAt];
}

function secretLabel(about: KeyFile['about']): string {
  return `${FORMAT} ${labelOf(about).join(' ')}`;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
