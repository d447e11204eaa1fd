import { sql } from 'kysely';
import type { Db, Tx } from '../storage/postgres.ts';
import type { Right } from './right.ts';
import {
  columnsOf,
  isChainWhole,
  isFresh,
  isHolderActive,
  isInForce,
  lapsesAt,
  type RightRow,
  rightOf,
} from './store.ts';

/**
 * `no-longer-named`: the roster names the holder there no more, or what it was granted under is in force no more.
 * `holder-not-active`: dormant, closed or locked.
 */
export type RightState = 'in-force' | 'lapsed' | 'over' | 'ended' | 'no-longer-named' | 'holder-not-active';

export interface ListedRight extends Right {
  readonly state: RightState;
  /** Unused until then, it lapses. */
  readonly lapsesAt: Date;
  readonly grantedUnder: string | undefined;
  readonly endedAt: Date | undefined;
  readonly endReason: string | undefined;
}

export interface Listing {
  uai?: string | undefined;
  person?: number | undefined;
  /** Appointments alone. */
  officers?: boolean | undefined;
  id?: string | undefined;
  /** Those that are over too. */
  ended?: boolean | undefined;
}

interface ListedRow extends RightRow {
  state: RightState;
  lapsesAt: Date;
  grantedUnder: string | null;
  endedAt: Date | null;
  endReason: string | null;
}

export async function selectListed(
  db: Db | Tx,
  { uai, person, officers, id, ended }: Listing,
  at: Date,
): Promise<ListedRight[]> {
  const { rows } = await sql<ListedRow>`
    select ${columnsOf(at)}, ${lapsesAt()} as "lapsesAt", r.granted_under as "grantedUnder",
      r.ended_at as "endedAt", r.end_reason as "endReason",
      case when r.ended_at is not null then 'ended' when r.until_at <= ${at} then 'over'
           when not ${isInForce('r', at)} or not ${isChainWhole(at)} then 'no-longer-named'
           when not (${isHolderActive(at)}) then 'holder-not-active'
           when not ${isFresh(at)} then 'lapsed' else 'in-force' end as state
    from rights r
    where ${uai === undefined ? sql`true` : sql`r.uai = ${uai}`}
      and ${person === undefined ? sql`true` : sql`r.person = ${person}`}
      and ${officers ? sql`r.origin = 'appointed'` : sql`true`}
      and ${id === undefined ? sql`true` : sql`r.id = ${id}::uuid`}
      and ${ended ? sql`true` : sql`r.ended_at is null and r.until_at > ${at}`}
    order by array_position(array['national-officer', 'academie-officer', 'auditor', 'head', 'distributor'], r.role)
      nulls last, r.uai, r.person, r.from_at, r.id`.execute(db);
  return rows.map(({ state, lapsesAt: lapses, grantedUnder, endedAt, endReason, ...row }) => ({
    ...rightOf(row),
    state,
    lapsesAt: lapses,
    grantedUnder: grantedUnder ?? undefined,
    endedAt: endedAt ?? undefined,
    endReason: endReason ?? undefined,
  }));
}
