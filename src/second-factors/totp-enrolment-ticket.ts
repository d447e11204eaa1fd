import type { SecretSealer } from '../crypto/key-ring.ts';
import { generateTotpSecret } from './totp.ts';

/** A secret that is shown but not yet confirmed, carried by its page: sealed, for one person, one place, ten minutes. */
export interface TotpEnrolmentTicket {
  secret: Buffer;
  ticket: string;
}

const LIFETIME_MILLISECONDS = 600_000;

/** `place` is what the page belongs to: a session, a ceremony. Elsewhere the ticket does not open. */
export interface TicketFor {
  person: number;
  place: string;
  at: Date;
}

export function beginTotpEnrolment(sealer: SecretSealer, given: TicketFor): TotpEnrolmentTicket {
  const secret = generateTotpSecret();
  const until = given.at.getTime() + LIFETIME_MILLISECONDS;
  const content = Buffer.from(JSON.stringify({ secret: secret.toString('base64'), until }));
  return { secret, ticket: sealer.sealSecret(labelOf(given), content).toString('base64url') };
}

export function openTotpEnrolment(
  sealer: SecretSealer,
  given: TicketFor & { ticket: string },
): Buffer | undefined {
  try {
    const content = sealer.openSecret(labelOf(given), Buffer.from(given.ticket, 'base64url'));
    const { secret, until } = JSON.parse(content.toString('utf8')) as { secret: string; until: number };
    return given.at.getTime() < until ? Buffer.from(secret, 'base64') : undefined;
  } catch {
    // Another person's, another page's, altered or made up: all the same to who sent it.
    return undefined;
  }
}

function labelOf({ person, place }: TicketFor): string {
  return `totp-enrolment ${person} ${place}`;
}
