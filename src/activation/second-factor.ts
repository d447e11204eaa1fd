import type { SecretSealer } from '../crypto/key-ring.ts';
import { enrolTotp } from '../second-factors/enrol-totp.ts';
import { findTotp } from '../second-factors/store.ts';
import {
  beginTotpEnrolment,
  openTotpEnrolment,
  type TotpEnrolmentTicket,
} from '../second-factors/totp-enrolment-ticket.ts';
import type { Judged } from './judged.ts';
import { moveCeremony } from './store.ts';
import type { HoldVisit, Visit } from './visit.ts';

/** What the page shows, new at each look; the ticket of one ceremony opens in no other. */
export function offerTotp(sealer: SecretSealer, { ceremony }: Visit, at: Date): TotpEnrolmentTicket {
  return beginTotpEnrolment(sealer, { person: ceremony.person, place: ceremony.id, at });
}

/** The same secret once more, after a mistyped code: the application already has it. */
export function reopenTotp(
  sealer: SecretSealer,
  { ceremony }: Visit,
  given: { ticket: string; at: Date },
): TotpEnrolmentTicket | undefined {
  const secret = openTotpEnrolment(sealer, { person: ceremony.person, place: ceremony.id, ...given });
  return secret && { secret, ticket: given.ticket };
}

export interface Dependencies {
  judged: Judged;
  holdVisit: HoldVisit;
  sealer: SecretSealer;
  now: () => Date;
}

export type FactorEnrolled = { outcome: 'enrolled' } | { outcome: 'wrong-code' } | { outcome: 'ended' };

export type EnrolFactorOperation = (
  token: string | undefined,
  given: { ticket: string; otp: string },
) => Promise<FactorEnrolled>;

export function createEnrolFactor({ judged, holdVisit, sealer, now }: Dependencies): EnrolFactorOperation {
  return async (token, { ticket, otp }) => {
    if (token === undefined) return { outcome: 'ended' };
    return judged(async (tx, inForce) => {
      const at = now();
      const visit = await holdVisit(tx, { token, steps: ['claimed'], inForce, at });
      if (!visit) return { outcome: 'ended' };
      const { id, person, epoch } = visit.ceremony;
      // Enrolled on the account page meanwhile: whoever holds that one says when it is replaced.
      if (await findTotp(tx, person)) return { outcome: 'ended' };
      const offered = reopenTotp(sealer, visit, { ticket, at });
      if (!offered) return { outcome: 'wrong-code' };
      const enrolled = await enrolTotp(
        tx,
        { kind: 'person', person },
        {
          secret: offered.secret,
          typed: otp,
          sealer: visit.sealer,
          epoch,
          generation: inForce.generation,
          at,
        },
      );
      if (enrolled.outcome === 'epoch-moved') return { outcome: 'ended' };
      if (enrolled.outcome === 'enrolled')
        await moveCeremony(tx, { id, from: 'claimed', to: 'factor-enrolled' });
      return { outcome: enrolled.outcome };
    });
  };
}
