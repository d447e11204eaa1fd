import { type Html, html } from '../../../src/http/html.ts';
import type { Page } from '../../../src/http/render.ts';
import type { Errors } from '../../components/field.ts';
import { button } from '../../components/form.ts';
import { section } from '../../components/guidance.ts';
import { facts } from '../../components/lists.ts';
import { alert } from '../../components/messages.ts';
import { actForm } from '../act-fields.ts';
import { consoleLayout, type Staff } from '../console-layout.ts';

export interface WaitingChange {
  clientId: string;
  change: number;
  name: string;
  fields: readonly { name: string; before: unknown; after: unknown }[];
  approvals: number;
  needed: number;
  /** The visitor approved it, and it takes somebody else. */
  isMine: boolean;
}

export interface ChangeProps {
  staff: Staff;
  change: WaitingChange;
  errors: Errors | undefined;
}

/** What it was, and what it would be, stand above the buttons. */
export function changePage({ staff, change, errors }: ChangeProps, page: Page): Html {
  const { t } = page;
  const { name, fields, approvals, needed, isMine } = change;
  return consoleLayout(page, {
    staff,
    current: '/console/rights',
    title: name,
    lead: t('contracts.change_lead'),
    errors,
    body: html`
      <p>${t('contracts.change_count', { approvals, needed })}</p>
      ${isMine && alert({ kind: 'info', title: t('contracts.change_mine'), body: t('contracts.change_mine_more') })}
      ${fields.map(({ name: field, before, after }) =>
        section({
          title: titleOf(field, page),
          body: facts([
            [t('contracts.change_before'), shownValue(before, page)],
            [t('contracts.change_after'), shownValue(after, page)],
          ]),
        }),
      )}
      ${decisionForm(change, { errors, page })}`,
  });
}

function decisionForm(
  { clientId, change, isMine }: WaitingChange,
  { errors, page }: Pick<ChangeProps, 'errors'> & { page: Page },
): Html {
  const { t } = page;
  const to = { action: `/console/contracts/${clientId}/change`, back: '/console/contracts', errors };
  const read = html`<input type="hidden" name="change" value="${String(change)}">`;
  const [label, verdict] = [t('contracts.change_refuse'), { name: 'verdict', value: 'refuse' }];
  if (isMine) {
    const { name, value } = verdict;
    const body = html`${read}<input type="hidden" name="${name}" value="${value}">`;
    return actForm(page, { ...to, label, body });
  }
  const after = button({ label, kind: 'quiet', ...verdict });
  return actForm(page, { ...to, label: t('contracts.change_approve'), body: read, after });
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
