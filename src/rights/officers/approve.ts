import type { Actor } from '../../audit/actor.ts';
import { record } from '../../audit/record.ts';
import type { Judged } from '../../orders/judged.ts';
import type { Tx } from '../../storage/postgres.ts';
import type { Confirm } from '../confirm.ts';
import { endSpent, insertRight } from '../giving-store.ts';
import { areLinked } from '../linked.ts';
import { recordRefusal } from '../refusal.ts';
import { scopeDetails } from '../scope.ts';
import { addEndWarning } from './end-warning.ts';
import { mayOperatorStandIn, sayIn } from './rules.ts';
import { closeProposal, holdProposal, mayHoldOffice, type Proposal } from './store.ts';

export interface Dependencies {
  judged: Judged;
  now: () => Date;
}

export interface Asked {
  by: Actor;
  proposal: string;
  reason?: string | undefined;
  confirm: Confirm;
}

export type Approved =
  | { outcome: 'appointed'; right: string; person: number; until: Date }
  /** Decided already, too old, or never there. */
  | { outcome: 'no-such-proposal' }
  | { outcome: 'to-oneself' }
  | { outcome: 'not-allowed' }
  /** The one who proposed it, or somebody linked with them: two who count as one. */
  | { outcome: 'counts-as-one' }
  /** The one who proposed it has no say any more. */
  | { outcome: 'proposer-gone' }
  | { outcome: 'cannot-hold' }
  | { outcome: 'already-held' }
  | { outcome: 'wrong-code' }
  | { outcome: 'start-again' };

export type ApproveOfficer = (asked: Asked) => Promise<Approved>;

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** The second of two words, by another officer, not linked with the first: now the right is there. */
export function createApproveOfficer({ judged, now }: Dependencies): ApproveOfficer {
  return async (asked) => {
    if (!UUID.test(asked.proposal)) return { outcome: 'no-such-proposal' };
    return judged(async (tx, inForce) => {
      const at = now();
      const proposal = await holdProposal(tx, asked.proposal, at);
      if (!proposal) return { outcome: 'no-such-proposal' };
      const why = await whyNot(tx, asked.by, proposal, at);
      if (why) return refuse(tx, asked.by, { proposal, why }, at);
      if (!(await mayHoldOffice(tx, proposal.person, at))) return { outcome: 'cannot-hold' };
      const confirmed = await asked.confirm(tx, { inForce, at });
      if (confirmed.outcome !== 'confirmed') return confirmed;
      return appoint(tx, asked, proposal, at);
    });
  };
}

type Why = 'to-oneself' | 'not-allowed' | 'counts-as-one' | 'proposer-gone';

async function whyNot(tx: Tx, by: Actor, proposal: Proposal, at: Date): Promise<Why | undefined> {
  const first = proposal.proposedBy;
  if (by.kind === 'person' && by.person === proposal.person) return 'to-oneself';
  if (!(await haveSay(tx, by, proposal, at))) return 'not-allowed';
  if (await areOne(tx, first, by)) return 'counts-as-one';
  return (await haveSay(tx, first, proposal, at)) ? undefined : 'proposer-gone';
}

async function haveSay(tx: Tx, who: Actor, proposal: Proposal, at: Date): Promise<boolean> {
  if (who.kind === 'person') return (await sayIn(tx, who.person, proposal, at)) !== undefined;
  return (
    who.kind === 'operator' && mayOperatorStandIn(tx, { office: proposal, appointee: proposal.person }, at)
  );
}

/** `--by` is a name for the record: whoever sits at the command line is one, whatever name they give. */
async function areOne(tx: Tx, first: Actor, second: Actor): Promise<boolean> {
  if (first.kind !== 'person' || second.kind !== 'person') return first.kind === second.kind;
  return areLinked(tx, first.person, second.person);
}

async function appoint(tx: Tx, { by, reason }: Asked, proposal: Proposal, at: Date): Promise<Approved> {
  const { id, person, role, scope, until, proposedBy } = proposal;
  const givers = [proposedBy, by].flatMap((who) => (who.kind === 'person' ? who.person : []));
  const right = {
    person,
    role,
    scope,
    origin: 'appointed',
    by: proposedBy,
    givers,
    from: at,
    until,
  } as const;
  await endSpent(tx, right, at);
  const made = await insertRight(tx, right);
  if (made === undefined) return { outcome: 'already-held' };
  await addEndWarning(tx, { right: made, until });
  await closeProposal(tx, { id, by, right: made, at });
  const details = { right: made, proposal: id, role, ...scopeDetails(scope), until: until.toISOString() };
  await record(
    tx,
    by,
    { name: 'officer.appointed', subject: person, details, ...(reason && { reason }) },
    at,
  );
  return { outcome: 'appointed', right: made, person, until };
}

async function refuse(
  tx: Tx,
  by: Actor,
  { proposal, why }: { proposal: Proposal; why: Why },
  at: Date,
): Promise<Approved> {
  const { person: subject, role, scope } = proposal;
  await recordRefusal(tx, by, { act: 'approve', why, subject, role, scope }, at);
  return { outcome: why };
}
