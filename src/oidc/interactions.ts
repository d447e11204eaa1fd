import type { Context } from 'koa';
import { type Adapter, errors, type Provider } from 'oidc-provider';
import { seeOther } from '../http/addresses.ts';
import type { FirstFactor, Interactions, SignInRequest, SignInResult } from '../login/interaction.ts';
import { OWN_CLIENT } from '../login/own-pages-request.ts';
import type { Registry } from '../relying-parties/registry.ts';
import type { Standing } from './standing.ts';

export interface InteractionDependencies {
  readonly provider: () => Provider;
  readonly registry: Registry;
  /** Where half-finished sign-ins lie, by interaction. */
  readonly firstFactors: Adapter;
  readonly standing: Pick<Standing, 'answer'>;
}

type Interaction = Awaited<ReturnType<Provider['interactionDetails']>>;

export function createInteractions(from: InteractionDependencies): Interactions {
  return {
    interactionOf: async (ctx) => {
      const interaction = await findInteraction(from, ctx);
      return interaction && requestOf(from, ctx, interaction);
    },
    keepFirstFactor: async (ctx, firstFactor) => {
      const interaction = await findInteraction(from, ctx);
      if (interaction) await keep(from.firstFactors, interaction, firstFactor);
    },
    finishInteraction: async (ctx, result) => {
      const interaction = await findInteraction(from, ctx);
      if (!interaction) throw new errors.SessionNotFound('interaction has ended');
      seeOther(ctx, await finish(from, ctx, { interaction, result }));
    },
  };
}

/** Bound to its browser by a signed cookie; a session that was ended or cut off meanwhile ends it too. */
export async function findInteraction(
  { provider }: Pick<InteractionDependencies, 'provider'>,
  ctx: Context,
): Promise<Interaction | undefined> {
  try {
    return await provider().interactionDetails(ctx.req, ctx.res);
  } catch (error) {
    if (error instanceof errors.SessionNotFound) return undefined;
    throw error;
  }
}

async function requestOf(
  from: InteractionDependencies,
  ctx: Context,
  { uid, prompt, params }: Interaction,
): Promise<SignInRequest> {
  const { registry, firstFactors } = from;
  const clientId = textOf(params.client_id) ?? '';
  const metadata = clientId === OWN_CLIENT ? undefined : registry.known(clientId)?.metadata;
  const kept = (await firstFactors.find(uid)) as { firstFactor?: FirstFactor } | undefined;
  return {
    uid,
    prompt: { name: prompt.name, reasons: prompt.reasons },
    application: metadata?.client_name,
    about: {
      logo: metadata?.logo_uri && `/register/${clientId}/logo`,
      policy: metadata?.policy_uri,
      terms: metadata?.tos_uri,
    },
    redirectUri: textOf(params.redirect_uri) ?? '',
    uiLocales: textOf(params.ui_locales),
    loginHint: textOf(params.login_hint),
    firstFactor: kept?.firstFactor,
    sharedWith: await sharedWith(from, ctx),
  };
}

/** The session of now: it may have begun in another tab, after this interaction. */
async function sharedWith(
  { provider, standing }: InteractionDependencies,
  ctx: Context,
): Promise<string | undefined> {
  const { accountId, uid } = await provider().Session.get(ctx);
  if (!accountId) return undefined;
  const { session, person } = (await standing.answer({ personId: accountId, sessionUid: uid })).standing;
  // Of a made-up person nobody said where they are.
  return session?.kind === 'shared-device' && !person?.isPersona ? accountId : undefined;
}

async function keep(
  firstFactors: Adapter,
  { uid, exp }: Interaction,
  firstFactor: FirstFactor | undefined,
): Promise<void> {
  if (!firstFactor) return void (await firstFactors.destroy(uid));
  const payload = { firstFactor } as Parameters<Adapter['upsert']>[1];
  await firstFactors.upsert(uid, payload, exp - Math.floor(Date.now() / 1000));
}

async function finish(
  { provider, firstFactors }: InteractionDependencies,
  ctx: Context,
  { interaction, result }: { interaction: Interaction; result: SignInResult },
): Promise<string> {
  await firstFactors.destroy(interaction.uid);
  const given = result.outcome === 'signed-in' ? loginOf(result.signIn) : refusalOf(interaction);
  return provider().interactionResult(ctx.req, ctx.res, given, { mergeWithLastSubmission: false });
}

type SignIn = Extract<SignInResult, { outcome: 'signed-in' }>['signIn'];

function loginOf(signIn: SignIn) {
  const { personId: accountId, acr, amr, limits } = signIn;
  const remember = limits.kind === 'own-device';
  // Said here, so that a later step of the same request does not make the sign-in look newer.
  const ts = Math.floor(Date.now() / 1000);
  return { login: { accountId, acr, amr, remember, ts, signIn } };
}

function refusalOf({ prompt }: Interaction) {
  const error = prompt.name === 'step_up' ? 'unmet_authentication_requirements' : 'access_denied';
  return { error, error_description: 'the person did not go on' };
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
