import { generatePassphrase } from '../accounts/passphrase.ts';
import type { Digests } from '../crypto/digests.ts';
import { isSameBytes } from '../crypto/tokens.ts';
import type { Visit } from './visit.ts';

export interface OfferedPhrase {
  phrase: string;
  /** That Préau drew it, in this very ceremony. Nothing of it is kept. */
  offer: string;
}

/** Five words, new at each look. The youngest take one of them: what an eight-year-old chooses is guessed. */
export function offerPhrase(digests: Digests, visit: Visit): OfferedPhrase {
  const phrase = generatePassphrase();
  return { phrase, offer: markOf(digests, visit, phrase) };
}

export function isOffered(
  digests: Digests,
  visit: Visit,
  { phrase, offer }: { phrase: string; offer: string | undefined },
): boolean {
  return offer !== undefined && isSameBytes(offer, markOf(digests, visit, phrase));
}

function markOf(digests: Digests, { ceremony }: Visit, phrase: string): string {
  return digests.of('offered-phrase', `${ceremony.id} ${phrase}`).toString('base64url');
}
