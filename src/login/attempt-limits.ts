import { normaliseTypedName } from '../accounts/find-account.ts';
import type { Digests } from '../crypto/digests.ts';
import type { AttemptLimits } from '../throttling/attempts.ts';
import type { KnownDevice } from './known-devices.ts';

export interface SignInLimits {
  failuresBeforePause: number;
  pauseSeconds: number;
  longestPauseSeconds: number;
  failuresPerDayFromUnknownDevices: number;
  knownDeviceFailuresBeforePause: number;
}

type Counter = { key: Buffer; limits: AttemptLimits };

/** Under what failures with this name are counted; a known device counts by itself, so strangers cannot stop it. */
export function passwordCounter(
  digests: Digests,
  limits: SignInLimits,
  given: { typed: string; device: KnownDevice | undefined },
): Counter {
  if (given.device) return ofKnownDevice(digests, limits, `password ${given.device.token}`);
  const key = digests.of('identifier-typed', normaliseTypedName(given.typed));
  return { key, limits: ofStrangers(limits) };
}

/** TOTP and recovery codes together: they are two ways to one door. */
export function secondFactorCounter(
  digests: Digests,
  limits: SignInLimits,
  given: { person: number; device: KnownDevice | undefined },
): Counter {
  if (given.device) return ofKnownDevice(digests, limits, `second factor ${given.device.token}`);
  return { key: digests.of('second-factor', String(given.person)), limits: ofStrangers(limits) };
}

/** Somebody who is signed in and types their password again. */
export function confirmationCounter(digests: Digests, limits: SignInLimits, person: number): Counter {
  return { key: digests.of('second-factor', `confirmation ${person}`), limits: ofStrangers(limits) };
}

function ofKnownDevice(digests: Digests, limits: SignInLimits, what: string): Counter {
  const { pauseSeconds, longestPauseSeconds, knownDeviceFailuresBeforePause: failuresBeforePause } = limits;
  const own = { failuresBeforePause, pauseSeconds, longestPauseSeconds, failuresPerDay: undefined };
  return { key: digests.of('device', what), limits: own };
}

function ofStrangers(limits: SignInLimits): AttemptLimits {
  const { failuresBeforePause, pauseSeconds, longestPauseSeconds } = limits;
  const failuresPerDay = limits.failuresPerDayFromUnknownDevices;
  return { failuresBeforePause, pauseSeconds, longestPauseSeconds, failuresPerDay };
}
