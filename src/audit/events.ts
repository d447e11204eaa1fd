/** Every act the audit knows, with what it says. Names never change: old rows keep them. */
export const auditEvents = {
  'order.applied': 'A crisis order was applied',
  'order.ended': 'A crisis order was ended',
  'session.ended': 'A session was ended',
  'session.started': 'A session was started',
} as const;

export type AuditEvent = keyof typeof auditEvents;
