import { type Html, html } from '../../../src/http/html.ts';
import type { Page } from '../../../src/http/render.ts';
import type { FoundPerson } from '../../../src/reading/search.ts';
import { radios } from '../../components/choices.ts';
import { type Errors, field, select } from '../../components/field.ts';
import { actions, button, form } from '../../components/form.ts';
import { emptyState, section } from '../../components/guidance.ts';
import { rowList } from '../../components/lists.ts';
import { consoleLayout, type Staff } from '../console-layout.ts';
import { placeWords, stateBadge } from './words.ts';

export interface SearchProps {
  staff: Staff;
  /** Whose names may be looked for; none for officers above the schools. */
  schools: readonly { uai: string; name: string }[];
  typed: { typed: string; way: 'name' | 'identifier'; school: string } | undefined;
  errors: Errors | undefined;
  found: { people: readonly FoundPerson[]; isMore: boolean } | undefined;
}

/** One field, two ways. What was typed stands in no address. */
export function searchPage(props: SearchProps, page: Page): Html {
  const { t } = page;
  const { staff, errors, found } = props;
  return consoleLayout(page, {
    staff,
    current: '/console/people',
    title: t('people.search_title'),
    lead: t(props.schools.length > 0 ? 'people.search_lead' : 'people.search_lead_above'),
    errors,
    body: html`
      ${found && section({ title: t('people.found_title'), body: hits(page, found) })}
      ${searchFields(page, props)}
      <p class="aside">${t('people.search_noted')}</p>`,
  });
}

function searchFields(page: Page, { schools, typed, errors }: SearchProps): Html {
  const { t } = page;
  const ways = [
    { value: 'name', label: t('people.way_name'), hint: t('people.way_name_hint') },
    { value: 'identifier', label: t('people.way_identifier'), hint: t('people.way_identifier_hint') },
  ];
  const byName = html`
    ${radios(page, { name: 'way', label: t('people.way'), choices: ways, value: typed?.way ?? 'name', errors })}
    ${
      schools.length > 1 &&
      select(page, {
        name: 'school',
        label: t('people.school'),
        choices: schools.map(({ uai, name }) => ({ value: uai, label: name })),
        value: typed?.school,
        errors,
      })
    }`;
  return form(page, {
    action: '/console/people',
    body: html`
      ${field(page, {
        name: 'typed',
        label: t(schools.length > 0 ? 'people.typed' : 'people.typed_above'),
        value: typed?.typed,
        maxlength: 100,
        errors,
      })}
      ${schools.length > 0 && byName}
      ${actions(button({ label: t('people.search') }))}`,
  });
}

function hits(page: Page, { people, isMore }: NonNullable<SearchProps['found']>): Html {
  const { t } = page;
  if (people.length === 0)
    return emptyState({ title: t('people.nobody_found'), body: t('people.nobody_found_text') });
  const rows = people.map(({ id, name, state, isLocked, places }) => ({
    title: name,
    badge: stateBadge(page, { state, isLocked }),
    text: placeWords(page, places),
    action: html`<a class="button button-secondary" href="/console/people/${id}">${t('people.open')}<span class="visually-hidden"> ${name}</span></a>`,
  }));
  return html`${rowList(rows)}${isMore && html`<p>${t('people.more_found')}</p>`}`;
}
