import type { Db } from '../../storage/postgres.ts';
import type { Judged } from '../judged.ts';
import { type Dependencies as AnswerDependencies, type Answered, answer, type Confirm } from './answer.ts';
import { isRequestId } from './shown.ts';
import { reserveVouch, selectVouchRequests, type VouchRequest } from './store.ts';

export interface Dependencies extends AnswerDependencies {
  db: Db;
  judged: Judged;
  wrongProofs: number;
  now: () => Date;
}

export interface Vouch {
  /** Somebody signed in, in person. */
  guardian: number;
  request: string;
  digits: string;
  confirm: Confirm;
}

export type VouchOperation = (given: Vouch) => Promise<Answered>;
export type ListVouchRequests = (guardian: number) => Promise<VouchRequest[]>;

export function createListVouchRequests({ db, wrongProofs, now }: Dependencies): ListVouchRequests {
  return (guardian) => selectVouchRequests(db, { guardian, limit: wrongProofs, at: now() });
}

/**
 * A guardian says: this screen is my child's. The statement that counts the try asks today's roster whose child it is;
 * somebody else's request is as if it were not there.
 */
export function createVouch({ judged, wrongProofs, now, ...from }: Dependencies): VouchOperation {
  return async ({ guardian, request: id, digits, confirm }) => {
    if (!isRequestId(id)) return { outcome: 'ended' };
    return judged(async (tx, inForce) => {
      const at = now();
      const request = await reserveVouch(tx, { request: id, guardian, limit: wrongProofs, at });
      if (!request) return { outcome: 'ended' };
      return answer(tx, from, {
        ...{ request, typed: digits.replace(/\s/g, ''), wrong: 'wrong-digits', confirm, inForce, at },
        giver: { kind: 'person', person: guardian },
        evidence: { of: 'guardianship', guardian, child: request.person },
        second: { ceremony: 'guardian-vouch', request: id, guardian },
      });
    });
  };
}
