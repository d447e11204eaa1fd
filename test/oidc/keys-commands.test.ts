import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { UsageError } from '../../src/cli/command.ts';
import type { ListedKey } from '../../src/oidc/key-list.ts';
import { loadKeySet } from '../../src/oidc/key-set.ts';
import { SIGNING_ALGS } from '../../src/oidc/signing-keys.ts';
import { senders } from '../support/processes.ts';
import { randomSecrets, type TestStores, testStores } from '../support/stores.ts';
import { environmentOf } from '../support/world.ts';
import { auditOf, DAY, doneBy, type KeysBench, keysBench, runKeys } from './keys-support.ts';

const folder = mkdtempSync(join(tmpdir(), 'preau-keys-'));
let stores: TestStores;
let bench: KeysBench;
let files = 0;

beforeEach(async () => {
  stores = await testStores();
  bench = await keysBench(stores);
});
afterEach(() => stores.close());
afterAll(() => rmSync(folder, { recursive: true }));

const aFile = (text?: string) => {
  const file = join(folder, `file-${++files}`);
  if (text !== undefined) writeFileSync(file, text);
  return file;
};
const list = async () => (await doneBy(runKeys(bench, 'list'))) as ListedKey[];
const passphrase = () => aFile('six words nobody else would say\n');

/** Another instance: its own database and, unless told otherwise, its own secrets. */
async function elsewhere<Answer>(
  secrets: TestStores['secrets'] | undefined,
  act: (other: KeysBench) => Promise<Answer>,
): Promise<Answer> {
  const others = await testStores();
  try {
    return await act(await keysBench(secrets ? { ...others, secrets } : others));
  } finally {
    await others.close();
  }
}

describe('keys rotate', () => {
  it('publishes a next key for every alg and says when it signs; a second time it refuses', async () => {
    await loadKeySet(bench);
    const signs_from = new Date(bench.now().getTime() + DAY).toISOString();
    const { published } = (await doneBy(runKeys(bench, 'rotate'))) as { published: object[] };
    expect(published).toEqual(
      SIGNING_ALGS.map((alg) => ({ kid: expect.any(String), alg, state: 'next', signs_from })),
    );
    expect((await list()).map(({ alg, state }) => `${alg} ${state}`)).toEqual([
      ...SIGNING_ALGS.map((alg) => `${alg} current`),
      ...SIGNING_ALGS.map((alg) => `${alg} next`),
    ]);
    expect(await runKeys(bench, 'rotate')).toMatchObject({ outcome: 'refused' });
  });

  it('signs at once with --now, with the next key where one is published', async () => {
    await loadKeySet(bench);
    const rotate = (options: Record<string, string | true>) => doneBy(runKeys(bench, 'rotate', { options }));
    const { published } = (await rotate({ alg: 'PS256' })) as { published: { kid: string }[] };
    const { promoted } = (await rotate({ alg: 'PS256', now: true })) as { promoted: object[] };
    expect(promoted).toEqual([{ kid: published[0]?.kid, alg: 'PS256', state: 'current' }]);
    expect((await list()).map(({ state }) => state)).toEqual([...Array(4).fill('current'), 'old']);
  });

  it('names what is published alone: the conformance profile leaves EdDSA out', async () => {
    await loadKeySet(bench);
    const mode = 'conformance';
    const given = { options: { now: true }, mode } as const;
    const { promoted } = (await doneBy(runKeys(bench, 'rotate', given))) as { promoted: { alg: string }[] };
    expect(promoted.map(({ alg }) => alg).sort()).toEqual(['ES256', 'PS256', 'RS256']);
    const listed = (await doneBy(runKeys(bench, 'list', { mode }))) as ListedKey[];
    expect(listed.filter(({ published }) => !published).map(({ alg }) => alg)).toEqual(['EdDSA']);
    await expect(runKeys(bench, 'rotate', { options: { alg: 'EdDSA' }, mode })).rejects.toThrow(UsageError);
  });

  it('refuses --now in production, and algs it does not know', async () => {
    const now = runKeys(bench, 'rotate', { options: { now: true }, mode: 'production' });
    await expect(now).rejects.toThrow(UsageError);
    await expect(runKeys(bench, 'rotate', { options: { alg: 'HS256' } })).rejects.toThrow(UsageError);
    expect(await list()).toEqual([]);
  });
});

describe('keys revoke', () => {
  it('replaces a key that signs before it withdraws it', async () => {
    const first = (await loadKeySet(bench)).keys.find(({ alg }) => alg === 'ES256');
    await doneBy(runKeys(bench, 'revoke', { operands: [first?.kid ?? ''], mode: 'production' }));
    const { keys } = await loadKeySet(bench);
    expect(keys.map(({ alg }) => alg)).toEqual([...SIGNING_ALGS]);
    expect(keys.map(({ kid }) => kid)).not.toContain(first?.kid);
    expect((await list()).find(({ kid }) => kid === first?.kid)).toMatchObject({ published: false });
  });

  it('refuses a key nobody knows', async () => {
    expect(await runKeys(bench, 'revoke', { operands: ['x'] })).toMatchObject({ outcome: 'refused' });
    await expect(runKeys(bench, 'revoke')).rejects.toThrow(UsageError);
  });
});

