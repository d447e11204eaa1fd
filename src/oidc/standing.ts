import type { AnsweredStanding, AskStanding } from '../sessions/ask-standing.ts';
import { judgeStanding, type Stamp, type Verdict } from '../sessions/judge-standing.ts';
import type { Names } from './digests.ts';
import type { Facts, RequestStates } from './request-state.ts';

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
  const answer = async (facts: Facts): Promise<AnsweredStanding> => {
    const state = states();
    if (state.answer && covers(state.facts, facts)) return state.answer;
    const isSame = state.facts.personId === facts.personId;
    state.facts = isSame ? { ...state.facts, ...defined(facts) } : facts;
    state.answer = await askOf(state.facts);
    return state.answer;
  };
  return {
    answer,
    async verdict(facts, { stamps = [], clientId } = {}) {
      const { standing, inForce } = await answer(facts);
      const state = states();
      state.stamps = [...state.stamps, ...stamps];
      // A revoked grant ends its tokens and not the session that had it.
      const isGrantRevoked = facts.grantId !== undefined && standing.isGrantRevoked;
      const question = { stamps: state.stamps, inForce, at: now(), relyingParty: clientId };
      return judgeStanding({ ...standing, isGrantRevoked }, question);
    },
    forget() {
      const state = states();
      delete state.answer;
    },
  };
}

function covers(known: Facts, asked: Facts): boolean {
  return Object.entries(defined(asked)).every(([name, value]) => known[name as keyof Facts] === value);
}

function defined(facts: Facts): Facts {
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined));
}
