import { errors, type KoaContextWithOIDC } from 'oidc-provider';
import { clientAddressOf } from '../http/request.ts';
import type { Disclosure, FamilyStep, Release } from '../ledger/append.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Registry } from '../relying-parties/registry.ts';
import type { RelyingParty } from '../relying-parties/relying-party.ts';
import type { AnsweredStanding } from '../sessions/ask-standing.ts';
import type { StandingPerson } from '../sessions/standing.ts';
import { Unavailable } from '../storage/unavailable.ts';
import { isAtLeast } from './acr.ts';
import { admissionOf } from './admission.ts';
import { type AskedClaims, createAskedClaims, type Wanted } from './asked-claims.ts';
import {
  type Available,
  type AvailableClaims,
  type ClaimsDependencies,
  childrenSpokenOf,
  createAvailableClaims,
  schoolingOf,
} from './available-claims.ts';
import type { Names } from './digests.ts';
import type { RequestState, RequestStates } from './request-state.ts';
import type { Standing } from './standing.ts';

export interface ReleaseDependencies extends ClaimsDependencies {
  readonly ledger: Pick<Ledger, 'append'>;
  readonly registry: Registry;
  readonly standing: Standing;
  readonly states: RequestStates;
  readonly names: Names;
  readonly now: () => Date;
  readonly refreshSeconds: number;
  readonly isDemo: boolean;
}

interface Releasing extends ReleaseDependencies {
  readonly availableClaims: AvailableClaims;
  readonly askedClaims: AskedClaims;
}

/** The token, code or session that lets it out. */
export interface Source {
  readonly accountId: string;
  readonly grantId?: string | undefined;
  readonly sessionUid?: string | undefined;
}

export type ReleaseClaims = (
  ctx: KoaContextWithOIDC,
  wanted: Wanted,
  source: Source,
) => Promise<Record<string, unknown>>;

/** Exactly what will leave, written down first (design D8). Judged once more where orders or standing moved meanwhile. */
export function createRelease(given: ReleaseDependencies): ReleaseClaims {
  const from = { ...given, availableClaims: createAvailableClaims(given), askedClaims: createAskedClaims() };
  return async (ctx, wanted, source) => {
    for (let attempt = 0; attempt < 3; attempt += 1) {
      const { person, answer } = await judged(from, ctx, source);
      const party = await partyOf(from, ctx, answer);
      if (!isRightful(from, party, person)) throw refusalAt(ctx, 'the contract no longer covers it');
      const claims = await maskedClaims(from, ctx, { person, party, wanted });
      const written = await from.ledger.append(
        releaseOf(from, ctx, { person, party, answer, wanted, source, claims }),
      );
      if (written.outcome === 'written') return claims;
      if (written.outcome === 'family-spent') return endFamily(ctx, source);
      if (written.outcome === 'session-ended') throw new errors.InvalidGrant('the session has ended');
      from.standing.forget();
    }
    throw new Unavailable('orders');
  };
}

async function judged(from: Releasing, ctx: KoaContextWithOIDC, source: Source) {
  const { facts: known } = from.states();
  const facts = known.personId === source.accountId ? known : { personId: source.accountId };
  const verdict = await from.standing.verdict(facts, { clientId: ctx.oidc.client?.clientId });
  if (verdict.outcome !== 'good') throw refusalAt(ctx, 'no longer stands');
  return { person: verdict.person, answer: await from.standing.answer(facts) };
}

/** As registered in the very version the standing saw. */
async function partyOf(
  { registry }: ReleaseDependencies,
  ctx: KoaContextWithOIDC,
  { standing }: AnsweredStanding,
): Promise<RelyingParty> {
  await registry.upTo(standing.clock.clientsVersion);
  const party = registry.known(ctx.oidc.client?.clientId ?? '');
  if (!party) throw new errors.InvalidClient('client is not registered');
  return party;
}

