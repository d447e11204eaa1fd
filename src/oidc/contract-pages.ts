import { Router } from '@koa/router';
import type { Context } from 'koa';
import type { Provider } from 'oidc-provider';
import { startAgainPage } from '../../views/login/start-again.ts';
import { informationPage } from '../../views/oidc/information.ts';
import { notOpenPage } from '../../views/oidc/not-open.ts';
import { seeOther } from '../http/addresses.ts';
import { guardForms } from '../http/csrf.ts';
import { getBody } from '../http/form-body.ts';
import { render } from '../http/render.ts';
import { wishLocales } from '../http/request.ts';
import { allowFormTarget } from '../http/security-headers.ts';
import { type Contract, entitlementsOf } from '../relying-parties/contracts/contract.ts';
import { insertFirstVisit } from '../relying-parties/contracts/store.ts';
import type { Registry } from '../relying-parties/registry.ts';
import type { RelyingParty } from '../relying-parties/relying-party.ts';
import type { PersonalClaim } from '../relying-parties/scopes.ts';
import { type StandingPerson, standing } from '../sessions/standing.ts';
import type { Db } from '../storage/postgres.ts';
import { findInteraction } from './interactions.ts';

export interface ContractPageDependencies {
  readonly provider: () => Provider;
  readonly registry: Registry;
  readonly db: Db;
  readonly now: () => Date;
}

/** The steps a contract asks for, where they have a page. */
export function createContractRoutes(from: ContractPageDependencies): Router {
  const router = new Router();
  const guarded = guardForms();
  const path = (step: string) => `/interaction/:uid/${step}`;
  router.get(path('information'), (ctx) => atStep(from, ctx, showInformation));
  router.post(path('information'), guarded, (ctx) => atStep(from, ctx, takeInformation));
  router.get(path('not-open'), (ctx) => atStep(from, ctx, showNotOpen));
  router.post(path('not-open'), guarded, (ctx) => atStep(from, ctx, leave));
  return router;
}

export interface Step {
  readonly prompt: string;
  readonly party: RelyingParty;
  readonly accountId: string | undefined;
}

type Show = (from: ContractPageDependencies, ctx: Context, step: Step) => void | Promise<void>;

async function atStep(from: ContractPageDependencies, ctx: Context, show: Show): Promise<void> {
  const step = await stepOf(from, ctx);
  if (!step) return startAgain(ctx);
  await show(from, ctx, step);
}

/** Of this browser's interaction; undefined where there is none, or its application is no longer in service. */
export async function stepOf(
  from: Pick<ContractPageDependencies, 'provider' | 'registry'>,
  ctx: Context,
): Promise<Step | undefined> {
  const interaction = await findInteraction(from, ctx);
  if (!interaction || interaction.uid !== ctx.params.uid) return undefined;
  const { client_id: clientId, redirect_uri: redirectUri, ui_locales: uiLocales } = interaction.params;
  const party = from.registry.known(String(clientId));
  if (!party) return undefined;
  if (typeof uiLocales === 'string') wishLocales(ctx, uiLocales);
  if (typeof redirectUri === 'string') allowFormTarget(ctx, redirectUri);
  const { accountId } = interaction.session ?? {};
  return { prompt: interaction.prompt.name, party, accountId };
}

export function startAgain(ctx: Context): void {
  ctx.status = 400;
  render(ctx, startAgainPage, {});
}

async function showInformation(from: ContractPageDependencies, ctx: Context, step: Step): Promise<void> {
  const told = await toldAbout(from, step);
  if (!told) return startAgain(ctx);
  const { party } = step;
  const { terms, version } = told.contract;
  render(ctx, informationPage, {
    ...{ action: ctx.path, version, terms },
    application: party.metadata.client_name,
    publisher: terms.publisher?.legal_name ?? party.publisher.name,
    received: receivedOf(told.contract, told.person),
  });
}

/** Only the version that stood on the page is one somebody was told of. */
async function takeInformation(from: ContractPageDependencies, ctx: Context, step: Step): Promise<void> {
  const told = await toldAbout(from, step);
  if (!told) return startAgain(ctx);
  const { version } = told.contract;
  if (getBody(ctx).get('version')?.[0] !== String(version)) return showInformation(from, ctx, step);
  const { clientId } = step.party;
  await insertFirstVisit(from.db, { person: told.person.number, clientId, version, at: from.now() });
  seeOther(ctx, await from.provider().interactionResult(ctx.req, ctx.res, { information: {} }));
}

interface Told {
  contract: Contract;
  person: StandingPerson;
}

async function toldAbout(
  { db, now }: ContractPageDependencies,
  { prompt, party, accountId }: Step,
): Promise<Told | undefined> {
  const { contract } = party;
  if (prompt !== 'information' || !contract || !accountId) return undefined;
  const { person } = await standing(db, { personId: accountId, at: now() });
  return person && { contract, person };
}

export interface Received {
  claim: PersonalClaim;
  reasons: string[];
}

/** What the contract lets be said of this person, with the reasons given for their profiles. */
function receivedOf(contract: Contract, person: StandingPerson): Received[] {
  const entitled = entitlementsOf(contract, person.memberships);
  return [...entitled].map(([claim, memberships]) => {
    const reasons = memberships.flatMap(({ profile }) => contract.terms.claims[profile][claim] ?? []);
    return { claim, reasons: [...new Set(reasons)] };
  });
}

function showNotOpen(_: ContractPageDependencies, ctx: Context, { prompt, party }: Step): void {
  if (prompt === 'not_open') {
    ctx.status = 403;
    render(ctx, notOpenPage, { action: ctx.path, application: party.metadata.client_name });
  } else startAgain(ctx);
}

async function leave(from: ContractPageDependencies, ctx: Context, { prompt }: Step): Promise<void> {
  if (prompt !== 'not_open') return startAgain(ctx);
  const refusal = { error: 'access_denied', error_description: 'the application is not open to this school' };
  seeOther(ctx, await from.provider().interactionResult(ctx.req, ctx.res, refusal));
}
