import type { PupilState } from '../../../src/console/classes/store.ts';
import { type Html, html } from '../../../src/http/html.ts';
import type { Page } from '../../../src/http/render.ts';
import type { Errors } from '../../components/field.ts';
import { actions, linkButton } from '../../components/form.ts';
import { instructions } from '../../components/guidance.ts';
import { alert } from '../../components/messages.ts';
import { actForm } from '../act-fields.ts';
import { consoleLayout, type Staff } from '../console-layout.ts';

export interface ReprintProps {
  staff: Staff;
  id: string;
  /** The key under which the name was read. */
  look: string;
  name: string;
  state: PupilState;
  errors: Errors | undefined;
}

export function reprintPage(props: ReprintProps, page: Page): Html {
  const { t } = page;
  const { id, look, name, state, errors } = props;
  return consoleLayout(page, {
    staff: props.staff,
    current: '/console/people',
    title: t('console.reprint_title', { name }),
    errors,
    body:
      state === 'active'
        ? html`
          ${alert({ kind: 'info', body: t('console.reprint_active') })}
          ${actions(linkButton({ label: t('console.back'), href: `/console/people/${id}`, kind: 'primary' }))}`
        : html`
          ${instructions([t('console.reprint_void'), t('console.reprint_later'), t('console.reprint_told'), t('console.print_once')])}
          ${actForm(page, {
            action: `/console/people/${id}/letter`,
            label: t('console.print_now'),
            back: `/console/people/${id}`,
            errors,
            body: html`<input type="hidden" name="look" value="${look}">`,
          })}`,
  });
}
