import type { Digests } from '../../crypto/digests.ts';
import type { CeremonyAwaited } from '../ceremony.ts';
import { deskCharactersOf } from '../requests/shown.ts';

/**
 * Anybody's letter, and a staff member who saw who they are: the person's own screen shows six characters, the staff
 * member types them beside the record. Nothing usable passes from staff to the person.
 */
export function createDesk(given: { digests: Digests; seconds: number; perDay: number }): CeremonyAwaited {
  const { digests, seconds, perDay } = given;
  return {
    name: 'desk',
    proofs: { first: 'letter-code', second: 'desk-act' },
    device: 'shared',
    seconds,
    perDay,
    shown: (token) => deskCharactersOf(digests, token),
  };
}
