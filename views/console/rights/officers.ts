import type { Pages } from '../../../src/console/paging.ts';
import { type Html, html } from '../../../src/http/html.ts';
import type { Page } from '../../../src/http/render.ts';
import type { Readable } from '../../../src/rights/count-readable.ts';
import type { ListedRight } from '../../../src/rights/list.ts';
import type { Proposal } from '../../../src/rights/officers/store.ts';
import { radios } from '../../components/choices.ts';
import { type Errors, field } from '../../components/field.ts';
import { linkButton } from '../../components/form.ts';
import { emptyState, section } from '../../components/guidance.ts';
import { facts, type Row, rowList } from '../../components/lists.ts';
import { alert } from '../../components/messages.ts';
import { actForm } from '../act-fields.ts';
import { consoleLayout, type Staff } from '../console-layout.ts';
import { pager } from '../pager.ts';
import { longDate } from '../words.ts';
import { dates, readableText, roleName, stateBadge, where } from './words.ts';

export interface OfficersProps {
  staff: Staff;
  offices: readonly { right: ListedRight; name: string; endsSoon: boolean; mayEnd: boolean }[];
  proposals: readonly { proposal: Proposal; name: string; isMine: boolean }[];
  /** The visitor's own; undefined: they are the nation's. */
  academie: string | undefined;
  typed: { username: string; role: string; academie: string } | undefined;
  errors: Errors | undefined;
  done: string | undefined;
  pages: Pages;
}

const DONE = ['proposed', 'appointed', 'revoked', 'renewed'];

/** Officers, and who waits for a second word. */
export function officersPage(props: OfficersProps, page: Page): Html {
  const { t } = page;
  const { staff, offices, proposals, pages, errors, done } = props;
  return consoleLayout(page, {
    staff,
    current: '/console/rights',
    title: t('rights.officers_title'),
    lead: t('rights.officers_lead'),
    errors,
    body: html`
      ${done && DONE.includes(done) && alert({ kind: 'success', title: t(`rights.done_${done}`) })}
      <p><a href="/console/contracts">${t('contracts.approvals_title')}</a></p>
      ${(proposals.length > 0 || pages.current === 1) && section({ title: t('rights.proposals'), body: proposalList(page, proposals) })}
      ${offices.length > 0 && section({ title: t('rights.offices'), body: rowList(offices.map((one) => officeRow(page, one))) })}
      ${pager(page, '/console/rights/officers', pages)}
      ${section({ title: t('rights.propose_title'), body: proposeForm(page, props) })}`,
  });
}

function proposalList(page: Page, proposals: OfficersProps['proposals']): Html {
  const { t } = page;
  if (proposals.length > 0) return rowList(proposals.map((one) => proposalRow(page, one)));
  return emptyState({ title: t('rights.proposals_none'), body: t('rights.proposals_none_text') });
}

function officeRow(page: Page, { right, name, endsSoon, mayEnd }: OfficersProps['offices'][number]): Row {
  const { t } = page;
  return {
    title: `${name}, ${roleName(page, right.role)}`,
    badge: stateBadge(page, right.state),
    text: html`${where(page, right.scope)}. ${dates(page, right, endsSoon)}${endsSoon && html` ${t('rights.office_ends_soon')}`}`,
    action: mayEnd
      ? html`<a href="/console/rights/${right.id}/revoke">${t('rights.revoke')}<span class="visually-hidden"> ${name}</span></a>`
      : undefined,
  };
}

function proposalRow(page: Page, { proposal, name, isMine }: OfficersProps['proposals'][number]): Row {
  const { t } = page;
  const waits = t('rights.proposal_waits', { date: longDate(page, proposal.expiresAt) });
  return {
    title: `${name}, ${roleName(page, proposal.role)}`,
    text: html`${where(page, proposal.scope)}. ${waits}${isMine && html` ${t('rights.proposal_mine')}`}`,
    action: isMine
      ? undefined
      : linkButton({ label: t('rights.look_at'), href: `/console/rights/officers/${proposal.id}` }),
  };
}

function proposeForm(page: Page, { academie, typed, errors }: OfficersProps): Html {
  const { t } = page;
  const roles =
    academie === undefined
      ? ['national-officer', 'academie-officer', 'auditor']
      : ['academie-officer', 'auditor'];
  return html`
    <p>${t('rights.propose_text')}</p>
    ${actForm(page, {
      ...{ action: '/console/rights/officers', back: '/console/rights', label: t('rights.propose'), errors },
      body: html`
        ${field(page, { name: 'username', label: t('rights.username_label'), hint: t('rights.username_hint'), value: typed?.username, maxlength: 64, errors })}
        ${radios(page, { name: 'role', label: t('rights.role_label'), value: typed?.role, errors, choices: roles.map((value) => ({ value, label: roleName(page, value) })) })}
        ${academie === undefined && field(page, { name: 'academie', label: t('rights.academie_label'), hint: t('rights.academie_hint'), value: typed?.academie, required: false, maxlength: 64, errors })}`,
    })}`;
}

export interface ApproveProps {
  staff: Staff;
  proposal: Proposal;
  name: string;
  readable: Readable | undefined;
  errors: Errors | undefined;
}

/** The second word: what it lets read stands above it. */
export function approvePage({ staff, proposal, name, readable, errors }: ApproveProps, page: Page): Html {
  const { t } = page;
  return consoleLayout(page, {
    staff,
    current: '/console/rights',
    title: t('rights.approve_title'),
    lead: name,
    errors,
    body: html`
      ${alert({ kind: 'warning', title: readableText(page, readable), body: t('rights.minors_counted') })}
      ${facts([
        [t('rights.role_label'), roleName(page, proposal.role)],
        [t('rights.over'), where(page, proposal.scope)],
        [t('rights.until_label'), longDate(page, proposal.until)],
      ])}
      <p>${t('rights.approve_text')}</p>
      ${actForm(page, {
        action: `/console/rights/officers/${proposal.id}`,
        back: '/console/rights/officers',
        label: t('rights.approve'),
        errors,
      })}`,
  });
}
