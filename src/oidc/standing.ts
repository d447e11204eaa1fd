import type { AnsweredStanding, AskStanding } from '../sessions/ask-standing.ts';
import { judgeStanding, type Stamp, type Verdict } from '../sessions/judge-standing.ts';
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
  /** The orders moved: the next question is asked anew. */
  forget(): void;
}

export interface StandingDependencies {
  readonly ask: AskStanding;
  readonly names: Names;
  readonly states: RequestStates;
  readonly now: () => Date;
}

export function createStanding({ ask, names, states, now }: StandingDependencies): Standing {
  const askOf = ({ personId, sessionUid, cookieId, grantId, familyId }: Facts) =>
    ask({
      personId,
      sessionUidDigest: sessionUid === undefined ? undefined : names.session(sessionUid),
      cookieDigest: cookieId === undefined ? undefined : names.cookie(cookieId),
      grantDigest: grantId === undefined ? undefined : names.grant(grantId),
      familyId: familyId === undefined ? undefined : names.family(familyId),
      at: now(),
    });
  const known = ({ facts, answer }: RequestState, asked: Facts) =>
    covers(facts, asked) ? answer : undefined;
  const askNow = async (state: RequestState, asked: Facts): Promise<AnsweredStanding> => {
    state.facts = state.facts.personId === asked.personId ? together(state.facts, asked) : asked;
    state.answer = await askOf(state.facts);
    return state.answer;
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
    forget() {
      delete states().answer;
    },
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
