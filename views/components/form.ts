import { attributes, type Html, html, type Printable } from '../../src/http/html.ts';
import type { Page } from '../../src/http/render.ts';

export interface Form {
  action: string;
  body: Printable;
  /** `inline`: a single button among text. */
  look?: 'block' | 'inline' | undefined;
}

/** A POST with its token. Errors are ours, in the person's language: the browser's bubbles stay away. */
export function form(page: Page, { action, body, look = 'block' }: Form): Html {
  return html`
    <form class="form form-${look}" method="post" action="${action}" novalidate>${page.csrf}<input type="hidden" name="from" value="${page.address}">${body}</form>`;
}

/** A GET: looking something up changes nothing. */
export function searchForm({ action, body }: Form): Html {
  return html`
    <form class="form form-search" method="get" action="${action}" role="search">${body}</form>`;
}

type Kind = 'primary' | 'secondary' | 'quiet' | 'danger';

export interface Button {
  label: string;
  kind?: Kind | undefined;
  name?: string | undefined;
  value?: string | undefined;
}

export function button({ label, kind = 'primary', name, value }: Button): Html {
  return html`<button${attributes({ class: `button button-${kind}`, type: 'submit', name, value })}>${label}</button>`;
}

/** A link that looks like a button: it opens, it does not act. */
export function linkButton({
  label,
  href,
  kind = 'secondary',
}: {
  label: string;
  href: string;
  kind?: Kind;
}): Html {
  return html`<a class="button button-${kind}" href="${href}">${label}</a>`;
}

/** Buttons and links at the end of a form, side by side where there is room. */
export function actions(...items: Printable[]): Html {
  return html`<div class="actions">${items}</div>`;
}
