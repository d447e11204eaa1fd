/** Every act the audit knows, with what it says. Names never change: old rows keep them. */
export const auditEvents = {
  'account.activated': 'A dormant account was claimed by its owner',
  'account.closed': 'An account was closed: its last profile ended',
  'account.lock-lifted': 'A lock over an account was lifted',
  'account.locked': 'An account was locked',
  'order.applied': 'A crisis order was applied',
  'order.ended': 'A crisis order was ended',
  'password.changed': 'A password was changed by its owner',
  'second-factor.recovery-code-used': 'A recovery code was used',
  'second-factor.recovery-codes-made': 'A new set of recovery codes was made, the former is void',
  'second-factor.totp-enrolled': 'A TOTP application was enrolled',
  'second-factor.totp-removed': 'A TOTP application was removed',
  'session.ended': 'A session was ended',
  'session.started': 'A session was started',
  'sign-in.failed': 'A sign-in failed: wrong credentials or second factor',
  'sign-in.paused': 'A sign-in was not tried: too many failures before it',
  'sign-in.refused': 'A sign-in with the right credentials was refused: a lock, an order, a closed account',
  'sign-in.succeeded': 'Somebody signed in',
} as const;

export type AuditEvent = keyof typeof auditEvents;
