import type { Digests } from '../../crypto/digests.ts';
import type { CeremonyAwaited } from '../ceremony.ts';
import { digitsOf } from '../requests/shown.ts';

/**
 * A pupil's letter, and the word of somebody with legal responsibility: the child's screen shows two digits, the
 * guardian types them in their own account with a code of their second factor. The digits are no proof; they say which
 * of two screens that wait is the child's.
 */
export function createGuardianVouch(given: {
  digests: Digests;
  seconds: number;
  perDay: number;
}): CeremonyAwaited {
  const { digests, seconds, perDay } = given;
  return {
    name: 'guardian-vouch',
    proofs: { first: 'letter-code', second: 'guardian' },
    device: 'own',
    seconds,
    perDay,
    shown: (token) => digitsOf(digests, token),
  };
}