/** Asked at the interaction too; the contract, the person's schools or the state may have changed since. */
function isRightful(
  { states, isDemo }: ReleaseDependencies,
  party: RelyingParty,
  person: StandingPerson,
): boolean {
  const { minimum_acr: minimum = null } = party.contract?.terms ?? {};
  if (minimum && !isAtLeast(states().acr, minimum)) return false;
  return admissionOf(party, person, { isDemo }) === 'admitted';
}

function refusalAt({ oidc }: KoaContextWithOIDC, why: string): Error {
  return oidc.route === 'userinfo' ? new errors.InvalidToken(why) : new errors.InvalidGrant(why);
}

interface Masked {
  readonly person: StandingPerson;
  readonly party: RelyingParty;
  readonly wanted: Wanted;
}

/** Contract, scope and request: what no contract names was never built, and the engine's mask does the rest. */
async function maskedClaims(
  { availableClaims, askedClaims }: Releasing,
  ctx: KoaContextWithOIDC,
  { person, party, wanted }: Masked,
): Promise<Available> {
  if (wanted.kind === 'introspection') return {};
  return availableClaims(person, party, await askedClaims(ctx, wanted));
}

interface Leaving extends Masked {
  readonly answer: AnsweredStanding;
  readonly source: Source;
  readonly claims: Available;
}

function releaseOf(from: ReleaseDependencies, ctx: KoaContextWithOIDC, leaving: Leaving): Release {
  const { person, party, answer, source } = leaving;
  const { names, states, now } = from;
  const state = states();
  const grantDigest = source.grantId ? names.grant(source.grantId) : undefined;
  const sessionDigest = source.sessionUid ? names.session(source.sessionUid) : undefined;
  const { clientId } = party;
  return {
    judgedAt: { version: answer.inForce.version },
    premise: from.standing.premise(),
    context: {
      recipient: 'relying-party',
      clientId,
      publisher: party.publisher.id,
      contractVersion: party.contract?.version,
      sessionDigest,
      grantDigest,
      address: clientAddressOf(ctx),
      // Made up: whoever counts whose data left leaves these out.
      ...(person.isPersona && { details: { persona: true } }),
    },
    rows: linesOf(leaving),
    family: grantDigest && familyStep(from, state, { person, clientId, grantDigest }),
    participation:
      sessionDigest && state.sid
        ? { sessionUidDigest: sessionDigest, clientId, sid: state.sid, person: person.number }
        : undefined,
    at: now(),
  };
}

/** `sub` always leaves with them. A child's part is a line about the child too. */
function linesOf({ person, party, wanted, claims }: Leaving): Disclosure[] {
  const { kind } = wanted;
  const own = { person: person.number, kind, fields: ['sub', ...Object.keys(claims)] };
  if (!('children' in claims)) return [own];
  const said = (child: StandingPerson['children'][number]) => [
    ...['child_of', 'sub'],
    ...(child.givenNameSealed ? ['given_name'] : []),
    ...(schoolingOf(child.memberships, party.contract) ? ['establishments'] : []),
  ];
  return [
    own,
    ...childrenSpokenOf(person, party.contract).map((child) => ({
      person: child.number,
      kind,
      fields: said(child),
    })),
  ];
}

function familyStep(
  { names, now, refreshSeconds }: ReleaseDependencies,
  { family }: RequestState,
  begun: { person: StandingPerson; clientId: string; grantDigest: Buffer },
): FamilyStep | undefined {
  if (!family) return undefined;
  const id = names.family(family.id);
  if (!family.isNew) return { step: 'rotate', id, rotation: family.rotation };
  const untilAt = new Date(now().getTime() + refreshSeconds * 1000);
  return { step: 'begin', id, ...begun, person: begun.person.number, untilAt };
}

/** Two spent one refresh token: whoever they are, the family ends (RFC 9700 §4.14.2). */
async function endFamily(ctx: KoaContextWithOIDC, { grantId }: Source): Promise<never> {
  if (grantId) await ctx.oidc.provider.RefreshToken.revokeByGrantId(grantId);
  throw new errors.InvalidGrant('refresh token already used');
}
