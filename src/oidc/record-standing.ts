import { randomUUID } from 'node:crypto';
import type { AdapterPayload } from 'oidc-provider';
import { Memory } from '../crypto/memory.ts';
import type { AnsweredStanding } from '../sessions/ask-standing.ts';
import { revokeGrant } from '../sessions/end-session.ts';
import type { Stamp as JudgedStamp } from '../sessions/judge-standing.ts';
import type { GuardedRecord, RecordGuard, Stamp } from '../storage/oidc/record-guard.ts';
import type { Requests } from '../storage/oidc/request-notes.ts';
import type { Db } from '../storage/postgres.ts';
import type { RedisEpoch } from '../storage/redis-epoch.ts';
import type { Names } from './digests.ts';
import type { Facts, RequestState, RequestStates } from './request-state.ts';
import type { Standing } from './standing.ts';

export interface RecordStandingDependencies {
  readonly db: Db;
  readonly standing: Standing;
  readonly states: RequestStates;
  readonly requests: Requests;
  readonly names: Names;
  readonly redisEpoch: RedisEpoch;
  readonly now: () => Date;
  readonly grantSeconds: number;
}

// Used once; a Redis that lost what happened since would let them be used again.
const ONCE = new Set(['AuthorizationCode', 'PushedAuthorizationRequest']);
const TOKENS = new Set(['AuthorizationCode', 'AccessToken', 'RefreshToken']);
// A standing order makes no session "not found": the engine would overwrite its cookie. The policy has a check.
const OUTLIVES_FREEZE = new Set(['Session', 'Grant']);

/** Whether what lies in Redis still stands, as PostgreSQL knows it. */
export function createRecordStanding(from: RecordStandingDependencies): RecordGuard {
  const { standing, states, requests, names, redisEpoch, now } = from;
  const revoke = async (grantId: string): Promise<void> => {
    const at = now();
    const untilAt = new Date(at.getTime() + from.grantSeconds * 1000);
    const person = states().answer?.standing.person?.number;
    await revokeGrant(from.db, { grantDigest: names.grant(grantId), person, at, untilAt });
  };
  const codes = createCodesOfNow(from);
  return {
    async admits(record) {
      if (await isLost(record, redisEpoch)) return false;
      if (!record.payload.accountId) return true;
      const clientId = record.payload.clientId ?? requests.current()?.clientId;
      const stamps = judgedStamps(record.stamp);
      // Asked along with the session, so that its grant needs no second question.
      const grantId = clientId ? record.payload.authorizations?.[clientId]?.grantId : undefined;
      const facts = factsOf(record);
      if (record.model === 'AuthorizationCode') await codes.presume(record, facts);
      if (grantId) await standing.answer({ ...facts, grantId });
      const verdict = await standing.verdict(facts, { stamps, clientId });
      learn(states(), record);
      if (verdict.outcome === 'good') return true;
      if (verdict.outcome === 'frozen') return isFoundFrozen(record, requests);
      // Somebody shows a refresh token that was spent: its family ends (RFC 9700 §4.14.2).
      if (verdict.reason === 'spent-refresh' && record.payload.grantId) await revoke(record.payload.grantId);
      return false;
    },
    async stampFor(model, payload) {
      // A Redis that began anew is noticed before anything new is made, or that would look old.
      if (isForgotten(model, payload)) await redisEpoch.at();
      const at = now().getTime();
      // A session's row in PostgreSQL says under what it was begun.
      if (!payload.accountId || model === 'Session') return { at };
      if (model === 'AuthorizationCode') codes.note(payload);
      return { ...judgedUnder(states), ...extraOf(model, payload, states()), at };
    },
    revokeGrant: revoke,
  };
}

/**
 * What was answered when a code was made here stands for its exchange, until the ledger's statement asks again. Only
 * where all that the exchange writes waits for that: without an ID token nothing is written down, and it is asked at once.
 */
function createCodesOfNow({ standing, states, requests }: RecordStandingDependencies) {
  const answers = new Memory<AnsweredStanding>();
  return {
    note(payload: AdapterPayload): void {
      const { facts, answer } = states();
      const exchange = factsOf({ model: 'AuthorizationCode', id: '', payload, stamp: {} });
      if (!payload.jti || !answer || !isAbout(exchange, facts)) return;
      answers.keep(payload.jti, answer, answer.standing.length);
    },
    async presume({ id }: GuardedRecord, facts: Facts): Promise<void> {
      const answer = answers.get(id);
      if (answer && requests.current()?.gathers) await standing.presume(facts, answer);
    },
  };
}

/**
 * What may have been used in what was lost. Of a token bound to a key it is no longer known which proofs opened it: one from
 * a clock ahead of ours looks as if it were made since, and opens this token alone (`ath`, RFC 9449 §4.2).
 */
function isForgotten(model: string, { jkt }: AdapterPayload): boolean {
  return ONCE.has(model) || (model === 'AccessToken' && jkt !== undefined);
}

async function isLost({ model, payload, stamp }: GuardedRecord, redisEpoch: RedisEpoch): Promise<boolean> {
  return isForgotten(model, payload) && (stamp.at ?? 0) < (await redisEpoch.at());
}

/** What is given back meanwhile does not come back with the order's end (RFC 7009 §2.1). */
function isFoundFrozen({ model }: GuardedRecord, requests: Requests): boolean {
  return OUTLIVES_FREEZE.has(model) || requests.current()?.givesBack === true;
}

function learn(state: RequestState, { model, payload, stamp }: GuardedRecord): void {
  const { sid, family, rotation } = stamp;
  const acr = payload.acr ?? stamp.acr;
  if (TOKENS.has(model) && typeof acr === 'string') state.acr = acr;
  if (sid) state.sid = sid;
  if (family && rotation !== undefined) state.shown = { id: family, rotation };
}

function factsOf({ model, id, payload, stamp, cookieId }: GuardedRecord): Facts {
  const personId = payload.accountId;
  if (model === 'Grant') return { personId, grantId: id };
  if (model === 'Session') return { personId, sessionUid: payload.uid, cookieId };
  // What outlives its session (offline_access) is not asked about it.
  const sessionUid = payload.expiresWithSession ? payload.sessionUid : undefined;
  return { personId, sessionUid, grantId: payload.grantId, familyId: stamp.family };
}

/** All that was asked but for the cookie, which is the browser's, and no matter of its code. */
function isAbout(facts: Facts, asked: Facts): boolean {
  const { personId, sessionUid, grantId, familyId } = asked;
  return (
    facts.personId === personId &&
    facts.sessionUid === sessionUid &&
    facts.grantId === grantId &&
    facts.familyId === familyId
  );
}

function judgedStamps({ generation, epoch, rotation }: Stamp): JudgedStamp[] {
  if (generation === undefined || epoch === undefined) return [];
  return [{ generation, epoch, rotation }];
}

/** The generation the request was judged under, never the newest (design D4). */
function judgedUnder(states: RequestStates): Stamp {
  const { answer } = states();
  const person = answer?.standing.person;
  if (!answer || !person) throw new Error('a record about a person that no standing was asked for');
  return { person: person.number, generation: answer.inForce.generation, epoch: person.epoch };
}

function extraOf(model: string, payload: AdapterPayload, state: RequestState): Stamp {
  if (model === 'AccessToken') return state.acr ? { acr: state.acr } : {};
  if (model === 'AuthorizationCode') return state.sid ? { sid: state.sid } : {};
  if (model !== 'RefreshToken' || !payload.grantId) return {};
  state.family ??= { id: randomUUID(), rotation: 0, isNew: true };
  return { family: state.family.id, rotation: state.family.rotation };
}
