import { acrOf, type HighestAcr } from '../accounts/claim-acr.ts';
import { record } from '../audit/record.ts';
import type { Settings } from '../config.ts';
import type { OrdersInForce } from '../orders/order.ts';
import type { Orders } from '../orders/orders.ts';
import { assertOrdersUnmoved } from '../orders/unmoved.ts';
import { findTotp } from '../second-factors/store.ts';
import { judgeStanding, type Verdict } from '../sessions/judge-standing.ts';
import { sessionLimits } from '../sessions/limits.ts';
import { type StandingPerson, standing } from '../sessions/standing.ts';
import type { Db, Tx } from '../storage/postgres.ts';
import { Unavailable } from '../storage/unavailable.ts';
import { clearAttempts } from '../throttling/attempts.ts';
import type { Entry, LetIn, NotNow } from './entry.ts';
import type { SignIn } from './interaction.ts';
import { prove } from './prove.ts';

export interface Dependencies {
  db: Db;
  orders: Pick<Orders, 'inForce' | 'upTo'>;
  lifetimes: Pick<Settings['lifetimes'], 'sessions' | 'knownDeviceSeconds'>;
  highestAcr: HighestAcr;
}

/** The one transaction that lets somebody in: it fails if the orders it was judged under moved, and is tried anew. */
export async function letIn(from: Dependencies, entry: Entry): Promise<LetIn> {
  const { db, orders } = from;
  let inForce = await orders.inForce();
  for (let attempt = 0; attempt < 3; attempt += 1) {
    const judged = await db.transaction().execute((tx) => decideUnder(tx, { from, inForce, entry }));
    if (judged.outcome !== 'orders-moved') return judged;
    inForce = await orders.upTo(judged.version);
  }
  throw new Unavailable('orders');
}

async function decideUnder(
  tx: Tx,
  { from, inForce, entry }: { from: Dependencies; inForce: OrdersInForce; entry: Entry },
): Promise<LetIn | { outcome: 'orders-moved'; version: number }> {
  const orders = await assertOrdersUnmoved(tx, inForce.version);
  if (orders.outcome === 'orders-moved') return orders;
  const known = await standing(tx, { person: entry.person, at: entry.at });
  if (!known.person) return { outcome: 'start-again' };
  const totp = await findTotp(tx, entry.person);
  const verdict = judgeStanding(known, { stamps: entry.stamps, inForce, at: entry.at });
  const isShutOut = verdict.outcome !== 'good';
  const holder = { person: known.person, totp, inForce, isShutOut };
  const proved = await prove(tx, entry, holder);
  // What was right was no failure, also where something else is still missing or in the way.
  const isRight = proved.outcome === 'proved' || proved.outcome === 'second-factor-needed';
  if (isRight) await clearAttempts(tx, entry.clears);
  if (proved.outcome !== 'proved') return proved;
  return decide(tx, { from, entry, verdict, inForce, amr: proved.amr });
}

interface Judged {
  from: Dependencies;
  entry: Entry;
  verdict: Verdict;
  inForce: OrdersInForce;
  amr: string[];
}

async function decide(tx: Tx, judged: Judged): Promise<LetIn> {
  const { entry, verdict, amr } = judged;
  const reason = refusalOf(verdict, amr);
  if (reason === 'start-again') return { outcome: reason };
  const subject = entry.person;
  if (reason || verdict.outcome === 'dead') {
    const why = reason ?? 'locked';
    await record(
      tx,
      { kind: 'person', person: subject },
      { name: 'sign-in.refused', subject, details: { ...entry.details, why } },
      entry.at,
    );
    return { outcome: 'not-now', reason: why };
  }
  const signIn = signInOf(verdict.person, judged);
  const { acr, limits } = signIn;
  const details = { ...entry.details, acr, amr, session: limits.kind };
  await record(
    tx,
    { kind: 'person', person: subject },
    { name: 'sign-in.succeeded', subject, details },
    entry.at,
  );
  return { outcome: 'signed-in', signIn };
}

function refusalOf(verdict: Verdict, amr: readonly string[]): NotNow | 'start-again' | undefined {
  if (verdict.outcome === 'frozen') return 'frozen';
  if (verdict.outcome === 'good') {
    const isMissing = verdict.enforced.includes('require-second-factor') && amr.length === 1;
    return isMissing ? 'second-factor-missing' : undefined;
  }
  if (verdict.reason === 'locked') return 'locked';
  if (verdict.reason === 'closed' || verdict.reason === 'dormant') return 'closed';
  return 'start-again';
}

function signInOf(person: StandingPerson, { from, entry, inForce, amr }: Judged): SignIn {
  const profiles = person.memberships.map(({ profile }) => profile);
  const { version, generation } = inForce;
  return {
    person: person.number,
    personId: person.id,
    acr: acrOf(amr, { claimedBy: person.claimedBy, highest: from.highestAcr }),
    amr,
    limits: sessionLimits(profiles, entry.device, from.lifetimes.sessions),
    judgedAt: { version, generation, epoch: person.epoch },
  };
}
