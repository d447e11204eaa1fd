import type { Premise } from '../ledger/premise.ts';
import type { Membership } from '../orders/scope.ts';
import type { Db, Tx } from '../storage/postgres.ts';
import type { AccountState, Profile } from '../storage/schema.ts';
import { parseStanding } from './standing-row.ts';
import { questionOf, selectStanding, standingMarks } from './standing-store.ts';

/** What a request knows. The person may be named, or found by their session or refresh family. */
export interface Asked {
  readonly personId?: string | undefined;
  readonly person?: number | undefined;
  /** Leave it out for tokens that outlive the session (offline_access). */
  readonly sessionUidDigest?: Buffer | undefined;
  readonly cookieDigest?: Buffer | undefined;
  readonly grantDigest?: Buffer | undefined;
  readonly familyId?: Buffer | undefined;
  readonly at: Date;
}

/** Everything PostgreSQL knows of a request, as of one snapshot (design D5). */
export interface Standing {
  readonly clock: { readonly version: number; readonly generation: number; readonly clientsVersion: number };
  /** Codes, PAR and proofs older than this are of a Redis that was lost since (design D14). */
  readonly redisEpochAt: Date | undefined;
  readonly person: StandingPerson | undefined;
  /** Undefined: not asked. Null: asked, and there is none. */
  readonly session: StandingSession | null | undefined;
  readonly isCookieEnded: boolean;
  readonly isGrantRevoked: boolean;
  readonly family: StandingFamily | null | undefined;
  /** Another one where PostgreSQL would answer anything of this otherwise, save `isCookieEnded`. */
  readonly mark: string;
  /** In characters, as PostgreSQL wrote it. */
  readonly length: number;
}

export interface StandingPerson {
  readonly number: number;
  readonly id: string;
  readonly subjectId: string;
  readonly state: AccountState;
  readonly epoch: number;
  readonly claimedBy: string | undefined;
  readonly isLocked: boolean;
  readonly usernameSealed: Buffer | undefined;
  /** The person's key as the key ring opens it; undefined once the person was erased. */
  readonly key: WrappedKey | undefined;
  readonly fields: readonly { readonly field: string; readonly sealed: Buffer }[];
  /** Those of now. */
  readonly memberships: readonly StandingMembership[];
  /** All ever held, as orders see them. */
  readonly history: readonly Membership[];
  readonly contacts: readonly StandingContact[];
  readonly children: readonly StandingChild[];
  /** Made up, for sandbox clients and nothing else. */
  readonly isPersona: boolean;
  /** By client_id the latest version of its contract this person was told of. */
  readonly toldOf: ReadonlyMap<string, number>;
}

export interface WrappedKey {
  readonly dataKey: number;
  readonly wrapped: Buffer;
}

export interface StandingMembership {
  readonly profile: Profile;
  readonly establishment: string;
  readonly establishmentName: string;
  readonly academie: string;
  readonly schoolYear: number;
  readonly class: string | undefined;
  readonly function: string | undefined;
}

export interface StandingContact {
  readonly kind: 'mail' | 'phone';
  readonly establishment: string | undefined;
  readonly sealed: Buffer;
  readonly confirmedAt: Date | undefined;
  /** How many accounts hold this very contact: a mail address signs in only where it is one. */
  readonly holders: number;
}

/** A child of a guardian. `rank` 1 and 2 are legal responsibility, 0 is none. */
export interface StandingChild {
  readonly number: number;
  readonly subjectId: string;
  readonly rank: number;
  readonly key: WrappedKey | undefined;
  readonly givenNameSealed: Buffer | undefined;
  readonly memberships: readonly StandingMembership[];
}

export interface StandingSession {
  readonly person: number;
  readonly kind: string;
  readonly epoch: number;
  readonly generation: number;
  readonly startedAt: Date;
  readonly absoluteEnd: Date;
  readonly idleSeconds: number;
  readonly endedAt: Date | undefined;
}

export interface StandingFamily {
  readonly person: number;
  readonly clientId: string;
  /** A token of a lower rotation was spent. */
  readonly rotation: number;
  readonly revokedAt: Date | undefined;
  readonly untilAt: Date;
}

/** One statement; runs once per HTTP request, at the first hook that knows the person. */
export async function standing(db: Db | Tx, asked: Asked): Promise<Standing> {
  return parseStanding(await selectStanding(db, asked), asked);
}

/** For a release that stands on an answer of a moment ago: its own statement asks whether it still is the answer. */
export function premiseOf(asked: Asked, { mark }: Standing): Premise {
  return { marks: standingMarks, question: questionOf(asked), mark };
}
