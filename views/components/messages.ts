import { type Html, html, type Printable } from '../../src/http/html.ts';
import type { Page } from '../../src/http/render.ts';
import { type Errors, idOf } from './field.ts';

export interface Alert {
  kind: 'info' | 'success' | 'warning' | 'danger';
  title?: string | undefined;
  body?: Printable;
}

/** The kind is said by a sign and by the words, never by colour alone. */
export function alert({ kind, title, body }: Alert): Html {
  const signs = { info: 'i', success: '✓', warning: '!', danger: '!' };
  return html`
    <div class="alert alert-${kind}" role="${kind === 'danger' ? 'alert' : 'status'}">
      <span class="alert-sign" aria-hidden="true">${signs[kind]}</span>
      <div class="alert-text">${title && html`<p class="alert-title">${title}</p>`}${body && html`<div>${body}</div>`}</div>
    </div>`;
}

/** What went wrong, with a way to each field; takes the focus when the page opens. `form` is the page itself: there is no answer to correct. */
export function errorSummary(page: Page, errors: Errors | undefined): Html | undefined {
  const found = Object.entries(errors ?? {});
  if (found.length === 0) return undefined;
  const isOfPage = found.every(([name]) => name === 'form');
  const title = isOfPage
    ? page.t('common.error_of_page')
    : page.t('common.errors_title', { count: found.length });
  const lines = found.map(([name, key]) =>
    name === 'form'
      ? html`<li>${page.t(key)}</li>`
      : html`<li><a href="#${idOf(name)}">${page.t(key)}</a></li>`,
  );
  return html`
    <div class="alert alert-danger" role="alert" tabindex="-1" autofocus id="errors">
      <span class="alert-sign" aria-hidden="true">!</span>
      <div class="alert-text">
        <h2 class="alert-title">${title}</h2>
        <ul class="plain">${lines}</ul>
      </div>
    </div>`;
}
