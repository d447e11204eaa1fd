import { errors, interactionPolicy, type KoaContextWithOIDC } from 'oidc-provider';
import { essentialAcrs, isAtLeast } from './acr.ts';
import { addContractSteps, type ContractStepDependencies } from './contract-steps.ts';
import { withOutages } from './outages.ts';
import type { Standing } from './standing.ts';

const { Check, Prompt } = interactionPolicy;

/**
 * The order of steps of an authorization: a standing order, sign-in, whether the contract admits this person, a
 * stronger factor where it or the relying party insists on one, what will be received, and consent, which asks only on
 * devices.
 */
export function createInteractionPolicy(from: ContractStepDependencies) {
  const policy = interactionPolicy.base();
  const login = policy.get('login');
  const consent = policy.get('consent');
  if (!login || !consent) throw new Error('the engine has no login or consent prompt');
  login.checks.add(frozen(from.standing), 0);
  // The engine compares acr by equality and calls it login_required.
  login.checks.remove('essential_acrs');
  login.checks.remove('essential_acr');
  policy.add(new Prompt({ name: 'step_up' }, acrTooLow()), 1);
  addContractSteps(policy, from);
  const onDevices = consent.checks.get('native_client_prompt');
  consent.checks.clear();
  // Another application on the device could ask silently (RFC 8252 §8.6).
  if (onDevices) consent.checks.add(onDevices);
  return policy;
}

/** Over somebody who is signed in: the session stays, so that the order's end restores it. */
function frozen(standing: Standing) {
  const isFrozen = withOutages(async (ctx: KoaContextWithOIDC): Promise<boolean> => {
    const personId = ctx.oidc.session?.accountId;
    if (!personId) return false;
    const verdict = await standing.verdict({ personId }, { clientId: ctx.oidc.client?.clientId });
    return verdict.outcome === 'frozen';
  });
  // What the engine says where nobody is signed in: of an order the person alone is told, after their credentials.
  return new Check('frozen', 'End-User authentication is required', 'login_required', isFrozen);
}

function acrTooLow() {
  const unmet = 'unmet_authentication_requirements';
  return new Check('acr_too_low', 'the requested acr was not reached', unmet, ({ oidc }) => {
    const wanted = essentialAcrs(oidc.params?.claims);
    if (wanted.length === 0 || wanted.some((acr) => isAtLeast(oidc.acr, acr))) return false;
    // Asked already, and this is all there is: asking again would never end.
    if (oidc.result?.login)
      throw new errors.UnmetAuthenticationRequirements('the requested acr was not reached');
    return true;
  });
}
