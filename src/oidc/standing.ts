import type { Premise } from '../ledger/premise.ts';
import type { Orders } from '../orders/orders.ts';
import type { AnsweredStanding, AskStanding } from '../sessions/ask-standing.ts';
import { judgeStanding, type Stamp, type Verdict } from '../sessions/judge-standing.ts';
import { type Asked, premiseOf } from '../sessions/standing.ts';
import type { Names } from './digests.ts';
import type { Facts, RequestState, RequestStates } from './request-state.ts';

/** The one question of a request (design D5), asked at the first hook that knows the person. */
export interface Standing {
  answer(facts: Facts): Promise<AnsweredStanding>;
  /** Of the person, the session and, where the facts name one, the grant; under all the request stands on so far. */
  verdict(
    facts: Facts,
    also?: { stamps?: readonly Stamp[]; clientId?: string | undefined },
  ): Promise<Verdict>;
  /**
   * For a request whose every effect waits for a release: what was answered a moment ago, unless the orders moved since.
   * The release then has a premise, and its statement asks the question.
   */
  presume(facts: Facts, answer: AnsweredStanding): Promise<void>;
  premise(): Premise | undefined;
  /** The orders or the answer moved: the next question is asked anew. */
  forget(): void;
}

export interface StandingDependencies {
  readonly ask: AskStanding;
  readonly orders: Pick<Orders, 'inForce'>;
  readonly names: Names;
  readonly states: RequestStates;
  readonly now: () => Date;
}

export function createStanding({ ask, orders, names, states, now }: StandingDependencies): Standing {
  const known = ({ facts, answer }: RequestState, asked: Facts) =>
    covers(facts, asked) ? answer : undefined;
  const askNow = async (state: RequestState, asked: Facts): Promise<AnsweredStanding> => {
    const facts = state.facts.personId === asked.personId ? together(state.facts, asked) : asked;
    const answer = await ask(askedOf(facts, names, now()));
    // Together: what was answered before says nothing of what was not asked then.
    Object.assign(state, { facts, answer, isPresumed: false });
    return answer;
  };
  return {
    async answer(facts) {
      const state = states();
      return known(state, facts) ?? askNow(state, facts);
    },
    async verdict(facts, { stamps = [], clientId } = {}) {
      const state = states();
      const { standing, inForce } = known(state, facts) ?? (await askNow(state, facts));
      state.stamps.push(...stamps);
      // A revoked grant ends its tokens and not the session that had it.
      const isForgiven = standing.isGrantRevoked && facts.grantId === undefined;
      const judged = isForgiven ? { ...standing, isGrantRevoked: false } : standing;
      return judgeStanding(judged, { stamps: state.stamps, inForce, at: now(), relyingParty: clientId });
    },
    async presume(facts, answer) {
      // Another object where an order began or ended, if only because its time has come.
      if ((await orders.inForce()) !== answer.inForce) return;
      Object.assign(states(), { facts, answer, isPresumed: true });
    },
    premise() {
      const { facts, answer, isPresumed } = states();
      return isPresumed && answer ? premiseOf(askedOf(facts, names, now()), answer.standing) : undefined;
    },
    forget() {
      Object.assign(states(), { answer: undefined, isPresumed: false });
    },
  };
}

function askedOf(facts: Facts, names: Names, at: Date): Asked {
  const { personId, sessionUid, cookieId, grantId, familyId } = facts;
  return {
    personId,
    sessionUidDigest: sessionUid === undefined ? undefined : names.session(sessionUid),
    cookieDigest: cookieId === undefined ? undefined : names.cookie(cookieId),
    grantDigest: grantId === undefined ? undefined : names.grant(grantId),
    familyId: familyId === undefined ? undefined : names.family(familyId),
    at,
  };
}

function covers(known: Facts, asked: Facts): boolean {
  const isCovered = (fact: string | undefined, by: string | undefined) => fact === undefined || fact === by;
  return (
    isCovered(asked.personId, known.personId) &&
    isCovered(asked.sessionUid, known.sessionUid) &&
    isCovered(asked.cookieId, known.cookieId) &&
    isCovered(asked.grantId, known.grantId) &&
    isCovered(asked.familyId, known.familyId)
  );
}

/** What was named last counts. */
function together(known: Facts, asked: Facts): Facts {
  return {
    personId: asked.personId ?? known.personId,
    sessionUid: asked.sessionUid ?? known.sessionUid,
    cookieId: asked.cookieId ?? known.cookieId,
    grantId: asked.grantId ?? known.grantId,
    familyId: asked.familyId ?? known.familyId,
  };
}
