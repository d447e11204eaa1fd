import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { parseActivationCode } from '../../src/activation/activation-code.ts';
import { createDigests } from '../../src/crypto/digests.ts';
import {
  digestRecoveryCode,
  formatRecoveryCode,
  generateRecoveryCodes,
  parseRecoveryCode,
} from '../../src/second-factors/recovery-code.ts';

describe('recovery codes', () => {
  it('come as ten different codes of at least 64 bits', () => {
    const codes = generateRecoveryCodes();
    expect(new Set(codes).size).toBe(10);
    for (const code of codes) expect(code).toMatch(/^[0-9A-HJKMNP-TV-Z]{15}$/);
    expect(15 * 5).toBeGreaterThanOrEqual(64);
  });

  it('are read back from their printed form and are no activation codes', () => {
    for (const code of generateRecoveryCodes()) {
      const printed = formatRecoveryCode(code);
      expect(printed).toMatch(/^.{5}-.{5}-.{5}$/);
      expect(parseRecoveryCode(printed.toLowerCase().replaceAll('-', ' '))).toBe(code);
      expect(parseActivationCode(printed)).toBeUndefined();
    }
    expect(parseRecoveryCode('00000-00000-0000U')).toBeUndefined();
  });

  it('are kept as the digest of their purpose', () => {
    const digests = createDigests(randomBytes(32));
    const [code] = generateRecoveryCodes();
    if (!code) throw new Error('no code');
    expect(digestRecoveryCode(digests, code)).toEqual(digests.of('recovery-code', code));
  });
});
