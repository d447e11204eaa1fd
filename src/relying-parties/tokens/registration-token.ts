import type { Digests } from '../../crypto/digests.ts';

/** The token that manages a client (RFC 7592) and the one that comes after it, by their digests. */
export interface TokenDigests {
  readonly shown: Buffer;
  readonly next: Buffer;
}

/** Made of the one before it: whose answer was lost asks again, and is told the same. */
export function nextRegistrationToken(digests: Digests, token: string): string {
  return digests.textOf('next-registration-token', token);
}

export function digestsOfToken(digests: Digests, token: string): TokenDigests {
  const digestOf = (one: string) => digests.of('registration-token', one);
  return { shown: digestOf(token), next: digestOf(nextRegistrationToken(digests, token)) };
}
