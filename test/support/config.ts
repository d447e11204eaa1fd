import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Config, loadConfig } from '../../src/config.ts';

/** The test configuration as it is loaded; the folder its secrets are drawn into is gone again. */
export function testConfig(): Config {
  const folder = mkdtempSync(join(tmpdir(), 'preau-config-'));
  try {
    return loadConfig({ PREAU_PROFILE: 'test', PREAU_DATA_DIR: folder });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
