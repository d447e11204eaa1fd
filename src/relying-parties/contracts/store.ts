import type { Actor } from '../../audit/actor.ts';
import type { Db, Tx } from '../../storage/postgres.ts';
import type { ContractState } from '../../storage/schema.ts';
import { type Terms, termsSchema } from './terms.ts';

export interface Version {
  readonly clientId: string;
  readonly version: number;
  readonly state: ContractState;
  readonly terms: Terms;
  readonly createdAt: Date;
  readonly requestedAt: Date | null;
  readonly approvedAt: Date | null;
  readonly endedAt: Date | null;
  /** How many different people have approved it so far. */
  readonly approvals: number;
}

/** Of one client, those that wait for approval, those that ever had it, those in force or waiting. */
export type WhichVersions = { clientId?: string; are?: 'requested' | 'approved-once' | 'live' };

/** The newest first. */
export async function selectVersions(db: Db | Tx, { clientId, are }: WhichVersions = {}): Promise<Version[]> {
  const rows = await db
    .selectFrom('contracts')
    .select(['contracts.client_id', 'version', 'state', 'terms', 'contracts.created_at'])
    .select(['requested_at', 'approved_at', 'ended_at'])
    .select((eb) =>
      eb
        .selectFrom('contract_approvals as a')
        .select(({ fn }) => fn.countAll<string>().as('count'))
        .whereRef('a.client_id', '=', 'contracts.client_id')
        .whereRef('a.version', '=', 'contracts.version')
        .as('approvals'),
    )
    .$if(clientId !== undefined, (query) => query.where('contracts.client_id', '=', clientId ?? ''))
    .$if(are === 'requested', (query) => query.where('state', '=', 'requested'))
    .$if(are === 'live', (query) => query.where('state', 'in', ['approved', 'suspended', 'requested']))
    .$if(are === 'approved-once', (query) => query.where('approved_at', 'is not', null))
    .orderBy('contracts.client_id')
    .orderBy('version', 'desc')
    .execute();
  return rows.flatMap(({ terms, ...row }) => {
    // What another version wrote, or a hand, takes nobody else's with it.
    const read = termsSchema.safeParse(terms);
    if (!read.success) return [];
    return {
      clientId: row.client_id,
      version: row.version,
      state: row.state,
      terms: read.data,
      createdAt: row.created_at,
      requestedAt: row.requested_at,
      approvedAt: row.approved_at,
      endedAt: row.ended_at,
      approvals: Number(row.approvals ?? 0),
    };
  });
}

interface NewVersion {
  clientId: string;
  version: number;
  state: 'sandbox' | 'approved';
  terms: Terms;
  at: Date;
}

export async function insertVersion(
  tx: Tx,
  { clientId, version, state, terms, at }: NewVersion,
): Promise<void> {
  const approvedAt = state === 'approved' ? at : null;
  await tx
    .insertInto('contracts')
    .values({
      ...{ client_id: clientId, version, state },
      ...{ terms: JSON.stringify(terms), created_at: at, approved_at: approvedAt },
    })
    .execute();
}

/** Where a version of this client is in one of these states, it goes on to the next; else undefined. */
export async function moveVersion(
  tx: Tx,
  move: { clientId: string; version?: number; from: readonly ContractState[]; to: ContractState; at: Date },
): Promise<{ version: number; terms: Terms } | undefined> {
  const { clientId, version, from, to, at } = move;
  const moved = await tx
    .updateTable('contracts')
    .set({
      state: to,
      ...(to === 'requested' && { requested_at: at }),
      // Resumed, it is in force since it was first approved.
      ...(to === 'approved' && from.includes('requested') && { approved_at: at }),
      ...((to === 'ended' || to === 'replaced') && { ended_at: at }),
    })
    .where('client_id', '=', clientId)
    .where('state', 'in', [...from])
    .$if(version !== undefined, (query) => query.where('version', '=', version ?? 0))
    .returning(['version', 'terms'])
    .executeTakeFirst();
  return moved && { version: moved.version, terms: termsSchema.parse(moved.terms) };
}

/** Of two who decide on one version at once, one waits. */
export async function lockRequested(
  tx: Tx,
  clientId: string,
): Promise<{ version: number; terms: Terms } | undefined> {
  const found = await tx
    .selectFrom('contracts')
    .select(['version', 'terms'])
    .where('client_id', '=', clientId)
    .where('state', '=', 'requested')
    .forUpdate()
    .executeTakeFirst();
  return found && { version: found.version, terms: termsSchema.parse(found.terms) };
}

export async function latestVersion(tx: Tx, clientId: string): Promise<number> {
  const { latest } = await tx
    .selectFrom('contracts')
    .select(({ fn }) => fn.max('version').as('latest'))
    .where('client_id', '=', clientId)
    .executeTakeFirstOrThrow();
  return latest ?? 0;
}

/** Versions that nobody ever approved. */
export async function countUnapproved(tx: Tx, clientId: string): Promise<number> {
  const { count } = await tx
    .selectFrom('contracts')
    .select(({ fn }) => fn.countAll<string>().as('count'))
    .where('client_id', '=', clientId)
    .where('approved_at', 'is', null)
    .executeTakeFirstOrThrow();
  return Number(count);
}

export async function hasState(tx: Tx, clientId: string, state: ContractState): Promise<boolean> {
  const found = await tx
    .selectFrom('contracts')
    .select('version')
    .where('client_id', '=', clientId)
    .where('state', '=', state)
    .executeTakeFirst();
  return found !== undefined;
}

/** False: this human approved this version before. */
export async function insertApproval(
  tx: Tx,
  approval: { clientId: string; version: number; approver: string; by: Actor; at: Date },
): Promise<boolean> {
  const inserted = await tx
    .insertInto('contract_approvals')
    .values({
      client_id: approval.clientId,
      version: approval.version,
      approver: approval.approver,
      approved_by: JSON.stringify(approval.by),
      at: approval.at,
    })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  return inserted.numInsertedOrUpdatedRows === 1n;
}

/** Somebody was told what an application receives. Twice is once. */
export async function insertFirstVisit(
  db: Db | Tx,
  visit: { person: number; clientId: string; version: number; at: Date },
): Promise<void> {
  const { person, clientId, version, at } = visit;
  await db
    .insertInto('first_visits')
    .values({ person, client_id: clientId, contract_version: version, at })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

/** Who approved this version so far, whatever became of them. */
export async function selectApprovers(
  tx: Tx,
  { clientId, version }: { clientId: string; version: number },
): Promise<string[]> {
  const rows = await tx
    .selectFrom('contract_approvals')
    .select('approver')
    .where('client_id', '=', clientId)
    .where('version', '=', version)
    .execute();
  return rows.map(({ approver }) => approver);
}
