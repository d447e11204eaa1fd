import type { Actor } from '../../audit/actor.ts';
import { record } from '../../audit/record.ts';
import type { Judged } from '../../orders/judged.ts';
import type { Tx } from '../../storage/postgres.ts';
import type { Confirm } from '../confirm.ts';
import { recordRefusal } from '../refusal.ts';
import { scopeDetails } from '../scope.ts';
import { isOffice, mayOperatorStandIn, type Office, sayIn } from './rules.ts';
import { insertProposal, mayHoldOffice } from './store.ts';

export interface Dependencies {
  judged: Judged;
  now: () => Date;
}

export interface Asked {
  by: Actor;
  person: number;
  role: string;
  scope: Office['scope'];
  /** Without it: a year. */
  until?: Date | undefined;
  reason?: string | undefined;
  confirm: Confirm;
}

export type Proposed =
  | { outcome: 'proposed'; proposal: string; until: Date }
  | { outcome: 'no-such-office' }
  | { outcome: 'to-oneself' }
  | { outcome: 'not-allowed' }
  | { outcome: 'cannot-hold' }
  | { outcome: 'too-long'; until: Date }
  | { outcome: 'already-proposed' }
  | { outcome: 'wrong-code' }
  | { outcome: 'start-again' };

export type ProposeOfficer = (asked: Asked) => Promise<Proposed>;

/** How long a proposal waits for its second officer. */
const WAITS_DAYS = 14;

/** The first of two words. It gives nothing. */
export function createProposeOfficer({ judged, now }: Dependencies): ProposeOfficer {
  return async (asked) => {
    const office = { role: asked.role, scope: asked.scope };
    if (!isOffice(office)) return { outcome: 'no-such-office' };
    return judged(async (tx, inForce) => {
      const at = now();
      const why = await whyNot(tx, asked, office, at);
      if (why) {
        await recordRefusal(tx, asked.by, { act: 'propose', why, subject: asked.person, ...office }, at);
        return { outcome: why };
      }
      const longest = aYearFrom(at);
      const until = asked.until ?? longest;
      if (until > longest || until <= at) return { outcome: 'too-long', until: longest };
      const confirmed = await asked.confirm(tx, { inForce, at });
      if (confirmed.outcome !== 'confirmed') return confirmed;
      // Only now: without the code nobody learns whose username it is.
      if (!(await mayHoldOffice(tx, asked.person, at))) return { outcome: 'cannot-hold' };
      return write(tx, { ...asked, ...office, until }, at);
    });
  };
}

async function whyNot(
  tx: Tx,
  { by, person }: Asked,
  office: Office,
  at: Date,
): Promise<'to-oneself' | 'not-allowed' | undefined> {
  if (by.kind === 'person' && by.person === person) return 'to-oneself';
  const maySay =
    by.kind === 'person'
      ? await sayIn(tx, by.person, office, at)
      : by.kind === 'operator' && (await mayOperatorStandIn(tx, { office, appointee: person }, at));
  return maySay ? undefined : 'not-allowed';
}

async function write(
  tx: Tx,
  asked: Omit<Asked, 'role'> & Office & { until: Date },
  at: Date,
): Promise<Proposed> {
  const { by, person, role, scope, until, reason } = asked;
  const expiresAt = new Date(at.getTime() + WAITS_DAYS * 86_400_000);
  const row = { person, role, scope, until, proposedBy: by, proposedAt: at, expiresAt };
  const proposal = await insertProposal(tx, row);
  if (proposal === undefined) return { outcome: 'already-proposed' };
  const details = { proposal, role, ...scopeDetails(scope), until: until.toISOString() };
  await record(tx, by, { name: 'officer.proposed', subject: person, details, ...(reason && { reason }) }, at);
  return { outcome: 'proposed', proposal, until };
}

export function aYearFrom(at: Date): Date {
  const end = new Date(at);
  end.setUTCFullYear(end.getUTCFullYear() + 1);
  return end;
}