describe('keys export and import', () => {
  it.each([
    ['under the wrapping key, for an instance with the same secrets', false],
    ['under a passphrase, for an instance with others', true],
  ])('bring the keys back as they were, %s', async (_, withPassphrase) => {
    await loadKeySet(bench);
    await runKeys(bench, 'rotate', { options: { alg: 'ES256', now: true } });
    await runKeys(bench, 'rotate', { options: { alg: 'EdDSA' } });
    const before = await loadKeySet(bench);
    const file = aFile();
    const options: Record<string, string> = withPassphrase ? { 'passphrase-file': passphrase() } : {};
    const exported = (await doneBy(runKeys(bench, 'export', { operands: [file], options }))) as object;
    expect(exported).toMatchObject({
      kids: before.keys.map(({ kid }) => kid),
      losses: { pairwise_key: expect.stringContaining('every relying party loses its users') },
    });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const text = readFileSync(file, 'utf8');
    for (const { d = '' } of before.keys) expect(text).not.toContain(d);
    await elsewhere(withPassphrase ? undefined : stores.secrets, async (other) => {
      await doneBy(runKeys(other, 'import', { operands: [file], options }));
      expect(await loadKeySet(other)).toEqual(before);
      expect(await auditOf(other.stores)).toMatchObject([{ name: 'keys.imported', reason: 'test' }]);
      const again = await runKeys(other, 'import', { operands: [file], options });
      expect(again).toMatchObject({ outcome: 'refused', json: { outcome: 'not-empty' } });
      expect(await loadKeySet(other)).toEqual(before);
    });
    expect((await auditOf(stores)).at(-1)).toMatchObject({ name: 'keys.exported', by: 'operator' });
  });

  it('open nowhere else, and not when a byte of the file was altered', async () => {
    await loadKeySet(bench);
    const [sealed, guarded] = [aFile(), aFile()];
    const options = { 'passphrase-file': passphrase() };
    await doneBy(runKeys(bench, 'export', { operands: [sealed] }));
    await doneBy(runKeys(bench, 'export', { operands: [guarded], options }));
    const altered = readFileSync(sealed, 'utf8').replace('preau.example', 'preau.example2');
    const tries: [string, Record<string, string>, string, boolean][] = [
      [sealed, {}, 'does-not-open', false],
      [guarded, {}, 'passphrase-needed', false],
      [guarded, { 'passphrase-file': aFile('another six words of theirs') }, 'does-not-open', false],
      [aFile(altered), {}, 'does-not-open', true],
      [aFile('{"format":"preau-signing-keys/2"}'), {}, 'not-a-key-file', true],
      [aFile('nothing of ours'), {}, 'not-a-key-file', true],
    ];
    for (const [file, given, outcome, isSame] of tries)
      await elsewhere(isSame ? stores.secrets : undefined, async (other) => {
        const result = await runKeys(other, 'import', { operands: [file], options: given });
        expect(result).toMatchObject({ outcome: 'refused', json: { outcome } });
      });
  });

  it('are refused without a key to export, over a file that is there, and with a short passphrase', async () => {
    const file = aFile();
    expect(await runKeys(bench, 'export', { operands: [file] })).toMatchObject({ outcome: 'refused' });
    await loadKeySet(bench);
    const there = aFile('precious');
    expect(await runKeys(bench, 'export', { operands: [there] })).toMatchObject({ outcome: 'refused' });
    expect(readFileSync(there, 'utf8')).toBe('precious');
    const options = { 'passphrase-file': aFile('short') };
    await expect(runKeys(bench, 'export', { operands: [file], options })).rejects.toThrow(UsageError);
    await expect(runKeys(bench, 'import', { operands: [join(folder, 'none')] })).rejects.toThrow(UsageError);
    await expect(runKeys(bench, 'import')).rejects.toThrow(UsageError);
  });

  it('leave one set of keys where two imports race', async () => {
    await loadKeySet(bench);
    const file = aFile();
    await doneBy(runKeys(bench, 'export', { operands: [file] }));
    await elsewhere(stores.secrets, async (other) => {
      const results = await Promise.all([1, 2, 3].map(() => runKeys(other, 'import', { operands: [file] })));
      expect(results.map(({ outcome }) => outcome).sort()).toEqual(['done', 'refused', 'refused']);
      expect((await loadKeySet(other)).keys).toHaveLength(4);
    });
  });
});

describe('typed wrongly', () => {
  it.each([
    [['keys', 'spin'], 2, 'unknown command'],
    [['keys', 'rotate', '--alg', 'HS256'], 2, '--alg HS256'],
  ])('%j ends with %i', (args, code, message) => {
    const env = { ...process.env, PREAU_PROFILE: 'test', PREAU_DATA_DIR: join(folder, 'data') };
    const { status, stderr } = spawnSync(process.execPath, ['src/cli/main.ts', ...args], {
      env,
      encoding: 'utf8',
    });
    expect([status, stderr]).toEqual([code, expect.stringContaining(message)]);
  });

  it('an act of power in production states who and why', () => {
    const env = {
      ...process.env,
      ...environmentOf(randomSecrets()),
      ...senders,
      PREAU_PROFILE: 'production',
      PREAU_ISSUER: 'https://preau.example',
    };
    const args = ['src/cli/main.ts', 'keys', 'rotate'];
    const { status, stderr } = spawnSync(process.execPath, args, { env, encoding: 'utf8' });
    expect([status, stderr]).toEqual([2, expect.stringContaining('--by and --reason')]);
  });
});
