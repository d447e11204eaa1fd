import type { Pages } from '../../../src/console/paging.ts';
import { pathOfClass } from '../../../src/console/place.ts';
import { type Html, html } from '../../../src/http/html.ts';
import type { Page } from '../../../src/http/render.ts';
import { actions, button, form, linkButton } from '../../components/form.ts';
import { section } from '../../components/guidance.ts';
import { badge, rowList } from '../../components/lists.ts';
import { alert } from '../../components/messages.ts';
import { consoleLayout, type Staff } from '../console-layout.ts';
import { pager } from '../pager.ts';
import { clock } from '../words.ts';

export interface WindowProps {
  staff: Staff;
  school: { uai: string; name: string };
  window: { id: string; className: string; closesAt: Date };
  isOpen: boolean;
  /** Closed by itself: too many wrong words. */
  wasGuessedAt: boolean;
  /** Looks again by itself. */
  isLive: boolean;
  /** In the browser that opened it alone. */
  word: string | undefined;
  /** None once it is closed: then numbers are enough. `stopped`: too many names were read already. */
  pupils: readonly { name: string; hasClaimed: boolean }[] | 'stopped';
  pages: Pages;
  claimed: number;
  total: number;
  mayClose: boolean;
}

/** The word for the board, large; below, who has claimed their account. */
export function windowPage(props: WindowProps, page: Page): Html {
  const { t } = page;
  const { school, window, isOpen, claimed, total } = props;
  const back = pathOfClass({ uai: school.uai, className: window.className });
  return consoleLayout(page, {
    staff: props.staff,
    current: '/console/schools',
    title: t(isOpen ? 'console.live_title' : 'console.window_closed_title', { class: window.className }),
    lead: html`<a href="${back}">${t('console.back_to_class', { class: window.className, school: school.name })}</a>`,
    body: html`
      ${isOpen ? open(page, props) : closed(page, props)}
      <p><strong>${t('console.claimed_of', { claimed, count: total })}</strong></p>
      ${isOpen && list(page, props)}`,
  });
}

function closed({ t }: Page, { wasGuessedAt }: WindowProps): Html {
  return wasGuessedAt
    ? alert({ kind: 'danger', title: t('console.window_guessed_title'), body: t('console.window_guessed') })
    : alert({ kind: 'info', body: t('console.window_closed_text') });
}

function open(page: Page, { window, word, isLive, mayClose }: WindowProps): Html {
  const { t } = page;
  const path = `/console/windows/${window.id}`;
  return html`
    ${
      word
        ? html`<p class="board"><span class="board-label">${t('console.word_label')}</span> <strong class="board-word">${word.toUpperCase()}</strong></p>`
        : alert({ kind: 'info', body: t('console.word_elsewhere') })
    }
    <p>${t('console.word_until', { until: clock(page, window.closesAt) })}</p>
    ${actions(
      linkButton({
        label: t('console.look_again'),
        href: isLive ? `${path}?live=yes` : path,
        kind: 'primary',
      }),
      isLive
        ? linkButton({ label: t('console.live_off'), href: path })
        : linkButton({ label: t('console.live_on'), href: `${path}?live=yes` }),
      mayClose &&
        form(page, {
          action: `${path}/close`,
          look: 'inline',
          body: button({ label: t('console.window_close'), kind: 'danger' }),
        }),
    )}`;
}

function list(page: Page, { window, pupils, pages, isLive }: WindowProps): Html {
  const { t } = page;
  const path = `/console/windows/${window.id}`;
  if (pupils === 'stopped') {
    return alert({ kind: 'info', title: t('console.live_unread'), body: t('console.live_unread_text') });
  }
  const rows = pupils.map(({ name, hasClaimed }) => ({
    title: name,
    badge: hasClaimed ? badge(t('console.claimed'), 'good') : badge(t('console.not_yet')),
  }));
  return html`
    ${section({ title: t('console.live_caption'), body: rowList(rows) })}
    ${pager(page, isLive ? `${path}?live=yes` : path, pages)}`;
}
