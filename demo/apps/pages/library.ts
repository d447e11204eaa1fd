import { type Html, html } from '../../../src/http/html.ts';
import { schoolingOf } from '../claims.ts';
import { LOANS, SHELF } from '../loans.ts';
import type { Claims } from '../relying-party.ts';
import type { Screen } from './layout.ts';

const DAY_MS = 86_400_000;

export function libraryDesk(screen: Screen, claims: Claims): Html {
  const { t } = screen;
  const { givenName, schools } = schoolingOf(claims);
  return html`
    <section class="intro">
      <h1>${givenName ? t('library.hello', { name: givenName }) : t('library.hello_somebody')}</h1>
      <p class="lead">${schools.join(' · ')}</p>
    </section>
    <section class="sheet">
      <h2>${t('library.loans')}</h2>
      <ul class="books">${LOANS.map((loan) => book(screen, loan))}</ul>
    </section>
    <section class="sheet">
      <h2>${t('library.new')}</h2>
      <ul class="books">${SHELF.map((one) => book(screen, one))}</ul>
    </section>`;
}

interface Book {
  title: string;
  author: string;
  cover: string;
  dueInDays?: number;
}

function book({ t, locale }: Screen, { title, author, cover, dueInDays }: Book): Html {
  const due = new Date(Date.now() + (dueInDays ?? 0) * DAY_MS).toLocaleDateString(locale, {
    dateStyle: 'long',
    timeZone: 'Europe/Paris',
  });
  return html`
        <li class="book">
          <span class="cover ${cover}" aria-hidden="true"></span>
          <span class="about">
            <cite lang="fr">${title}</cite>
            <span class="author">${author}</span>
            ${dueInDays === undefined ? html`<span class="due free">${t('library.on_shelf')}</span>` : html`<span class="due">${t('library.due', { date: due })}</span>`}
          </span>
        </li>`;
}
