import { sql } from 'kysely';
import { isNoPersona } from '../../directory/decoys.ts';
import type { DisclosureContext } from '../../ledger/context.ts';
import type { Db } from '../../storage/postgres.ts';
import { linesWithin, type Period, ZONE } from './within.ts';

export interface LineCount {
  /** What the row counts. */
  of: 'kind' | 'client' | 'role' | 'day' | 'all';
  recipient: DisclosureContext['recipient'] | null;
  kind: number | null;
  clientId: string | null;
  role: string | null;
  day: string | null;
  lines: number;
  persons: number;
  /** Of the lines, those about nobody who exists. */
  decoys: number;
}

/** By recipient and kind, by relying party, by role of staff, by day, and in all: one look at the ledger. */
export async function countLines(db: Db, wanted: Period): Promise<LineCount[]> {
  const { rows } = await sql<LineCount>`
    select case grouping(l.recipient, l.client_id, l.role, l.day)
        when 7 then 'kind' when 11 then 'client' when 13 then 'role' when 14 then 'day' else 'all' end as of,
      l.recipient, l.kind, l.client_id as "clientId", l.role, l.day,
      count(*)::int as lines, count(distinct l.person)::int as persons, count(l.decoy)::int as decoys
    from (
      select d.person, d.kind, c.recipient, c.client_id, decoy.person as decoy,
        case when c.recipient = 'staff' then coalesce(r.role, c.details ->> 'role', 'staff') end as role,
        (d.at at time zone ${sql.lit(ZONE)})::date::text as day
      from (${linesWithin(wanted)}) d
      join disclosure_contexts c on c.id = d.context
      left join rights r on r.id = c.right_id
      left join decoys decoy on decoy.person = d.person
      where ${isNoPersona('d.person')}) l
    group by grouping sets ((l.recipient, l.kind), (l.client_id), (l.role), (l.day), ())`.execute(db);
  return rows;
}

/** As the public register names them. */
export async function namesOfClients(db: Db, ids: readonly string[]): Promise<Map<string, string>> {
  const { rows } = await sql<{ id: string; name: string }>`
    select client_id as id, coalesce(metadata ->> 'client_name', client_id) as name
    from clients where client_id = any(${[...ids]}::text[])`.execute(db);
  return new Map(rows.map(({ id, name }) => [id, name]));
}
