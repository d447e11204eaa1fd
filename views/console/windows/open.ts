import { pathOfClass } from '../../../src/console/place.ts';
import { type Html, html } from '../../../src/http/html.ts';
import type { Page } from '../../../src/http/render.ts';
import { checkboxes } from '../../components/choices.ts';
import { type Choice, type Errors, select } from '../../components/field.ts';
import { actions, button, linkButton } from '../../components/form.ts';
import { alert } from '../../components/messages.ts';
import { actForm } from '../act-fields.ts';
import { consoleLayout, type Staff } from '../console-layout.ts';

interface Where {
  staff: Staff;
  school: { uai: string; name: string };
  className: string;
}

export interface OpenWindowProps extends Where {
  /** The key under which these names were read. */
  list: string;
  choices: readonly Choice[];
  ticked: readonly string[];
  minutes: string;
  pages: { current: number; total: number };
  /** Ticked on the other pages. */
  elsewhere: readonly string[];
  errors: Errors | undefined;
}

const MINUTES = ['5', '10', '15', '20'];

/** Who sits there is ticked: an absent pupil's letter opens nothing today. */
export function openWindowPage(props: OpenWindowProps, page: Page): Html {
  const { t } = page;
  const { school, className, list, choices, ticked, minutes, pages, elsewhere, errors } = props;
  const back = pathOfClass({ uai: school.uai, className });
  const everybody = `${back}/window?${new URLSearchParams({ all: 'yes', list })}`;
  return consoleLayout(page, {
    staff: props.staff,
    current: '/console/schools',
    title: t('console.window_title', { class: className }),
    lead: t('console.window_lead'),
    errors: summaryOf(errors),
    body: html`
      ${pages.total > 1 && alert({ kind: 'info', body: pagesText(page, props) })}
      <p><a href="${everybody}">${t('console.tick_all')}</a></p>
      ${actForm(page, {
        action: `${back}/window`,
        label: t('console.window_open_now'),
        back,
        errors,
        body: html`
          <input type="hidden" name="list" value="${list}">
          <input type="hidden" name="page" value="${pages.current}">
          ${elsewhere.map((id) => html`<input type="hidden" name="kept[]" value="${id}">`)}
          ${checkboxes(page, {
            name: 'pupils[]',
            label: t('console.present_label'),
            hint: t('console.present_hint'),
            choices,
            values: ticked,
            errors,
          })}
          ${select(page, {
            name: 'minutes',
            label: t('console.minutes_label'),
            value: minutes,
            choices: MINUTES.map((value) => ({
              value,
              label: t('console.minutes', { count: Number(value) }),
            })),
            errors,
          })}`,
        after: turning(page, pages),
      })}`,
  });
}

function pagesText({ t }: Page, { pages, elsewhere }: OpenWindowProps): Html {
  return html`${t('console.window_pages', pages)}
    ${elsewhere.length > 0 && t('console.window_elsewhere', { count: elsewhere.length })}`;
}

/** After the button that opens: what Enter presses is the first of a form. */
function turning({ t }: Page, { current, total }: OpenWindowProps['pages']): Html | undefined {
  if (total < 2) return undefined;
  const turn = (label: string, to: number): Html =>
    button({ label, kind: 'secondary', name: 'turn', value: String(to) });
  return html`
    <p>${t('console.page_of', { current, total })}</p>
    ${actions(
      current > 1 && turn(t('console.window_turn_back'), current - 1),
      current < total && turn(t('console.window_turn'), current + 1),
    )}`;
}

function summaryOf(errors: Errors | undefined): Errors | undefined {
  return errors && Object.keys(errors).length > 0 ? errors : undefined;
}

export interface CannotOpenProps extends Where {
  because: 'not-teaching' | 'printed-letters' | 'nobody-dormant';
}

const BECAUSE = {
  'not-teaching': ['console.not_teaching', 'console.not_teaching_text'],
  'printed-letters': ['console.printed_letters', 'console.printed_letters_text'],
  'nobody-dormant': ['console.nobody_dormant', 'console.nobody_dormant_text'],
} as const;

export function cannotOpenPage({ staff, school, className, because }: CannotOpenProps, page: Page): Html {
  const { t } = page;
  const [title, text] = BECAUSE[because];
  const back = pathOfClass({ uai: school.uai, className });
  return consoleLayout(page, {
    staff,
    current: '/console/schools',
    title: t(title),
    lead: t('console.class_at', { class: className, school: school.name }),
    body: html`<p>${t(text)}</p>${actions(linkButton({ label: t('console.back'), href: back }))}`,
  });
}
