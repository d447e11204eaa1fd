import type { Settings } from '../config.ts';
import type { Profile } from '../storage/schema.ts';

export type Device = 'own' | 'shared';
export type SessionKind = 'staff' | 'own-device' | 'shared-device';

export interface SessionLimits {
  readonly kind: SessionKind;
  readonly idleSeconds: number;
  readonly absoluteSeconds: number;
}

type SessionLifetimes = Settings['lifetimes']['sessions'];

/**
 * The strictest of what a person is: a teacher who is also a guardian has a teacher's session. So has who is in no
 * roster: an officer.
 */
export function sessionLimits(
  profiles: readonly Profile[],
  device: Device,
  lifetimes: SessionLifetimes,
): SessionLimits {
  const own = lifetimes[lifetimeOf(profiles)];
  if (device === 'own') return { kind: isStaff(profiles) ? 'staff' : 'own-device', ...own };
  const shared = lifetimes['shared-device'];
  return {
    kind: 'shared-device',
    idleSeconds: Math.min(own.idleSeconds, shared.idleSeconds),
    absoluteSeconds: Math.min(own.absoluteSeconds, shared.absoluteSeconds),
  };
}

function lifetimeOf(profiles: readonly Profile[]): 'staff' | 'pupil' | 'guardian' {
  if (isStaff(profiles)) return 'staff';
  return profiles.every((profile) => profile === 'guardian') ? 'guardian' : 'pupil';
}

function isStaff(profiles: readonly Profile[]): boolean {
  return profiles.length === 0 || profiles.includes('staff') || profiles.includes('teacher');
}
