import { type Html, html } from '../../../src/http/html.ts';
import type { Page } from '../../../src/http/render.ts';
import type { Readable } from '../../../src/rights/count-readable.ts';
import type { ListedRight } from '../../../src/rights/list.ts';
import { type Errors, field } from '../../components/field.ts';
import { facts } from '../../components/lists.ts';
import { alert } from '../../components/messages.ts';
import { actForm } from '../act-fields.ts';
import { consoleLayout, type Staff } from '../console-layout.ts';
import { dates, readableText, roleName, stateBadge, where } from './words.ts';

export interface EndProps {
  staff: Staff;
  act: 'revoke' | 'renew';
  right: ListedRight;
  name: string;
  back: string;
  errors: Errors | undefined;
  reason: string | undefined;
  /** What it lets read again; `readable` as in `readableText`. */
  gives: { readable: Readable | undefined } | undefined;
}

/** Before a right is taken away, or put in use again: whose, which, and what goes with it. */
export function endPage(props: EndProps, page: Page): Html {
  const { t } = page;
  const { staff, act, right, name, back, errors, reason, gives } = props;
  const why = field(page, {
    ...{ name: 'reason', label: t('rights.reason_label'), hint: t('rights.reason_hint') },
    ...{ value: reason, maxlength: 500, errors },
  });
  return consoleLayout(page, {
    staff,
    current: '/console/rights',
    title: t(`rights.${act}_title`),
    lead: name,
    errors,
    body: html`
      ${gives && alert({ kind: 'warning', title: readableText(page, gives.readable), body: t('rights.minors_counted') })}
      ${facts([
        [t('rights.role_label'), roleName(page, right.role)],
        [t('rights.over'), where(page, right.scope)],
        [t('rights.state_label'), stateBadge(page, right.state)],
        [t('rights.dates_label'), dates(page, right, false)],
      ])}
      <p>${t(`rights.${act}_text`)}</p>
      ${actForm(page, {
        ...{ action: `/console/rights/${right.id}/${act}`, back, label: t(`rights.${act}`), errors },
        body: act === 'revoke' && why,
      })}`,
  });
}
