import { sql } from 'kysely';
import type { Actor } from '../../audit/actor.ts';
import type { Db, Tx } from '../../storage/postgres.ts';
import { keptMetadataSchema, type Metadata } from '../metadata.ts';

/** What is asked for and not decided yet. */
export interface AskedChange {
  readonly id: number;
  readonly clientId: string;
  readonly metadata: Metadata;
  readonly requestedAt: Date;
}

export interface WaitingChange extends AskedChange {
  /** Who approved it so far, whatever became of them. */
  readonly approvers: readonly string[];
}

/** In the place of one that waited, whose approvals go with it. */
export async function replaceChange(
  tx: Tx,
  change: { clientId: string; metadata: Metadata; by: Actor; at: Date },
): Promise<AskedChange> {
  const { clientId, metadata, by, at } = change;
  await deleteChange(tx, { clientId });
  const { id } = await tx
    .insertInto('client_changes')
    .values({
      ...{ client_id: clientId, metadata: JSON.stringify(metadata) },
      ...{ requested_by: JSON.stringify(by), requested_at: at },
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  return { id: Number(id), clientId, metadata, requestedAt: at };
}

/** Taken once; with an id, only what was read under it. */
export async function deleteChange(
  tx: Tx,
  { clientId, id }: { clientId: string; id?: number | undefined },
): Promise<AskedChange | undefined> {
  const taken = await tx
    .deleteFrom('client_changes')
    .where('client_id', '=', clientId)
    .$if(id !== undefined, (query) => query.where('id', '=', id ?? 0))
    .returning(['id', 'client_id', 'metadata', 'requested_at'])
    .executeTakeFirst();
  return taken && changeOf(taken);
}

export async function selectChanges(
  db: Db | Tx,
  { clientId }: { clientId?: string } = {},
): Promise<WaitingChange[]> {
  const rows = await db
    .selectFrom('client_changes')
    .innerJoin('clients', 'clients.client_id', 'client_changes.client_id')
    .select(['client_changes.id', 'client_changes.client_id', 'client_changes.metadata', 'requested_at'])
    .select(
      sql<
        string[]
      >`array(select a.approver from client_change_approvals a where a.change = client_changes.id)`.as(
        'approvers',
      ),
    )
    .where('clients.deleted_at', 'is', null)
    .$if(clientId !== undefined, (query) => query.where('client_changes.client_id', '=', clientId ?? ''))
    .orderBy('client_changes.id')
    .execute();
  return rows.map((row) => ({ ...changeOf(row), approvers: row.approvers }));
}

/** False: this human approved this change before. */
export async function insertChangeApproval(
  tx: Tx,
  { change, approver, by, at }: { change: number; approver: string; by: Actor; at: Date },
): Promise<boolean> {
  const inserted = await tx
    .insertInto('client_change_approvals')
    .values({ change, approver, approved_by: JSON.stringify(by), at })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  return inserted.numInsertedOrUpdatedRows === 1n;
}

function changeOf(row: {
  id: number;
  client_id: string;
  metadata: unknown;
  requested_at: Date;
}): AskedChange {
  const metadata = keptMetadataSchema.parse(row.metadata);
  return { id: Number(row.id), clientId: row.client_id, metadata, requestedAt: row.requested_at };
}
