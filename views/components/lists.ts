import { attributes, type Html, html, type Printable } from '../../src/http/html.ts';

export interface Card {
  href: string;
  title: string;
  text?: string | undefined;
  /** A word at the end: "nouveau", "suspendu". */
  badge?: string | undefined;
}

/** Applications and other places to go: the whole card is the link. */
export function cardList(cards: readonly Card[]): Html {
  const items = cards.map(
    ({ href, title, text, badge }) => html`
      <li><a class="card" href="${href}">
        <span class="card-sign card-sign-${toneOf(title)}" aria-hidden="true">${initialOf(title)}</span>
        <span class="card-text">
          <strong class="card-title">${title}</strong>
          ${badge && html`<span class="badge">${badge}</span>`}
          ${text && html`<span class="card-note">${text}</span>`}
        </span>
      </a></li>`,
  );
  return html`<ul class="cards plain">${items}</ul>`;
}

/** Two or three words about a state. */
export function badge(label: string, tone: 'neutral' | 'good' | 'warning' | 'danger' = 'neutral'): Html {
  return html`<span class="badge badge-${tone}">${label}</span>`;
}

export interface Table {
  caption: string;
  columns: readonly string[];
  /** The first cell of a row names it. */
  rows: readonly (readonly Printable[])[];
}

/** Scrolls in its own frame where the screen is narrow. */
export function table({ caption, columns, rows }: Table): Html {
  const body = rows.map(([first, ...rest]) => {
    return html`<tr><th scope="row">${first}</th>${rest.map((cell) => html`<td>${cell}</td>`)}</tr>`;
  });
  return html`
    <div class="table-frame" role="region" tabindex="0"${attributes({ 'aria-label': caption })}>
      <table>
        <caption>${caption}</caption>
        <thead><tr>${columns.map((column) => html`<th scope="col">${column}</th>`)}</tr></thead>
        <tbody>${body}</tbody>
      </table>
    </div>`;
}

/** Name and value, one under the other: who, since when, from where. */
export function facts(pairs: readonly (readonly [Printable, Printable])[]): Html {
  return html`<dl class="facts">${pairs.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
}

/** One of a person's things (a session, a passkey) with what can be done about it. */
export interface Row {
  title: string;
  text?: Printable;
  badge?: Html | undefined;
  action?: Html | undefined;
}

export function rowList(rows: readonly Row[]): Html {
  const items = rows.map(
    ({ title, text, badge: state, action }) => html`
      <li class="row">
        <div class="row-text"><strong>${title}</strong> ${state}${text && html`<p class="row-note">${text}</p>`}</div>
        ${action}
      </li>`,
  );
  return html`<ul class="rows plain">${items}</ul>`;
}

function initialOf(title: string): string {
  return [...title.trim()][0]?.toLocaleUpperCase() ?? '·';
}

/** The same name has the same colour on every page. */
function toneOf(title: string): number {
  const sum = [...title].reduce((total, character) => total + (character.codePointAt(0) ?? 0), 0);
  return (sum % 5) + 1;
}
