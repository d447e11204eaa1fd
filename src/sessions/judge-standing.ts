import { cutOffGeneration, type Judgement, judge } from '../orders/evaluate.ts';
import type { StandingMeasure } from '../orders/measures.ts';
import type { OrdersInForce } from '../orders/order.ts';
import type { Subject } from '../orders/scope.ts';
import { onceFor } from './once-for.ts';
import type { Standing, StandingPerson } from './standing.ts';

/** Under what a record outside PostgreSQL was made. Undefined where it is not about a person yet. */
export interface Stamp {
  readonly generation: number;
  readonly epoch: number;
  /** Of a refresh token: its place in its family. */
  readonly rotation?: number | undefined;
}

export type DeadReason =
  | 'unknown'
  | 'closed'
  | 'dormant'
  | 'locked'
  | 'session-ended'
  | 'grant-revoked'
  | 'spent-refresh'
  | 'epoch'
  | 'cut-off';

export type Verdict =
  | {
      outcome: 'good';
      person: StandingPerson;
      enforced: readonly StandingMeasure[];
      observed: readonly StandingMeasure[];
    }
  | {
      outcome: 'frozen';
      person: StandingPerson;
      enforced: readonly StandingMeasure[];
      observed: readonly StandingMeasure[];
    }
  | { outcome: 'dead'; reason: DeadReason };

export interface Question {
  /** Of every record the request stands on: session, grant, code, token. */
  readonly stamps: readonly Stamp[];
  readonly inForce: OrdersInForce;
  readonly at: Date;
  /** The client_id where something would go to a relying party. */
  readonly relyingParty?: string | undefined;
}

/** Dead never comes back. Frozen is a standing order: its end restores exactly what was there (design D4). */
export function judgeStanding(standing: Standing, question: Question): Verdict {
  const { person } = standing;
  if (!person) return dead('unknown');
  if (person.state === 'closed') return dead('closed');
  if (person.state === 'dormant') return dead('dormant');
  if (person.isLocked) return dead('locked');
  const ended = endOf(standing, person, question);
  if (ended) return dead(ended);
  const { cutOff, judgement } = saidByOrders(question, person);
  if (isBelow(cutOff, standing, question)) return dead('cut-off');
  const outcome = judgement.enforced.includes('freeze') ? 'frozen' : 'good';
  return { outcome, person, ...judgement };
}

interface Said {
  /** What was made of a lower generation is dead. */
  readonly cutOff: number;
  readonly judgement: Judgement;
}

const MOST_PARTIES = 50;

/** By relying party. Neither the orders of one moment nor what was answered of somebody ever change. */
const saidOf = onceFor((_: OrdersInForce) => onceFor((_: StandingPerson) => new Map<string, Said>()));

function saidByOrders({ inForce, relyingParty }: Question, person: StandingPerson): Said {
  const known = saidOf(inForce)(person);
  const before = known.get(relyingParty ?? '');
  if (before) return before;
  const said = askOrders(inForce, subjectOf(person, relyingParty));
  // Anybody can name what is none.
  if (known.size >= MOST_PARTIES) known.clear();
  known.set(relyingParty ?? '', said);
  return said;
}

function askOrders(inForce: OrdersInForce, subject: Subject): Said {
  return { cutOff: cutOffGeneration(inForce, subject, 'session'), judgement: judge(inForce, subject) };
}

/** The person as orders see them. */
export function subjectOf(
  person: Pick<StandingPerson, 'number' | 'state' | 'history'>,
  relyingParty?: string,
): Subject {
  const { number, state, history } = person;
  return { person: number, state, memberships: history, relyingParty };
}

function endOf(standing: Standing, person: StandingPerson, question: Question): DeadReason | undefined {
  const { session, family } = standing;
  if (session === null || family === null) return 'unknown';
  if (session && session.person !== person.number) return 'unknown';
  if (family && family.person !== person.number) return 'unknown';
  if (standing.isCookieEnded || session?.endedAt) return 'session-ended';
  if (session && session.absoluteEnd <= question.at) return 'session-ended';
  if (standing.isGrantRevoked || family?.revokedAt) return 'grant-revoked';
  if (family && family.untilAt <= question.at) return 'grant-revoked';
  if (family && question.stamps.some(({ rotation }) => rotation !== undefined && rotation < family.rotation))
    return 'spent-refresh';
  const isOlder = ({ epoch }: Pick<Stamp, 'epoch'>) => epoch < person.epoch;
  return (session && isOlder(session)) || question.stamps.some(isOlder) ? 'epoch' : undefined;
}

function isBelow(cutOff: number, { session }: Standing, { stamps }: Question): boolean {
  const isCut = ({ generation }: Pick<Stamp, 'generation'>) => generation < cutOff;
  return (session && isCut(session)) || stamps.some(isCut);
}

function dead(reason: DeadReason): Verdict {
  return { outcome: 'dead', reason };
}
