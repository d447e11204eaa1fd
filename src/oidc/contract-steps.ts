import { errors, interactionPolicy, type KoaContextWithOIDC } from 'oidc-provider';
import type { Registry } from '../relying-parties/registry.ts';
import type { RelyingParty } from '../relying-parties/relying-party.ts';
import type { StandingPerson } from '../sessions/standing.ts';
import { isAtLeast } from './acr.ts';
import { type Admission, admissionOf } from './admission.ts';
import { withOutages } from './outages.ts';
import type { Standing } from './standing.ts';

const { Check, Prompt } = interactionPolicy;
type Policy = ReturnType<typeof interactionPolicy.base>;

export interface ContractStepDependencies {
  readonly standing: Standing;
  readonly registry: Registry;
  readonly isDemo: boolean;
}

/** What a contract asks of an authorization: whom it admits, how strongly signed in, and that they are told. */
export function addContractSteps(policy: Policy, from: ContractStepDependencies): void {
  const ask = withOutages((oidc: KoaContextWithOIDC['oidc']) => whoAsks(from, oidc));
  const askedBy = (ctx: KoaContextWithOIDC): Asking => {
    const state: Noted = ctx.state;
    state[ASKING] ??= ask(ctx.oidc);
    return state[ASKING];
  };
  const admitted = (reason: string, admission: Admission, error: string) =>
    new Check(reason, 'the contract does not admit this account', error, async (ctx) => {
      const asked = await askedBy(ctx);
      return asked !== undefined && admissionOf(asked.party, asked.person, from) === admission;
    });
  const login = policy.get('login');
  login?.checks.add(admitted('persona_needed', 'persona-needed', 'login_required'));
  login?.checks.add(admitted('persona_elsewhere', 'persona-elsewhere', 'login_required'));
  policy.get('step_up')?.checks.add(minimumAcr(from));
  policy.add(new Prompt(OWN('not_open'), admitted('not_open', 'not-open', 'access_denied')), 1);
  policy.add(new Prompt(OWN('information'), notTold(askedBy)), 3);
}

// No relying party asks for these by name.
const OWN = (name: string) => ({ name, requestable: false });

function minimumAcr(from: ContractStepDependencies) {
  const unmet = 'unmet_authentication_requirements';
  return new Check('contract_acr', 'the contract asks for a stronger sign-in', unmet, async ({ oidc }) => {
    const minimum = from.registry.known(oidc.client?.clientId ?? '')?.contract?.terms.minimum_acr;
    if (!minimum || isAtLeast(oidc.acr, minimum)) return false;
    if (oidc.result?.login)
      throw new errors.UnmetAuthenticationRequirements('the contract asks for a stronger sign-in');
    return true;
  });
}

/** Information, not consent. A silent request has no page to say it on: interaction_required until one was shown. */
function notTold(askedBy: (ctx: KoaContextWithOIDC) => Asking) {
  return new Check('not_told', 'the person was not told yet', 'interaction_required', async (ctx) => {
    const asked = await askedBy(ctx);
    if (!asked?.party.contract) return false;
    const told = asked.person.toldOf.get(asked.party.clientId) ?? 0;
    return told < asked.party.contract.version;
  });
}

type Asking = ReturnType<typeof whoAsks>;
// On the request's own notes, where it is forgotten with it.
const ASKING = Symbol('who asks');
type Noted = { [ASKING]?: Asking };

/** Who asks about whom, as of the version of clients that the request's one question saw: one answer for all steps. */
async function whoAsks(
  { standing, registry }: ContractStepDependencies,
  oidc: KoaContextWithOIDC['oidc'],
): Promise<{ party: RelyingParty; person: StandingPerson } | undefined> {
  const personId = oidc.session?.accountId;
  if (!personId) return undefined;
  const { standing: answer } = await standing.answer({ personId });
  await registry.upTo(answer.clock.clientsVersion);
  const party = registry.known(oidc.client?.clientId ?? '');
  if (!party) throw notInService();
  return answer.person && { party, person: answer.person };
}

/** Suspended a moment ago: not even an error goes back to it. */
function notInService(): Error {
  const error = new errors.InvalidClient('client is not in service');
  return Object.assign(error, { allow_redirect: false });
}
