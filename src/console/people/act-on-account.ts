import { type Locked, liftLock, lockAccount } from '../../accounts/locks.ts';
import { type Reset, resetAccount } from '../../accounts/reset/reset-account.ts';
import type { Actor } from '../../audit/actor.ts';
import { record } from '../../audit/record.ts';
import { findPersonById } from '../../directory/persons.ts';
import type { Judged } from '../../orders/judged.ts';
import type { Looker } from '../../reading/looker.ts';
import type { PersonRecord } from '../../reading/person-record.ts';
import { type Reached, reach } from '../../reading/reach.ts';
import { locksOf } from '../../reading/record-store.ts';
import { placeOf } from '../../rights/place.ts';
import { rightsOf, type StaffAct } from '../../rights/rights.ts';
import type { Authority, NotAuthorised } from '../../second-factors/act-with-right.ts';
import { endSessionsOf } from '../../sessions/end-session.ts';
import type { Db, Tx } from '../../storage/postgres.ts';
import { isAbove, mayLift } from './rank.ts';

export interface Dependencies {
  judged: Judged;
  now: () => Date;
}

export interface AccountAct {
  by: number;
  /** The digest of its uid. */
  session: Buffer;
  /** Of the person acted on. */
  id: string;
  reason: string;
  authority: Authority;
}

export type ActedOn<Done> =
  | Done
  /** Nobody of this id, or not within the rights of who acts. */
  | { outcome: 'unknown' }
  /** Oneself, or somebody whose own rights are as high: whoever is above them acts. */
  | { outcome: 'not-below' }
  | NotAuthorised;

/** What was let in before is dead, and nobody gets in while it holds. */
export function lockByStaff(from: Dependencies, act: AccountAct): Promise<ActedOn<Locked>> {
  return actOn(from, { act, right: 'lock-account' }, async (tx, { by, person, at }) => {
    const locked = await lockAccount(tx, by, { person, reason: act.reason, at });
    if (locked.outcome === 'locked') await endSessionsOf(tx, person, { by, at, reason: 'lock' });
    return locked;
  });
}

export type LiftedByStaff = { outcome: 'lifted' } | { outcome: 'not-locked' };

/** A lock of the holder's own, or of somebody within the right of who lifts it; an operator's or an officer's stays. */
export function liftByStaff(
  from: Dependencies,
  act: AccountAct & { lock: string },
): Promise<ActedOn<LiftedByStaff>> {
  return actOn(from, { act, right: 'lock-account' }, async (tx, acting): Promise<LiftedByStaff> => {
    const { by, person, at, reached } = acting;
    const lock = (await locksOf(tx, person, at)).find(({ id }) => id === act.lock);
    if (!lock || !(await mayLift(tx, { lock, reached, at }))) return { outcome: 'not-locked' };
    const lifted = await liftLock(tx, by, { lock: lock.id, reason: act.reason, at });
    return lifted.outcome === 'lifted' ? { outcome: 'lifted' } : lifted;
  });
}

export function resetByStaff(from: Dependencies, act: AccountAct): Promise<ActedOn<Reset>> {
  return actOn(from, { act, right: 'start-reset' }, (tx, { by, person, at }) =>
    resetAccount(tx, by, { person, reason: act.reason, at }),
  );
}

interface Acting {
  by: Actor;
  person: number;
  reached: Reached;
  at: Date;
}

/** One transaction: who it is about is within the right, and below; then the factor is spent; then it is done. */
function actOn<Done>(
  { judged, now }: Dependencies,
  { act, right }: { act: AccountAct; right: StaffAct },
  perform: (tx: Tx, acting: Acting) => Promise<Done>,
): Promise<ActedOn<Done>> {
  return judged(async (tx, inForce): Promise<ActedOn<Done>> => {
    const at = now();
    const found = await findPersonById(tx, act.id);
    const rights = await rightsOf(tx, act.by, at);
    const asked = { rights, act: right, persons: found ? [found.number] : [], at };
    const [reached] = await reach(tx, asked);
    const [membership] = reached?.memberships ?? [];
    if (!reached || !membership) return refuse(tx, { act, right, person: found?.number, at, why: 'unknown' });
    const { person } = reached;
    if (!(await isAbove(tx, { by: act.by, right: reached.right, person, at })))
      return refuse(tx, { act, right, person, at, why: 'not-below' });
    const { uai, classCode } = membership;
    const place = await placeOf(tx, { uai, ...(classCode !== null && { className: classCode }) });
    const authorised = await act.authority(tx, { place, inForce, at });
    if (authorised.outcome !== 'authorised') return authorised;
    return perform(tx, { by: { kind: 'person', person: act.by }, person, reached, at });
  });
}

/** Nothing is done but the line in the audit (ASVS 16.3.2). */
async function refuse<Why extends 'unknown' | 'not-below'>(
  tx: Tx,
  given: { act: AccountAct; right: StaffAct; person: number | undefined; why: Why; at: Date },
): Promise<{ outcome: Why }> {
  const { act, right, person, why, at } = given;
  const details = { way: 'act', act: right, why, session: act.session.toString('hex') };
  const event = {
    name: 'reading.refused',
    ...(person !== undefined && { subject: person }),
    details,
  } as const;
  await record(tx, { kind: 'person', person: act.by }, event, at);
  return { outcome: why };
}

export interface OpenActs {
  mayLock: boolean;
  mayReset: boolean;
  /** Ids of the locks that may be lifted. */
  liftable: readonly string[];
}

/** What the page offers; each act asks anew. */
export async function actsOpenTo(
  db: Db,
  { looker, record, at }: { looker: Looker; record: PersonRecord; at: Date },
): Promise<OpenActs> {
  const { person, state, locks = [] } = record;
  const within = async (act: StaffAct): Promise<Reached | undefined> => {
    const [reached] = await reach(db, { rights: looker.rights, act, persons: [person], at });
    if (!reached) return undefined;
    return (await isAbove(db, { by: looker.reader, right: reached.right, person, at })) ? reached : undefined;
  };
  const [locking, resetting] = [await within('lock-account'), await within('start-reset')];
  const liftable: string[] = [];
  for (const lock of locks)
    if (locking && (await mayLift(db, { lock, reached: locking, at }))) liftable.push(lock.id);
  return {
    mayLock: locking !== undefined && state !== 'closed',
    mayReset: resetting !== undefined && state === 'active',
    liftable,
  };
}
