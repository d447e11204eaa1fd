import { DOCUMENTS } from '../../../src/activation/requests/hold-desk.ts';
import { type Html, html } from '../../../src/http/html.ts';
import type { Page } from '../../../src/http/render.ts';
import { radios } from '../../components/choices.ts';
import { type Errors, field } from '../../components/field.ts';
import { actions, linkButton } from '../../components/form.ts';
import { instructions } from '../../components/guidance.ts';
import { alert } from '../../components/messages.ts';
import { actForm } from '../act-fields.ts';
import { consoleLayout, type Staff } from '../console-layout.ts';

export function deskStartPage({ staff, isDone }: { staff: Staff; isDone: boolean }, page: Page): Html {
  const { t } = page;
  return consoleLayout(page, {
    staff,
    current: '/console/desk',
    title: t('console.desk_title'),
    lead: t('console.desk_lead'),
    body: html`
      ${isDone && alert({ kind: 'success', title: t('console.desk_done'), body: t('console.desk_done_text') })}
      ${instructions([t('console.desk_letter'), t('console.desk_paper'), t('console.desk_find'), t('console.desk_type')])}
      ${actions(linkButton({ label: t('console.desk_classes'), href: '/console/schools', kind: 'primary' }))}`,
  });
}

export interface DeskProps {
  staff: Staff;
  /** The id of the person, and the key under which their name was read. */
  person: string;
  look: string;
  name: string;
  document: string | undefined;
  errors: Errors | undefined;
}

/** Staff type what the person's own screen shows; nothing usable ever passes the other way. */
export function deskPage({ staff, person, look, name, document, errors }: DeskProps, page: Page): Html {
  const { t } = page;
  return consoleLayout(page, {
    staff,
    current: '/console/desk',
    title: t('console.desk_for', { name }),
    lead: t('console.desk_for_lead'),
    errors,
    body: actForm(page, {
      action: '/console/desk',
      label: t('console.desk_confirm'),
      back: '/console/desk',
      errors,
      body: html`
        <input type="hidden" name="person" value="${person}">
        <input type="hidden" name="look" value="${look}">
        ${radios(page, {
          name: 'document',
          label: t('console.document_label'),
          hint: t('console.document_hint'),
          value: document,
          choices: DOCUMENTS.map((value) => ({ value, label: t(`console.document_${value}`) })),
          errors,
        })}
        ${field(page, {
          name: 'proof',
          label: t('console.characters_label'),
          hint: t('console.characters_hint'),
          look: 'code',
          capitals: true,
          maxlength: 20,
          errors,
        })}`,
    }),
  });
}
