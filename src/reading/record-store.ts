import { sql } from 'kysely';
import type { Actor } from '../audit/actor.ts';
import { KINDS } from '../ledger/kinds.ts';
import type { Db, Tx } from '../storage/postgres.ts';
import type { AccountState, LetterState } from '../storage/schema.ts';

export interface Account {
  person: number;
  id: string;
  state: AccountState;
  since: Date;
  claimedBy: string | null;
  usernameSealed: Buffer | null;
  isLocked: boolean;
}

export async function accountsOf(db: Db, persons: readonly number[], at: Date): Promise<Account[]> {
  const { rows } = await sql<Account>`
    select p.number as person, p.id, s.state, s.from_at as since, a.claimed_by as "claimedBy",
      a.username_sealed as "usernameSealed", exists (
        select from locks l where l.person = a.person and ${isHeld(at)}) as "isLocked"
    from persons p join accounts a on a.person = p.number
    join account_states s on s.person = a.person and s.until_at is null
    where p.number = any(${[...persons]}::int[]) order by p.number`.execute(db);
  return rows;
}

export interface LockShown {
  id: string;
  by: Actor;
  reason: string;
  from: Date;
  until: Date | null;
}

export async function locksOf(db: Db | Tx, person: number, at: Date): Promise<LockShown[]> {
  const { rows } = await sql<LockShown>`
    select l.id, l.locked_by as by, l.reason, l.from_at as "from", l.until_at as "until" from locks l
    where l.person = ${person} and ${isHeld(at)} order by l.from_at`.execute(db);
  return rows;
}

function isHeld(at: Date) {
  return sql`(l.lifted_at is null and l.from_at <= ${at} and (l.until_at is null or l.until_at > ${at}))`;
}

/** Numbers and dates. No column with a code or its digest is asked for. */
export interface LetterShown {
  number: number;
  state: LetterState;
  printedAt: Date;
  handedOverAt: Date | null;
  endedAt: Date | null;
  /** Of one that opens something today. */
  expiresAt: Date;
}

/** The newest first; what time or a raised epoch ended is void here as it is where codes are accepted. */
export async function lettersOf(db: Db, person: number, at: Date): Promise<LetterShown[]> {
  const { rows } = await sql<LetterShown>`
    select l.number, l.printed_at as "printedAt", l.handed_over_at as "handedOverAt", l.ended_at as "endedAt",
      l.expires_at as "expiresAt",
      case when l.state in ('printed', 'handed-over') and (l.expires_at <= ${at} or l.epoch < a.epoch)
        then 'void' else l.state end as state
    from letters l join accounts a on a.person = l.person
    where l.person = ${person} order by l.printed_at desc limit 10`.execute(db);
  return rows;
}

export interface SignInShown {
  at: Date;
  name: 'sign-in.succeeded' | 'sign-in.refused' | 'sign-in.failed';
  /** Whether a second factor was given. */
  isTwo: boolean;
}

export async function signInsOf(db: Db, person: number, since: Date): Promise<SignInShown[]> {
  const { rows } = await sql<SignInShown>`
    select at, name, coalesce(jsonb_array_length(details -> 'amr'), 0) > 1 as "isTwo"
    from audit_events
    where subject = ${person} and at >= ${since}
      and name in ('sign-in.succeeded', 'sign-in.refused', 'sign-in.failed')
    order by at desc, id desc limit 10`.execute(db);
  return rows;
}

export interface ReaderShown {
  at: Date;
  reader: number;
  role: string | null;
  uai: string | null;
  school: string | null;
  fields: number;
}

/** A letter in the hands of who printed it shows a name as a page does. */
const BY_STAFF = [KINDS['staff-read'], KINDS.print, KINDS.export];

/** What staff read or printed of this person, the newest first; `uai` is the school the right was about. */
export async function readersOf(
  db: Db,
  { person, since, limit }: { person: number; since: Date; limit: number },
): Promise<ReaderShown[]> {
  const { rows } = await sql<ReaderShown>`
    select d.at, c.reader, coalesce(c.details ->> 'role', r.role) as role, r.uai, e.name as school, d.fields
    from disclosures d join disclosure_contexts c on c.id = d.context
    left join rights r on r.id = c.right_id left join establishments e on e.uai = r.uai
    where d.person = ${person} and d.at >= ${since} and d.kind = any(${BY_STAFF}::int[]) and c.reader is not null
    order by d.at desc, d.batch desc, d.ordinal limit ${limit}`.execute(db);
  return rows;
}

export interface GuardianShown {
  guardian: number;
  rank: number;
}

/** Whatever the rank, that one first. */
export async function guardiansShown(db: Db, child: number, at: Date): Promise<GuardianShown[]> {
  const { rows } = await sql<GuardianShown>`
    select g.guardian, g.rank from guardianships g
    where g.child = ${child} and g.from_at <= ${at} and (g.until_at is null or g.until_at > ${at})
    order by nullif(g.rank, 0) nulls last, g.guardian limit 20`.execute(db);
  return rows;
}
