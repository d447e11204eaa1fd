import { type Html, html, type Printable } from '../../../src/http/html.ts';
import type { Page } from '../../../src/http/render.ts';
import type { Registration } from '../../../src/relying-parties/contracts/registration.ts';
import { PROFILES, type Terms } from '../../../src/relying-parties/contracts/terms.ts';
import { acrWords } from '../../components/acr-words.ts';
import type { Errors } from '../../components/field.ts';
import { linkButton } from '../../components/form.ts';
import { emptyState, section } from '../../components/guidance.ts';
import { facts, rowList, table } from '../../components/lists.ts';
import { alert } from '../../components/messages.ts';
import { actForm } from '../act-fields.ts';
import { consoleLayout, type Staff } from '../console-layout.ts';
import { titleOf, type WaitingChange } from './change.ts';
import { otherNameAlert, registrationSection } from './registration.ts';

export interface WaitingContract {
  clientId: string;
  name: string;
  version: number;
  terms: Terms;
  registration: Registration;
  approvals: number;
  needed: number;
}

export interface ContractsProps {
  staff: Staff;
  contracts: readonly WaitingContract[];
  changes: readonly WaitingChange[];
  done: string | undefined;
}

const DONE = ['approved', 'one-more', 'change-approve', 'change-refuse'];

/** What waits for an officer. */
export function contractsPage({ staff, contracts, changes, done }: ContractsProps, page: Page): Html {
  const { t } = page;
  const look = (path: string) =>
    linkButton({ label: t('contracts.approval_look'), href: `/console/contracts/${path}` });
  const rows = [
    ...contracts.map((contract) => ({
      title: contract.name,
      text: approvalsOf(contract, page),
      action: look(contract.clientId),
    })),
    ...changes.map(({ name, clientId, fields, approvals, needed }) => ({
      title: name,
      text: t('contracts.change_of', {
        fields: fields.map((field) => titleOf(field.name, page)).join(', '),
        ...{ approvals, needed },
      }),
      action: look(`${clientId}/change`),
    })),
  ];
  const none = emptyState({ title: t('contracts.approval_none'), body: t('contracts.approval_none_more') });
  return consoleLayout(page, {
    staff,
    current: '/console/rights',
    title: t('contracts.approvals_title'),
    lead: t('contracts.approvals_lead'),
    body: html`
      ${done && DONE.includes(done) && alert({ kind: 'success', title: t(`contracts.approval_done_${done}`) })}
      ${rows.length > 0 ? rowList(rows) : none}`,
  });
}

export interface ContractProps {
  staff: Staff;
  contract: WaitingContract;
  errors: Errors | undefined;
}

/** All that is approved stands above the button. */
export function contractPage({ staff, contract, errors }: ContractProps, page: Page): Html {
  const { t } = page;
  const { clientId, name, version, terms, registration } = contract;
  return consoleLayout(page, {
    staff,
    current: '/console/rights',
    title: name,
    lead: approvalsOf(contract, page),
    errors,
    body: html`
      ${otherNameAlert(registration, { declared: terms.publisher?.legal_name, page })}
      ${registrationSection(registration, page)}
      ${section({ title: t('contracts.register_terms'), body: facts(termsOf(terms, page)) })}
      ${section({ title: t('contracts.register_what'), body: claimsOf(terms, page) })}
      ${actForm(page, {
        ...{
          action: `/console/contracts/${clientId}`,
          back: '/console/contracts',
          label: t('contracts.approve'),
          errors,
        },
        body: html`<input type="hidden" name="version" value="${String(version)}">`,
      })}`,
  });
}

function approvalsOf({ version, approvals, needed }: WaitingContract, { t }: Page): string {
  return t('contracts.approval_count', { version, approvals, needed });
}

function termsOf(terms: Terms, page: Page): (readonly [string, Printable])[] {
  const { t } = page;
  const { publisher, open_to: openTo } = terms;
  const orNot = (text: string | null | undefined) => text || t('contracts.not_stated');
  const schools = [...(openTo?.academies ?? []), ...(openTo?.establishments ?? [])];
  return [
    [t('contracts.declared_name'), orNot(publisher?.legal_name)],
    [t('contracts.contact'), orNot(publisher?.contact)],
    [t('contracts.purpose'), orNot(terms.purpose)],
    [t('contracts.legal_basis'), orNot(terms.legal_basis)],
    [t('contracts.retention'), orNot(terms.retention)],
    [t('contracts.open_to'), openTo ? schools.join(', ') : t('contracts.open_to_all')],
    [t('contracts.minimum_acr'), acrWords(page, terms.minimum_acr)],
    [t('contracts.data_protection_officer'), orNot(publisher?.data_protection_officer)],
  ];
}

function claimsOf({ claims }: Terms, { t }: Page): Html[] {
  return PROFILES.filter((profile) => Object.keys(claims[profile]).length > 0).map((profile) =>
    table({
      caption: t(`contracts.profile_${profile}`),
      columns: [t('contracts.register_claim'), t('contracts.register_why')],
      rows: Object.entries(claims[profile]).map(([claim, reason]) => [
        t(`contracts.claim_${claim}`),
        reason ?? t('contracts.not_stated'),
      ]),
    }),
  );
}
