import { attributes, type Html, html } from '../../src/http/html.ts';

export interface Code {
  /** Said to those who do not see it. */
  label: string;
  /** Grouped by four here; give it without spaces. */
  value: string;
}

/** A code or secret to copy: groups of four with real spaces, so that copying it copies what is read. */
export function codeDisplay({ label, value }: Code): Html {
  return html`
    <p class="code-box"><span class="code-label">${label}</span> <code class="code">${grouped(value)}</code></p>`;
}

/** Codes to print or write down, each on its line. */
export function codeList({ label, values }: { label: string; values: readonly string[] }): Html {
  const rows = values.map((value) => html`<li><code class="code">${grouped(value)}</code></li>`);
  return html`<ol${attributes({ class: 'code-list', 'aria-label': label })}>${rows}</ol>`;
}

/** A QR code as a data address (`qrcode.toDataURL`), beside the same secret in letters. */
export function qrCode({ label, image }: { label: string; image: string }): Html {
  return html`<p class="qr"><img src="${image}" alt="${label}" width="208" height="208"></p>`;
}

/** A passphrase: its words stay apart, and none is broken. */
export function passphrase({ label, value }: Code): Html {
  return html`
    <p class="code-box"><span class="code-label">${label}</span> <code class="code code-words">${value}</code></p>`;
}

/** A few figures that somebody else reads from this screen, across a table. */
export function shownCode({ label, value }: Code): Html {
  return html`
    <p class="code-box"><span class="code-label">${label}</span> <code class="code code-shown">${value}</code></p>`;
}

function grouped(value: string): Html[] {
  const groups = value.match(/.{1,4}/gsu) ?? [];
  return groups.map((group, index) => html`${index > 0 && ' '}<span class="code-group">${group}</span>`);
}
