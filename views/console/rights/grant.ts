import { type Html, html } from '../../../src/http/html.ts';
import { calendarDay } from '../../../src/http/moments.ts';
import type { Page } from '../../../src/http/render.ts';
import type { Readable } from '../../../src/rights/count-readable.ts';
import { checkboxes, radios } from '../../components/choices.ts';
import { type Errors, field } from '../../components/field.ts';
import { actions, button, form, linkButton } from '../../components/form.ts';
import { facts } from '../../components/lists.ts';
import { alert } from '../../components/messages.ts';
import { actForm } from '../act-fields.ts';
import { consoleLayout, type Staff } from '../console-layout.ts';
import { readableText, roleName } from './words.ts';

export interface GrantProps {
  staff: Staff;
  school: { name: string };
  name: string;
  path: string;
  back: string;
  roles: readonly string[];
  classes: readonly string[];
  typed: { role?: string | undefined; classes: readonly string[]; until?: string | undefined } | undefined;
  errors: Errors | undefined;
}

/** Which right, over what, until when. Nothing is given yet. */
export function grantPage(props: GrantProps, page: Page): Html {
  const { t } = page;
  const { staff, school, name, path, back, typed, errors } = props;
  const role = radios(page, {
    name: 'role',
    label: t('rights.role_label'),
    value: typed?.role,
    errors,
    choices: props.roles.map((value) => ({
      value,
      label: roleName(page, value),
      hint: t(`rights.role_${value}_hint`),
    })),
  });
  const classes = checkboxes(page, {
    name: 'classes[]',
    label: t('rights.classes_label'),
    hint: t('rights.classes_hint'),
    values: typed?.classes,
    errors,
    choices: props.classes.map((code) => ({ value: code, label: code })),
  });
  const until = field(page, {
    ...{ name: 'until', type: 'date', label: t('rights.until_label'), hint: t('rights.until_hint') },
    ...{ value: typed?.until, required: false, errors },
  });
  return consoleLayout(page, {
    staff,
    current: '/console/rights',
    title: t('rights.grant_title', { name }),
    lead: school.name,
    errors,
    body: form(page, {
      action: path,
      body: html`
        ${role} ${props.classes.length > 0 && classes} ${until}
        ${actions(button({ label: t('rights.go_on') }), linkButton({ label: t('console.back'), href: back, kind: 'quiet' }))}`,
    }),
  });
}

export interface ConfirmGrantProps {
  staff: Staff;
  school: { name: string };
  name: string;
  path: string;
  readable: Readable | undefined;
  wanted: { role: string; classes: readonly string[]; until: string };
  errors: Errors | undefined;
}

/** How many persons, and how many minors, the right can read: said before the code is asked for. */
export function confirmGrantPage(props: ConfirmGrantProps, page: Page): Html {
  const { t } = page;
  const { staff, school, name, path, wanted, errors } = props;
  const { role, classes, until } = wanted;
  return consoleLayout(page, {
    staff,
    current: '/console/rights',
    title: t('rights.confirm_title'),
    lead: `${name}, ${school.name}`,
    errors,
    body: html`
      ${alert({ kind: 'warning', title: readableText(page, props.readable), body: t('rights.minors_counted') })}
      ${facts([
        [t('rights.role_label'), roleName(page, role)],
        [
          t('rights.over'),
          classes.length > 0
            ? t('rights.classes', { classes: classes.join(', ') })
            : t('rights.whole_school'),
        ],
        [t('rights.until_label'), until === '' ? t('rights.until_year') : calendarDay(page.locale, until)],
      ])}
      ${actForm(page, {
        ...{ action: `${path}/confirm`, back: path, label: t('rights.give'), errors },
        body: html`
          <input type="hidden" name="role" value="${role}">
          ${classes.map((code) => html`<input type="hidden" name="classes[]" value="${code}">`)}
          <input type="hidden" name="until" value="${until}">`,
      })}`,
  });
}
