import type { Context } from 'koa';
import type { KoaContextWithOIDC } from 'oidc-provider';
import { accountSwitchPage } from '../../views/oidc/account-switch.ts';
import { render } from '../http/render.ts';
import { allowFormTarget } from '../http/security-headers.ts';
import { cancelForm, type InteractionUrlDependencies } from './interaction-url.ts';

/**
 * Somebody signed in while another is signed in in this browser. The engine answers with a page that submits itself
 * by script; ours says what happens and has a button. Who does not go on leaves no sign-in behind: theirs is complete.
 */
export function offerSwitch(from: InteractionUrlDependencies, ctx: Context): void {
  const { oidc } = ctx as unknown as KoaContextWithOIDC;
  if (ctx.status !== 200 || ctx.type !== 'text/html') return;
  const state = oidc.session?.state as { secret?: string; postLogoutRedirectUri?: string } | undefined;
  const isSwitch = typeof ctx.body === 'string' && ctx.body.includes(`value="${state?.secret}"`);
  const interaction = oidc.entities.Interaction;
  if (!state?.secret || !isSwitch || !interaction) return;
  const redirectUri = interaction.params.redirect_uri;
  if (typeof redirectUri === 'string') allowFormTarget(ctx, redirectUri);
  render(ctx, accountSwitchPage, {
    action: oidc.urlFor('end_session_confirm'),
    xsrf: state.secret,
    cancel: cancelForm(from, interaction),
  });
}
