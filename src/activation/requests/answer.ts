import type { Actor } from '../../audit/actor.ts';
import { record } from '../../audit/record.ts';
import type { Digests } from '../../crypto/digests.ts';
import { isSameBytes } from '../../crypto/tokens.ts';
import { isCutOff } from '../../orders/evaluate.ts';
import type { OrdersInForce } from '../../orders/order.ts';
import { subjectOf } from '../../sessions/judge-standing.ts';
import { type StandingPerson, standing } from '../../sessions/standing.ts';
import type { Tx } from '../../storage/postgres.ts';
import { refusalOfLetter } from '../ceremonies/letter.ts';
import type { RefusedBecause, SecondProof } from '../ceremony.ts';
import type { CeremoniesOf } from '../choice.ts';
import type { InSameHands, Resting } from '../hands.ts';
import { openCeremony } from '../open-ceremony.ts';
import { proofDigest } from './shown.ts';
import { endRequest, giveProofBack, type HeldRequest } from './store.ts';

export interface Dependencies {
  digests: Digests;
  ceremoniesOf: CeremoniesOf;
  inSameHands: InSameHands;
  settings: { ceremonySeconds: number };
}

/** The act's own factor, spent in its transaction. */
export type Confirm = (
  tx: Tx,
  judged: { inForce: OrdersInForce; at: Date },
) => Promise<{ outcome: 'confirmed' | 'wrong-code' | 'start-again' }>;

export interface Answering {
  request: HeldRequest;
  /** As the screen that waits shows it. */
  typed: string;
  wrong: 'wrong-digits' | 'wrong-characters';
  giver: Extract<Actor, { kind: 'person' }>;
  second: SecondProof;
  evidence: Resting['evidence'];
  confirm: Confirm;
  inForce: OrdersInForce;
  at: Date;
}

export type Answered =
  | { outcome: 'proved'; person: number }
  | { outcome: 'wrong-proof' }
  /** The letter or the request no longer counts. */
  | { outcome: 'ended' }
  /** Who gives it printed the letter, or is linked with who did. */
  | { outcome: 'same-hands' }
  | { outcome: 'wrong-code' }
  | { outcome: 'start-again' };

/**
 * Somebody gives the second proof of a request that is held and whose try is counted. Everything is judged again here:
 * the letter, the account, the orders, and whether two people are two. Then the browser that waits goes on.
 */
export async function answer(tx: Tx, from: Dependencies, given: Answering): Promise<Answered> {
  const { request, giver, inForce, at, second } = given;
  const { person } = await standing(tx, { person: request.person, at });
  const because = await refusalOf(tx, from, { ...given, person });
  if (because || !person) return refuse(tx, given, because ?? 'unknown-code');
  const confirmed = await given.confirm(tx, { inForce, at });
  if (confirmed.outcome !== 'confirmed') {
    // What is on the screen was right: a mistyped code of the telephone is counted where such codes are.
    await giveProofBack(tx, request.id);
    return { outcome: confirmed.outcome };
  }
  await endRequest(tx, { id: request.id, outcome: 'proved', at });
  const details = { letter: request.letter, ...second };
  await record(tx, giver, { name: 'activation.vouched', subject: person.number, details }, at);
  const { epoch } = person;
  const proof = { subject: subjectOf(person), letter: request.letter, epoch, second };
  const seconds = from.settings.ceremonySeconds;
  await openCeremony(tx, proof, { tokenDigest: request.tokenDigest, inForce, at, seconds });
  return { outcome: 'proved', person: person.number };
}

async function refusalOf(
  tx: Tx,
  { digests, ceremoniesOf, inSameHands }: Dependencies,
  {
    request,
    typed,
    wrong,
    giver,
    evidence,
    inForce,
    person,
  }: Answering & { person: StandingPerson | undefined },
): Promise<RefusedBecause | undefined> {
  const because = refusalOfLetter(request, person, { ceremony: request.ceremony, ceremoniesOf, inForce });
  if (because || !person) return because;
  const subject = subjectOf(person);
  const { generation } = request;
  // A screen that waits is half a session: whatever order ends those, or codes, or credentials, ends it.
  const isCut = (['code', 'session', 'credential'] as const).some((made) =>
    isCutOff(inForce, subject, { made, generation }),
  );
  if (isCut) return 'cut-off';
  const shown = proofDigest(digests, request.tokenDigest, typed);
  if (!request.proofDigest || !isSameBytes(shown, request.proofDigest)) return wrong;
  return (await inSameHands(tx, { letter: request.letter, giver, evidence })) ? 'same-hands' : undefined;
}

async function refuse(
  tx: Tx,
  { request, giver, wrong, at }: Answering,
  because: RefusedBecause,
): Promise<Answered> {
  const details = { ceremony: request.ceremony, because, letter: request.letter, request: request.id };
  await record(tx, giver, { name: 'activation.refused', subject: request.person, details }, at);
  if (request.isLastTry) await endRequest(tx, { id: request.id, outcome: 'wrong-proofs', at });
  if (because === wrong) return { outcome: 'wrong-proof' };
  return { outcome: because === 'same-hands' ? because : 'ended' };
}
