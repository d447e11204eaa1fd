import type { Digests } from '../crypto/digests.ts';
import { isSameBytes } from '../crypto/tokens.ts';
import { generatePassphrase } from './passphrase.ts';

export interface OfferedPhrase {
  phrase: string;
  /** That Préau drew it, for this very ceremony or session. Nothing of it is kept. */
  offer: string;
}

/** Five words, new at each look. The youngest take one of them: what an eight-year-old chooses is guessed. */
export function offerPhrase(digests: Digests, to: string): OfferedPhrase {
  const phrase = generatePassphrase();
  return { phrase, offer: markOf(digests, to, phrase) };
}

export function isOffered(
  digests: Digests,
  to: string,
  { phrase, offer }: { phrase: string; offer: string | undefined },
): boolean {
  return offer !== undefined && isSameBytes(offer, markOf(digests, to, phrase));
}

function markOf(digests: Digests, to: string, phrase: string): string {
  return digests.of('offered-phrase', `${to} ${phrase}`).toString('base64url');
}
