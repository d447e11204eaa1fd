import { type Html, html } from '../../../src/http/html.ts';
import type { Page } from '../../../src/http/render.ts';
import type { Registration } from '../../../src/relying-parties/contracts/registration.ts';
import { section } from '../../components/guidance.ts';
import { facts } from '../../components/lists.ts';
import { alert } from '../../components/messages.ts';
import { shownValue, titleOf } from './change.ts';

const REGISTERED = [
  ...(['client_uri', 'redirect_uris', 'post_logout_redirect_uris'] as const),
  ...(['backchannel_logout_uri', 'jwks_uri', 'jwks', 'request_uris'] as const),
  ...(['logo_uri', 'policy_uri', 'tos_uri'] as const),
];

/** Whose application it is, and where its answers go: as registered, whatever its terms say. */
export function registrationSection(registration: Registration, page: Page): Html {
  const { t } = page;
  const { publisher, weaker_settings: weaker, token_endpoint_auth_method: method } = registration;
  return section({
    title: t('contracts.registration'),
    body: facts([
      [t('contracts.registration_publisher'), shownValue([publisher.name, publisher.id], page)],
      [titleOf('client_name', page), registration.client_name],
      ...REGISTERED.map((name) => [titleOf(name, page), shownValue(registration[name], page)] as const),
      [titleOf('token_endpoint_auth_method', page), t(`contracts.proves_${method}`)],
      [
        t('contracts.weaker'),
        weaker.length > 0
          ? weaker.map((setting) => html`<div>${t(`contracts.weaker_${setting}`)}</div>`)
          : t('contracts.weaker_none'),
      ],
    ]),
  });
}

/** Whoever approves by the name in the terms believes its publisher's word alone. */
export function otherNameAlert(
  { publisher, declared_name_differs: differs }: Registration,
  { declared, page: { t } }: { declared: string | undefined; page: Page },
): Html | undefined {
  if (!differs || declared === undefined) return undefined;
  return alert({
    kind: 'warning',
    title: t('contracts.other_name'),
    body: t('contracts.other_name_more', { declared, registered: publisher.name, id: publisher.id }),
  });
}
