import type { Db, Tx } from '../storage/postgres.ts';
import { Unavailable } from '../storage/unavailable.ts';
import type { ContextRows, DisclosureContext } from './context.ts';
import { maskOf } from './fields.ts';
import { type DisclosureKind, KINDS } from './kinds.ts';
import type { Premise } from './premise.ts';
import { insertDisclosures, type Statement, type Written } from './store.ts';

export interface Disclosure {
  /** The number of the person it is about. */
  readonly person: number;
  readonly kind: DisclosureKind;
  /** Names of the catalogue: exactly what leaves. */
  readonly fields: Iterable<string>;
}

/** The step of a refresh family that this release goes with. Beginning twice is one beginning. */
export type FamilyStep =
  | {
      readonly step: 'begin';
      readonly id: Buffer;
      readonly grantDigest: Buffer;
      readonly person: number;
      readonly clientId: string;
      readonly untilAt: Date;
    }
  | { readonly step: 'rotate'; readonly id: Buffer; readonly rotation: number };

/** A relying party's part in a session: kept where logout notices find it after Redis is gone (design D9). */
export interface Participation {
  readonly sessionUidDigest: Buffer;
  readonly clientId: string;
  readonly sid: string;
  readonly person: number;
}

export interface Release {
  /** Of the orders the request was judged under. */
  readonly judgedAt: { readonly version: number };
  readonly premise?: Premise | undefined;
  readonly context: DisclosureContext;
  readonly rows: readonly Disclosure[];
  readonly family?: FamilyStep | undefined;
  readonly participation?: Participation | undefined;
  readonly at: Date;
}

export type Appended =
  /** (batch, ordinal) is the trace number of a line; ordinals count from 1 in the order of `rows`. */
  | { outcome: 'written'; batch: number }
  /** Judge once more, under at least this version. */
  | { outcome: 'orders-moved'; version: number }
  /** Who would be new in a session is too late: it has ended, and whoever took part was told. */
  | { outcome: 'session-ended' }
  /** Ask anew and judge once more. */
  | { outcome: 'premise-moved' }
  /** The token's rotation was spent, its family revoked, or it is unknown. */
  | { outcome: 'family-spent' };

/** The only door of the ledger. Nothing leaves unless this answered `written`; it throws Unavailable where it cannot. */
export async function appendDisclosures(
  db: Db | Tx,
  release: Release,
  rowOf: ContextRows,
): Promise<Appended> {
  if (release.rows.length === 0) throw new Error('a release without a line is none');
  const statement = {
    version: release.judgedAt.version,
    context: rowOf(release.context),
    at: release.at,
    persons: release.rows.map(({ person }) => person),
    kinds: release.rows.map(({ kind }) => KINDS[kind]),
    masks: release.rows.map(({ fields }) => maskOf(fields)),
    family: release.family,
    participation: release.participation,
    premise: release.premise,
  };
  // Another release may just have written the same context: its row is not in our snapshot. It is in the next.
  const first = await write(db, statement);
  const written = isLostContext(first) ? await write(db, statement) : first;
  return outcomeOf(written, release);
}

/** Whatever PostgreSQL has against it (read-only, full, no partition), the ledger cannot be written: 503. */
async function write(db: Db | Tx, statement: Statement): Promise<Written> {
  try {
    return await insertDisclosures(db, statement);
  } catch (error) {
    throw new Unavailable('ledger', { cause: error });
  }
}

function isLostContext({ hasContext, stands, version }: Written): boolean {
  return !hasContext && stands && version === undefined;
}

function outcomeOf(written: Written, release: Release): Appended {
  if (written.version !== undefined) return { outcome: 'orders-moved', version: written.version };
  if (written.isLate) return { outcome: 'session-ended' };
  if (!written.stands) return { outcome: 'premise-moved' };
  if (!written.hasContext) throw new Unavailable('ledger');
  if (!written.isStepped) return { outcome: 'family-spent' };
  const { batch, lines } = written;
  if (batch === undefined || lines !== release.rows.length)
    throw new Error('the ledger wrote other than it was told');
  return { outcome: 'written', batch };
}
