import type { AnsweredStanding, AskStanding } from '../sessions/ask-standing.ts';
import { judgeStanding, type Stamp, type Verdict } from '../sessions/judge-standing.ts';
import type { Names } from './digests.ts';
import type { Facts, RequestStates } from './request-state.ts';

/** The one question of a request (design D5), asked at the first hook that knows the person. */
export interface Standing {
  answer(facts: Facts): Promise<AnsweredStanding>;
  /** Under all the records the request stands on so far. */
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
    const { known } = state;
    if (known && covers(known.facts, facts)) return known.answer;
    const merged = known?.facts.personId === facts.personId ? { ...known?.facts, ...defined(facts) } : facts;
    state.known = { facts: merged, answer: await askOf(merged) };
    return state.known.answer;
  };
  return {
    answer,
    async verdict(facts, { stamps = [], clientId } = {}) {
      const { standing, inForce } = await answer(facts);
      const state = states();
      state.stamps = [...state.stamps, ...stamps];
      return judgeStanding(standing, { stamps: state.stamps, inForce, at: now(), relyingParty: clientId });
    },
    forget() {
      const state = states();
      delete state.known;
    },
  };
}

function covers(known: Facts, asked: Facts): boolean {
  return Object.entries(defined(asked)).every(([name, value]) => known[name as keyof Facts] === value);
}

function defined(facts: Facts): Facts {
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined));
}
