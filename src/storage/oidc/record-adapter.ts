import { setTimeout as pause } from 'node:timers/promises';
import { type Adapter, type AdapterPayload, errors } from 'oidc-provider';
import { Memory } from '../../crypto/memory.ts';
import { grantCoveredIn } from './authorizations.ts';
import type { AdapterParts } from './oidc-adapter.ts';
import { atLeastOne, type FoundRecord, type SealedRecord } from './records.ts';
import {
  askAhead,
  gatherForIdToken,
  noteUse,
  type RequestNotes,
  sendOrGather,
  takeAhead,
} from './request-notes.ts';
import type { FoundSession } from './sessions.ts';

const GRANT_BOUND = new Set(['AuthorizationCode', 'AccessToken', 'RefreshToken']);
const ISSUED = new Set(['AccessToken', 'RefreshToken']);
const SOON_SHOWN = new Set(['AuthorizationCode', 'AccessToken']);
/** Longer than an exchange takes. */
const SAME_MOMENT = 250;

/** To the session and the grant of a code or token. */
type Leads = Pick<AdapterPayload, 'clientId' | 'grantId' | 'sessionUid' | 'expiresWithSession' | 'scope'>;

/**
 * A code is made in a session that its request has read, and that lives. What may have ended it since stands in
 * PostgreSQL, which is asked. Nor does a code change until it is used, and only Redis says who used it: whoever shows it
 * first is shown it as it was made.
 */
interface Made extends Leads {
  readonly session?: FoundSession | undefined;
}

/** Codes, tokens, grants, pushed requests and interactions. */
export class RecordAdapter implements Adapter {
  readonly #model: string;
  readonly #parts: AdapterParts;
  /** Where those lead that were made here just now: what follows is asked for in the same flight. */
  readonly #made = new Memory<Made>();

  constructor(model: string, parts: AdapterParts) {
    this.#model = model;
    this.#parts = parts;
  }

