import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { keyVersionOfSub, pairwiseSub } from '../../src/crypto/pairwise.ts';

describe('the pairwise sub', () => {
  const from = { key: Buffer.alloc(32, 7), keyVersion: 1 };

  it('never changes for the same key, publisher and subject', () => {
    const sub = pairwiseSub(from, 'timetable', 'subject-1');
    expect(sub).toBe('AaG1Vpp632WbB5ObWYilqyiDTkSURJ3LIADMp_7_Aepq');
    expect(sub).toMatch(/^[\w-]{44}$/);
  });

  it('differs for another publisher, subject, key or key version', () => {
    const subs = [
      pairwiseSub(from, 'timetable', 'subject-1'),
      pairwiseSub(from, 'library', 'subject-1'),
      pairwiseSub(from, 'timetable', 'subject-2'),
      pairwiseSub({ key: Buffer.alloc(32, 8), keyVersion: 1 }, 'timetable', 'subject-1'),
      pairwiseSub({ ...from, keyVersion: 2 }, 'timetable', 'subject-1'),
    ];
    const withoutVersion = subs.map((sub) => Buffer.from(sub, 'base64url').subarray(1).toString('hex'));
    expect(new Set(withoutVersion).size).toBe(subs.length);
  });

  it('cannot be made equal by moving the border between the two ids', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.nat(), (publisher, subject, at) => {
        const both = publisher + subject;
        const cut = at % (both.length + 1);
        fc.pre(cut !== publisher.length);
        return (
          pairwiseSub(from, publisher, subject) !== pairwiseSub(from, both.slice(0, cut), both.slice(cut))
        );
      }),
    );
  });

  it('tells its key version', () => {
    expect(keyVersionOfSub(pairwiseSub({ ...from, keyVersion: 42 }, 'p', 's'))).toBe(42);
    expect(keyVersionOfSub('not-a-sub')).toBeUndefined();
    expect(() => pairwiseSub({ ...from, keyVersion: 0 }, 'p', 's')).toThrow('version');
  });
});
