import type { Pages } from '../../../src/console/paging.ts';
import { type Html, html } from '../../../src/http/html.ts';
import type { Page } from '../../../src/http/render.ts';
import type { ListedRight } from '../../../src/rights/list.ts';
import { field } from '../../components/field.ts';
import { actions, button, linkButton, searchForm } from '../../components/form.ts';
import { emptyState, section } from '../../components/guidance.ts';
import { cardList, type Row, rowList } from '../../components/lists.ts';
import { alert } from '../../components/messages.ts';
import { consoleLayout, type Staff } from '../console-layout.ts';
import { pager } from '../pager.ts';
import { dates, roleName, stateBadge, where } from './words.ts';

export interface ChooseSchoolProps {
  staff: Staff;
  isOfficer: boolean;
  schools: readonly { uai: string; name: string }[];
  /** What was typed and is nowhere. */
  asked: string | undefined;
}

export function chooseSchoolPage({ staff, isOfficer, schools, asked }: ChooseSchoolProps, page: Page): Html {
  const { t } = page;
  const uai = field(page, {
    ...{ name: 'uai', label: t('console.uai_label'), hint: t('rights.uai_hint'), value: asked, maxlength: 8 },
    ...(asked !== undefined && { errors: { uai: 'rights.uai_unknown' } }),
  });
  return consoleLayout(page, {
    staff,
    current: '/console/rights',
    title: t('rights.title'),
    lead: t('rights.choose_lead'),
    body: html`
      ${schools.length > 0 && cardList(schools.map((school) => ({ href: `/console/rights/schools/${school.uai}`, title: school.name, text: school.uai })))}
      ${isOfficer && searchForm({ action: '/console/rights', body: html`${uai} ${actions(button({ label: t('rights.see_school') }))}` })}
      ${isOfficer && section({ title: t('rights.officers_title'), body: actions(linkButton({ label: t('rights.see_officers'), href: '/console/rights/officers' })) })}`,
  });
}

export interface RightShown {
  right: ListedRight;
  name: string;
  mayEnd: boolean;
  endsSoon: boolean;
  givenBy: string | undefined;
}

export interface RightsProps {
  staff: Staff;
  school: { uai: string; name: string };
  path: string;
  pages: Pages;
  done: string | undefined;
  rights: readonly RightShown[];
}

/** Who may do what here, with last use and end. */
export function rightsPage(props: RightsProps, page: Page): Html {
  const { t } = page;
  const { staff, school, path, rights } = props;
  return consoleLayout(page, {
    staff,
    current: '/console/rights',
    title: t('rights.title'),
    lead: school.name,
    body: html`
      ${props.done && alert({ kind: 'success', title: t(`rights.done_${props.done}`) })}
      ${actions(linkButton({ label: t('rights.give'), href: `${path}/staff`, kind: 'primary' }))}
      ${
        rights.length === 0
          ? emptyState({ title: t('rights.none'), body: t('rights.none_text') })
          : rowList(rights.map((one) => rightRow(page, one)))
      }
      ${pager(page, path, props.pages)}
      <p class="aside">${t('rights.read_noted')}</p>`,
  });
}

function rightRow(page: Page, { right, name, mayEnd, endsSoon, givenBy }: RightShown): Row {
  const { t } = page;
  const from =
    right.origin === 'roster'
      ? t('rights.from_roster')
      : t('rights.given_by', { name: givenBy ?? t('rights.operator') });
  return {
    title: `${name}, ${roleName(page, right.role)}`,
    badge: stateBadge(page, right.state),
    text: html`${where(page, right.scope)}. ${from}<br>${dates(page, right, endsSoon)}`,
    action: mayEnd ? rightActions(page, right, name) : undefined,
  };
}

/** What a screen reader hears names the holder: twenty links that all say « Retirer » say nothing. */
function rightActions({ t }: Page, { id, state }: ListedRight, name: string): Html {
  const link = (act: 'revoke' | 'renew') =>
    html`<a href="/console/rights/${id}/${act}">${t(`rights.${act}`)}<span class="visually-hidden"> ${name}</span></a>`;
  return html`<div class="actions">${state === 'lapsed' && link('renew')} ${link('revoke')}</div>`;
}

export interface StaffProps {
  staff: Staff;
  school: { uai: string; name: string };
  path: string;
  pages: Pages;
  people: readonly { personId: string; name: string }[];
}

export function staffPage({ staff, school, path, pages, people }: StaffProps, page: Page): Html {
  const { t } = page;
  return consoleLayout(page, {
    staff,
    current: '/console/rights',
    title: t('rights.staff_title'),
    lead: school.name,
    body: html`
      <p>${t('rights.staff_text')}</p>
      ${
        people.length === 0
          ? emptyState({ title: t('rights.staff_none'), body: t('rights.staff_none_text') })
          : cardList(people.map(({ personId, name }) => ({ href: `${path}/staff/${personId}`, title: name })))
      }
      ${pager(page, `${path}/staff`, pages)}
      ${actions(linkButton({ label: t('console.back'), href: path, kind: 'quiet' }))}`,
  });
}