  async upsert(id: string, payload: AdapterPayload, expiresIn: number): Promise<void> {
    const { guard, requests } = this.#parts;
    const seconds = this.#secondsOf(expiresIn);
    if (SOON_SHOWN.has(this.#model)) this.#made.keep(id, this.#madeOf(payload));
    // Its id is what it lies under.
    const record = {
      payload: { ...payload, jti: undefined },
      stamp: await guard.stampFor(this.#model, payload),
    };
    const send = () => this.#save(id, record, seconds);
    if (!ISSUED.has(this.#model)) return send();
    await sendOrGather(requests, { kind: 'save', send, takeBack: () => this.#remove(id) });
  }

  #madeOf(payload: AdapterPayload): Made {
    const leads = leadsOf(payload);
    if (this.#model !== 'AuthorizationCode') return leads;
    return { ...leads, session: sessionBehind(leads, this.#parts.requests.current()) };
  }

  async #save(id: string, record: SealedRecord, seconds: number): Promise<void> {
    const { records, families } = this.#parts;
    const { grantId } = record.payload;
    const isBound = grantId !== undefined && GRANT_BOUND.has(this.#model);
    const [saved, isRevoked] = await Promise.all([
      records.save(this.#model, id, record, seconds),
      isBound && records.isBuried(grantId),
      // Codes and access tokens are gone by themselves within minutes.
      isBound &&
        this.#model === 'RefreshToken' &&
        families.add(grantId, { key: records.keyOf(this.#model, id), seconds }),
    ]);
    if (saved === 'revoked') throw revokedMeanwhile(this.#model);
    if (!isRevoked) return;
    await this.#remove(id);
    throw revokedMeanwhile(this.#model);
  }

  async #remove(id: string): Promise<void> {
    const { records } = this.#parts;
    await records.remove(records.keyOf(this.#model, id));
  }

  async find(id: string): Promise<AdapterPayload | undefined> {
    const { records, requests } = this.#parts;
    const key = `${this.#model} ${id}`;
    const made = this.#made.get(id);
    if (made) this.#recallWhatFollows(made);
    const found = await takeAhead(
      requests,
      key,
      async () => (made && this.#asMade(id)) ?? records.find(this.#model, id),
    );
    if (!found) return undefined;
    const { payload, stamp, consumed } = found;
    await this.#letUserFinish(consumed);
    if (GRANT_BOUND.has(this.#model)) this.#askForWhatFollows(payload);
    if (this.#model === 'Interaction') Object.assign(requests.current() ?? {}, { interaction: found });
    if (this.#model === 'AuthorizationCode') gatherForIdToken(requests, payload.scope);
    if (!(await this.#parts.guard.admits({ model: this.#model, id, payload, stamp }))) return undefined;
    return { ...payload, jti: id, ...(consumed && { consumed }) };
  }

  #asMade(id: string): FoundRecord | undefined {
    return this.#model === 'AuthorizationCode' ? this.#parts.records.takeCode(id) : undefined;
  }

  #recallWhatFollows(made: Made): void {
    const { session } = made;
    // As it was read, its request may have made it last longer.
    const isAlive = session && (session.payload.exp ?? 0) * 1000 > Date.now();
    if (isAlive) void askAhead(this.#parts.requests, `Session ${made.sessionUid}`, async () => session);
    this.#askForWhatFollows(made);
  }

  /** The engine reads the session of a code or token next, then its grant: at once, beside PostgreSQL. */
  #askForWhatFollows(leads: Leads): void {
    const { records, sessions, requests } = this.#parts;
    const { clientId, grantId, sessionUid, expiresWithSession } = leads;
    const session =
      sessionUid && clientId && expiresWithSession
        ? askAhead(requests, `Session ${sessionUid}`, () => sessions.findByUid(sessionUid, clientId))
        : undefined;
    if (!grantId) return;
    const grant = async () => grantIn(await session, leads) ?? records.find('Grant', grantId);
    void askAhead(requests, `Grant ${grantId}`, grant);
  }

  async consume(id: string): Promise<void> {
    // The step of its family says who used it: PostgreSQL has taken it by now, or refused it.
    if (this.#model === 'RefreshToken') return;
    const use = this.#parts.records.newUse();
    const send = () => this.#use(id, use);
    const takeBack = () => this.#parts.records.unuse(this.#model, id, use);
    await sendOrGather(this.#parts.requests, { kind: 'use', send, takeBack });
  }

  async #use(id: string, use: string): Promise<void> {
    const outcome = await this.#parts.records.consume(this.#model, id, use);
    if (outcome === 'won') return;
    const found = outcome === 'lost' ? await this.#parts.records.find(this.#model, id) : undefined;
    await this.#letUserFinish(found?.consumed);
    if (found?.payload.grantId) await this.revokeByGrantId(found.payload.grantId);
    throw usedAlready(this.#model);
  }

  /**
   * Of several that show a code in one moment one gets what it brings; the others end that, and not its making: the
   * ledger's statement would see that the grant ended, and nobody would get anything.
   */
  async #letUserFinish(consumed: number | undefined): Promise<void> {
    if (this.#model !== 'AuthorizationCode' || consumed === undefined) return;
    if (this.#parts.records.isOfNow(consumed)) await pause(SAME_MOMENT);
  }

  async destroy(id: string): Promise<void> {
    if (this.#model === 'Grant') return this.revokeByGrantId(id);
    const { records, requests } = this.#parts;
    if (this.#model === 'Interaction') noteUse(requests, () => this.#putBack(id));
    const wasThere = await records.remove(records.keyOf(this.#model, id));
    // Of two that resume one interaction at once, the second finds that it is over.
    if (!wasThere && this.#model === 'Interaction') throw new errors.SessionNotFound('interaction has ended');
  }

  /** As this request read it: whoever signed in for it need not sign in again. */
  async #putBack(id: string): Promise<void> {
    const { records, requests } = this.#parts;
    const record = requests.current()?.interaction;
    const left = (record?.payload.exp ?? 0) - Date.now() / 1000;
    if (record && left > 0) await records.save(this.#model, id, record, left);
  }

  async revokeByGrantId(grantId: string): Promise<void> {
    const revocations = this.#parts.requests.current()?.revocations ?? new Map<string, Promise<void>>();
    const revocation = revocations.get(grantId) ?? this.#revoke(grantId);
    revocations.set(grantId, revocation);
    await revocation;
  }

  async #revoke(grantId: string): Promise<void> {
    const { guard, records, families, lifetimes } = this.#parts;
    await guard.revokeGrant(grantId);
    await records.bury('Grant', grantId, lifetimes.grantSeconds);
    const members = await families.take(grantId);
    await Promise.all(members.map((key) => records.remove(key)));
  }

  #secondsOf(expiresIn: number): number {
    const more = this.#model === 'PushedAuthorizationRequest' ? this.#parts.lifetimes.interactionSeconds : 0;
    return atLeastOne(expiresIn) + more;
  }

  findByUid(): never {
    throw new Error(`${this.#model} has no uid`);
  }

  findByUserCode(): never {
    throw new Error('the device grant is off');
  }
}

/** What it covers stands in the session; that nobody revoked it, in PostgreSQL. */
function grantIn(session: FoundSession | undefined, leads: Leads): FoundRecord | undefined {
  const payload = session && grantCoveredIn(session.payload, leads);
  return payload && payload.jti === leads.grantId ? { payload, stamp: {}, consumed: undefined } : undefined;
}

/** Of its authorizations the one of the code's client: for reading alone. */
function sessionBehind(
  { clientId = '', ...code }: Leads,
  notes: RequestNotes | undefined,
): FoundSession | undefined {
  const found = notes?.sessionRead?.found;
  const authorization = found?.payload.authorizations?.[clientId];
  if (!found || !authorization || authorization.grantId !== code.grantId) return undefined;
  if (found.payload.uid !== code.sessionUid) return undefined;
  const authorizations = { [clientId]: { ...authorization } };
  return { payload: { ...found.payload, authorizations }, stamp: found.stamp };
}

function leadsOf({ clientId, grantId, sessionUid, expiresWithSession, scope }: AdapterPayload): Leads {
  return { clientId, grantId, sessionUid, expiresWithSession, scope };
}

// Each in the words of the endpoint where it happens.
function usedAlready(model: string): Error {
  if (model !== 'PushedAuthorizationRequest') return new errors.InvalidGrant('already used');
  return new errors.InvalidRequestUri('request_uri is invalid, expired, or was already used');
}

function revokedMeanwhile(model: string): Error {
  const isAtAuthorization = model === 'Grant' || model === 'AuthorizationCode';
  if (isAtAuthorization) return new errors.LoginRequired('the grant was revoked meanwhile');
  return new errors.InvalidGrant('the grant was revoked meanwhile');
}
