import { acrOf, type HighestAcr } from '../accounts/claim-acr.ts';
import { record } from '../audit/record.ts';
import type { Settings } from '../config.ts';
import type { SignIn } from '../login/interaction.ts';
import { findTotp } from '../second-factors/store.ts';
import { sessionLimits } from '../sessions/limits.ts';
import type { Judged } from './judged.ts';
import { finishCeremony } from './store.ts';
import { type HoldVisit, mustEnrol, type Visit } from './visit.ts';

export interface Dependencies {
  judged: Judged;
  holdVisit: HoldVisit;
  lifetimes: Pick<Settings['lifetimes'], 'sessions'>;
  settings: { highestAcr: HighestAcr };
  now: () => Date;
}

export type Finished =
  | { outcome: 'finished'; signIn: SignIn }
  | { outcome: 'factor-required' }
  | { outcome: 'ended' };

export type FinishOperation = (token: string | undefined) => Promise<Finished>;

/** Once: the browser that went through the ceremony is signed in by it a single time. */
export function createFinish(from: Dependencies): FinishOperation {
  const { judged, holdVisit, now } = from;
  return async (token) => {
    if (token === undefined) return { outcome: 'ended' };
    return judged(async (tx, inForce) => {
      const at = now();
      const visit = await holdVisit(tx, { token, steps: ['claimed', 'factor-enrolled'], inForce, at });
      if (!visit) return { outcome: 'ended' };
      const hasSecondFactor = visit.ceremony.step === 'factor-enrolled';
      if (!hasSecondFactor && mustEnrol(visit)) return { outcome: 'factor-required' };
      // Enrolled on the account page meanwhile: the way in asks for it.
      if (!hasSecondFactor && (await findTotp(tx, visit.person.number))) return { outcome: 'ended' };
      await finishCeremony(tx, { id: visit.ceremony.id, at });
      const signIn = signInOf(from, visit, hasSecondFactor ? ['pwd', 'otp'] : ['pwd']);
      const { person, acr } = signIn;
      const event = { name: 'activation.finished', subject: person, details: { acr } } as const;
      await record(tx, { kind: 'person', person }, event, at);
      return { outcome: 'finished', signIn };
    });
  };
}

/** The password chosen a moment ago, and the code just typed: what a sign-in would have asked for. */
function signInOf(
  { lifetimes, settings }: Dependencies,
  { person, policy, inForce }: Visit,
  amr: string[],
): SignIn {
  const profiles = person.memberships.map(({ profile }) => profile);
  const { version, generation } = inForce;
  return {
    person: person.number,
    personId: person.id,
    acr: acrOf(amr, { claimedBy: policy.name, highest: settings.highestAcr }),
    amr,
    limits: sessionLimits(profiles, policy.device, lifetimes.sessions),
    judgedAt: { version, generation, epoch: person.epoch },
  };
}
