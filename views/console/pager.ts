import type { Pages } from '../../src/console/paging.ts';
import { type Html, html } from '../../src/http/html.ts';
import type { Page } from '../../src/http/render.ts';
import { actions, linkButton } from '../components/form.ts';

/** Of a list that is longer than a page; `path` may have a query of its own. */
export function pager({ t }: Page, path: string, { current, total }: Pages): Html | undefined {
  if (total < 2) return undefined;
  const to = (page: number): string => `${path}${path.includes('?') ? '&' : '?'}page=${page}`;
  return html`
    <p>${t('console.page_of', { current, total })}</p>
    ${actions(
      current > 1 && linkButton({ label: t('console.former_page'), href: to(current - 1) }),
      current < total && linkButton({ label: t('console.next_page'), href: to(current + 1) }),
    )}`;
}
