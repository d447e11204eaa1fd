import { attributes, type Html, html, type Printable } from '../../src/http/html.ts';
import type { Page } from '../../src/http/render.ts';

export interface Steps {
  current: number;
  total: number;
  /** The name of this step. */
  label?: string | undefined;
}

/** « Étape 2 sur 4 », in words and as a row of marks. */
export function steps(page: Page, { current, total, label }: Steps): Html {
  const marks = Array.from({ length: total }, (_, index) => {
    const state = index + 1 < current ? 'done' : index + 1 === current ? 'now' : 'next';
    return html`<span class="step step-${state}"></span>`;
  });
  return html`
    <div class="steps">
      <p class="steps-text"><strong>${page.t('common.step', { current, total })}</strong>${label && html` <span>${label}</span>`}</p>
      <div class="steps-marks" aria-hidden="true">${marks}</div>
    </div>`;
}

export interface Details {
  summary: string;
  body: Printable;
  open?: boolean | undefined;
}

/** Help for those who need it, out of the way of those who do not. */
export function details({ summary, body, open }: Details): Html {
  return html`
    <details class="details"${attributes({ open })}><summary>${summary}</summary><div class="details-body">${body}</div></details>`;
}

/** A part of a page under its own heading. */
export function section({ title, body }: { title: string; body: Printable }): Html {
  return html`
    <section class="section"><h2>${title}</h2>${body}</section>`;
}

/** Where there is nothing yet: what would stand here and how it gets here. */
export function emptyState({ title, body }: { title: string; body: Printable }): Html {
  return html`<div class="empty"><p class="empty-title">${title}</p><div>${body}</div></div>`;
}

/** Numbered things to do, one sentence each. */
export function instructions(items: readonly Printable[]): Html {
  return html`<ol class="instructions">${items.map((item) => html`<li>${item}</li>`)}</ol>`;
}
