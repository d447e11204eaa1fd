import { type Html, html } from '../../../src/http/html.ts';
import type { Page } from '../../../src/http/render.ts';
import { type Errors, field } from '../../components/field.ts';
import { instructions } from '../../components/guidance.ts';
import { actForm } from '../act-fields.ts';
import { consoleLayout, type Staff } from '../console-layout.ts';

export type AccountActName = 'lock' | 'lift' | 'reset';

export interface ActProps {
  staff: Staff;
  name: AccountActName;
  id: string;
  /** Undefined: reading is stopped, the act is not. */
  person: string | undefined;
  lock: string;
  reason: string | undefined;
  errors: Errors | undefined;
}

/** What will happen, said before it does; then why, then the code. */
export function actPage(props: ActProps, page: Page): Html {
  const { t } = page;
  const { staff, name, id, lock, reason, errors } = props;
  const person = props.person ?? t('people.this_person');
  return consoleLayout(page, {
    staff,
    current: '/console/people',
    title: t(`people.${name}_title`, { person }),
    errors,
    body: html`
      ${instructions([t(`people.${name}_first`), t(`people.${name}_second`), t(`people.${name}_third`)])}
      ${actForm(page, {
        action: `/console/people/${id}/${name}`,
        body: html`
          <input type="hidden" name="lock" value="${lock}">
          ${field(page, {
            name: 'reason',
            label: t('people.reason'),
            hint: t('people.reason_hint'),
            value: reason,
            maxlength: 200,
            errors,
          })}`,
        label: t(`people.${name}_now`),
        back: `/console/people/${id}`,
        errors,
      })}`,
  });
}
