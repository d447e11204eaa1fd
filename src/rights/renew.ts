import type { Actor } from '../audit/actor.ts';
import { record } from '../audit/record.ts';
import type { Judged } from '../orders/judged.ts';
import { authorityOver } from './authority.ts';
import type { Confirm } from './confirm.ts';
import { findRight, holdToEnd, insertRenewal } from './giving-store.ts';
import { recordRefusal } from './refusal.ts';

export interface Dependencies {
  judged: Judged;
  now: () => Date;
}

export interface Asked {
  by: Actor;
  right: string;
  reason?: string | undefined;
  confirm: Confirm;
}

export type Renewed =
  | { outcome: 'renewed' }
  | { outcome: 'not-allowed' }
  | { outcome: 'not-lapsed' }
  | { outcome: 'wrong-code' }
  | { outcome: 'start-again' };

export type RenewRight = (asked: Asked) => Promise<Renewed>;

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * A lapsed right is in use again, for 90 more days at least and never past its end. By whoever may give such a right:
 * a head for the teachers, the académie for a head. Nobody renews their own.
 */
export function createRenewRight({ judged, now }: Dependencies): RenewRight {
  return async ({ by, right: id, reason, confirm }) => {
    if (!UUID.test(id)) return { outcome: 'not-allowed' };
    return judged(async (tx, inForce) => {
      const at = now();
      const right = await findRight(tx, id, at);
      if (!right) return { outcome: 'not-allowed' };
      const { person: subject, role, scope } = right;
      const isOwn = by.kind === 'person' && by.person === subject;
      if (isOwn || !(await authorityOver(tx, by, right, at))) {
        const why = isOwn ? 'to-oneself' : 'not-allowed';
        await recordRefusal(tx, by, { act: 'renew', why, subject, role, scope }, at);
        return { outcome: 'not-allowed' };
      }
      if (!(await holdToEnd(tx, id))) return { outcome: 'not-allowed' };
      const confirmed = await confirm(tx, { inForce, at });
      if (confirmed.outcome !== 'confirmed') return confirmed;
      if (!(await insertRenewal(tx, { right: id, by, at }))) return { outcome: 'not-lapsed' };
      const details = { right: id, role };
      await record(tx, by, { name: 'right.renewed', subject, details, ...(reason && { reason }) }, at);
      return { outcome: 'renewed' };
    });
  };
}
