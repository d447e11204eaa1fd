import { sql } from 'kysely';
import type { Actor } from '../../audit/actor.ts';
import type { Db, Tx } from '../../storage/postgres.ts';
import type { Office, OfficerRole } from './rules.ts';

/** Whoever holds an appointment that has not ended. */
export async function selectAppointed(tx: Tx, at: Date): Promise<number[]> {
  const { rows } = await sql<{ person: number }>`
    select distinct person from rights
    where origin = 'appointed' and ended_at is null and until_at > ${at} order by person`.execute(tx);
  return rows.map(({ person }) => person);
}

/** Once, ever: where no officer ever was. However many try, one is told yes. */
export async function takeFirstOfficer(tx: Tx, { by, at }: { by: Actor; at: Date }): Promise<boolean> {
  const { rows } = await sql`
    insert into first_officer (invited_at, invited_by)
    select ${at}, ${JSON.stringify(by)}::jsonb
    where not exists (select from rights where origin = 'appointed')
    on conflict do nothing
    returning one`.execute(tx);
  return rows.length === 1;
}

export async function insertInvitation(
  tx: Tx,
  invitation: { person: number; contact: number; by: Actor; at: Date },
): Promise<void> {
  const { person, contact, by, at } = invitation;
  await tx
    .insertInto('officer_invitations')
    .values({ person, contact, invited_at: at, invited_by: JSON.stringify(by) })
    .execute();
}

/** Active, not locked, and no pupil: an office is no child's, and no way from a username to a child's name. */
export async function mayHoldOffice(tx: Tx, person: number, at: Date): Promise<boolean> {
  const { rows } = await sql`
    select from account_states s
    where s.person = ${person} and s.until_at is null and s.state = 'active'
      and not exists (select from locks where locks.person = s.person and lifted_at is null and from_at <= ${at}
        and (until_at is null or until_at > ${at}))
      and not exists (select from memberships m where m.person = s.person and m.profile = 'pupil' and m.until_at is null)`.execute(
    tx,
  );
  return rows.length === 1;
}

export interface Proposal extends Office {
  id: string;
  person: number;
  until: Date;
  proposedBy: Actor;
  proposedAt: Date;
  expiresAt: Date;
}

interface ProposalRow extends Omit<Proposal, 'scope'> {
  role: OfficerRole;
  academie: string | null;
}

const COLUMNS = sql`id, person, role, academie, until_at as "until", proposed_by as "proposedBy",
  proposed_at as "proposedAt", expires_at as "expiresAt"`;

function proposalOf({ academie, ...row }: ProposalRow): Proposal {
  return { ...row, scope: academie === null ? { kind: 'nation' } : { kind: 'academie', academie } };
}

/** One whose time ran out makes room. Undefined: the same is proposed already. */
export async function insertProposal(tx: Tx, proposal: Omit<Proposal, 'id'>): Promise<string | undefined> {
  const { person, role, scope, until, proposedBy, proposedAt: at, expiresAt } = proposal;
  const academie = scope.kind === 'academie' ? scope.academie : null;
  await sql`
    update officer_proposals set decided_at = expires_at, outcome = 'expired'
    where decided_at is null and expires_at <= ${at}`.execute(tx);
  const { rows } = await sql<{ id: string }>`
    insert into officer_proposals (person, role, academie, until_at, proposed_by, proposed_person, proposed_at,
      expires_at)
    values (${person}, ${role}, ${academie}, ${until}, ${JSON.stringify(proposedBy)}::jsonb,
      ${proposedBy.kind === 'person' ? proposedBy.person : null}, ${at}, ${expiresAt})
    on conflict do nothing returning id`.execute(tx);
  return rows[0]?.id;
}

/** Held until the transaction ends: two who approve at once do it one after the other. */
export async function holdProposal(tx: Tx, id: string, at: Date): Promise<Proposal | undefined> {
  const { rows } = await sql<ProposalRow>`
    select ${COLUMNS} from officer_proposals
    where id = ${id}::uuid and decided_at is null and expires_at > ${at} for update`.execute(tx);
  return rows[0] && proposalOf(rows[0]);
}

export async function selectProposals(db: Db | Tx, at: Date): Promise<Proposal[]> {
  const { rows } = await sql<ProposalRow>`
    select ${COLUMNS} from officer_proposals
    where decided_at is null and expires_at > ${at} order by proposed_at, id`.execute(db);
  return rows.map(proposalOf);
}

export async function closeProposal(
  tx: Tx,
  { id, by, right, at }: { id: string; by: Actor; right: string; at: Date },
): Promise<void> {
  await tx
    .updateTable('officer_proposals')
    .set({ decided_at: at, decided_by: JSON.stringify(by), outcome: 'appointed', right_id: right })
    .where('id', '=', id)
    .execute();
}

/** The contact typed with somebody's invitation: where the electronic half of their letter goes. */
export async function findInvitedContact(db: Db | Tx, person: number): Promise<number | undefined> {
  const row = await db
    .selectFrom('officer_invitations')
    .select('contact')
    .where('person', '=', person)
    .executeTakeFirst();
  return row?.contact;
}

/** The contact of somebody invited whose account is still dormant: held, a claim under way goes first. */
export async function holdInvited(tx: Tx, person: number): Promise<number | undefined> {
  const { rows } = await sql<{ contact: number }>`
    select i.contact from officer_invitations i
    join accounts a on a.person = i.person and a.claimed_at is null
    where i.person = ${person} for update of a`.execute(tx);
  return rows[0]?.contact;
}

export async function replaceInvitedContact(
  tx: Tx,
  { person, contact }: { person: number; contact: number },
): Promise<void> {
  await tx.updateTable('officer_invitations').set({ contact }).where('person', '=', person).execute();
}
