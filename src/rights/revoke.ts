import type { Actor } from '../audit/actor.ts';
import { recordAll } from '../audit/record.ts';
import type { Judged } from '../orders/judged.ts';
import type { Tx } from '../storage/postgres.ts';
import { authorityOver } from './authority.ts';
import type { Confirm } from './confirm.ts';
import { endRights, findRight, holdToEnd, selectGivenUnder } from './giving-store.ts';
import { isOverOfficers } from './officers/rules.ts';
import { recordRefusal } from './refusal.ts';
import type { Right } from './right.ts';

export interface Dependencies {
  judged: Judged;
  now: () => Date;
}

export interface Asked {
  by: Actor;
  right: string;
  reason: string;
  confirm: Confirm;
}

export type Revoked =
  /** `alsoEnded`: what had been granted under it, and under that. */
  | { outcome: 'revoked'; alsoEnded: number }
  /** No such right, ended already, or none that the one who asks may end: one answer. */
  | { outcome: 'not-allowed' }
  | { outcome: 'wrong-code' }
  | { outcome: 'start-again' };

export type RevokeRight = (asked: Asked) => Promise<Revoked>;

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Ends a right and everything that was ever granted under it, in one transaction. */
export function createRevokeRight({ judged, now }: Dependencies): RevokeRight {
  return async (asked) => {
    if (!UUID.test(asked.right)) return { outcome: 'not-allowed' };
    return judged(async (tx, inForce) => {
      const at = now();
      const right = await findRight(tx, asked.right, at);
      if (!right) return { outcome: 'not-allowed' };
      if (!(await mayEnd(tx, asked.by, right, at))) return refuse(tx, asked.by, right, at);
      if (!(await holdToEnd(tx, right.id))) return { outcome: 'not-allowed' };
      const confirmed = await asked.confirm(tx, { inForce, at });
      if (confirmed.outcome !== 'confirmed') return confirmed;
      return end(tx, { ...asked, right }, at);
    });
  };
}

async function mayEnd(tx: Tx, by: Actor, right: Right, at: Date): Promise<boolean> {
  if (by.kind === 'person' && by.person === right.person) return false;
  if (await authorityOver(tx, by, right, at)) return true;
  return isOverOfficers(tx, by, right, at);
}

/** Again and again until nothing is left: a grant that was under way is seen once its transaction has ended. */
async function end(
  tx: Tx,
  { by, right, reason }: Omit<Asked, 'right'> & { right: Right },
  at: Date,
): Promise<Revoked> {
  await endRights(tx, [right.id], { by, reason, at });
  const under: { id: string; person: number }[] = [];
  for (let found = await selectGivenUnder(tx, right.id); found.length > 0; ) {
    const ids = found.map(({ id }) => id);
    under.push(...(await endRights(tx, ids, { by, reason: 'what it was granted under ended', at })));
    found = await selectGivenUnder(tx, right.id);
  }
  const details = { right: right.id, role: right.role, alsoEnded: under.length };
  await recordAll(
    tx,
    by,
    [
      { name: 'right.revoked', subject: right.person, details, reason },
      ...under.map(({ id, person }) => ({
        name: 'right.ended-with-another' as const,
        subject: person,
        details: { right: id, under: right.id },
      })),
    ],
    at,
  );
  return { outcome: 'revoked', alsoEnded: under.length };
}

async function refuse(tx: Tx, by: Actor, right: Right, at: Date): Promise<Revoked> {
  const { person: subject, role, scope } = right;
  await recordRefusal(tx, by, { act: 'revoke', why: 'not-allowed', subject, role, scope }, at);
  return { outcome: 'not-allowed' };
}
