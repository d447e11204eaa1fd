import { type Html, html } from '../../../src/http/html.ts';
import type { Page } from '../../../src/http/render.ts';
import type { Errors } from '../../components/field.ts';
import { button } from '../../components/form.ts';
import { section } from '../../components/guidance.ts';
import { facts } from '../../components/lists.ts';
import { actForm } from '../act-fields.ts';
import { consoleLayout, type Staff } from '../console-layout.ts';

export interface WaitingChange {
  clientId: string;
  change: number;
  name: string;
  fields: readonly { name: string; before: unknown; after: unknown }[];
}

export interface ChangeProps {
  staff: Staff;
  change: WaitingChange;
  errors: Errors | undefined;
}

/** What it was, and what it would be, stand above the buttons. */
export function changePage({ staff, change, errors }: ChangeProps, page: Page): Html {
  const { t } = page;
  const { clientId, name, fields } = change;
  return consoleLayout(page, {
    staff,
    current: '/console/rights',
    title: name,
    lead: t('contracts.change_lead'),
    errors,
    body: html`
      ${fields.map(({ name: field, before, after }) =>
        section({
          title: titleOf(field, page),
          body: facts([
            [t('contracts.change_before'), shownValue(before, page)],
            [t('contracts.change_after'), shownValue(after, page)],
          ]),
        }),
      )}
      ${actForm(page, {
        action: `/console/contracts/${clientId}/change`,
        back: '/console/contracts',
        label: t('contracts.change_approve'),
        errors,
        body: html`<input type="hidden" name="change" value="${String(change.change)}">`,
        after: button({
          label: t('contracts.change_refuse'),
          kind: 'quiet',
          name: 'verdict',
          value: 'refuse',
        }),
      })}`,
  });
}

const NAMED = [
  ...['client_name', 'redirect_uris', 'post_logout_redirect_uris', 'backchannel_logout_uri'],
  ...['jwks', 'jwks_uri', 'request_uris', 'token_endpoint_auth_method', 'scope'],
  ...['client_uri', 'logo_uri', 'policy_uri', 'tos_uri'],
];

/** In words where there are some; an integrator's name for the rest. */
export function titleOf(field: string, { t }: Page): string {
  return NAMED.includes(field) ? t(`contracts.change_field_${field}`) : field;
}

export function shownValue(value: unknown, { t }: Page): Html {
  const stated = [value ?? []].flat();
  const values = stated.length > 0 ? stated : [t('contracts.not_stated')];
  const lines = values.map((one) => (typeof one === 'object' ? JSON.stringify(one, null, 1) : String(one)));
  return html`${lines.map((line) => html`<div>${line}</div>`)}`;
}
