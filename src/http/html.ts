/** Markup that is safe to print: made only by the `html` tag and by `raw`. */
export class Html {
  readonly #markup: string;
  constructor(markup: string) {
    this.#markup = markup;
  }
  toString(): string {
    return this.#markup;
  }
}

export type Printable = Html | string | number | undefined | null | false | readonly Printable[];

/** Escapes every value by default; `undefined`, `null` and `false` print nothing. Attributes must be quoted. */
export function html(parts: TemplateStringsArray, ...values: Printable[]): Html {
  let markup = parts[0] ?? '';
  values.forEach((value, index) => {
    const before = parts[index] ?? '';
    if (/=\s*$/.test(before)) throw new TypeError('a value in an attribute needs quotes around it');
    markup += OPENS_ADDRESS.test(before) ? escapeText(safeAddress(value)) : print(value);
    markup += parts[index + 1] ?? '';
  });
  return new Html(markup);
}

/** For constants of our own only, never for anything somebody typed. */
export function raw(constant: string): Html {
  return new Html(constant);
}

type Attribute = string | number | boolean | undefined | null;

/** ` name="value"` for each given one; `true` prints the bare name, the empty ones nothing. */
export function attributes(given: Record<string, Attribute>): Html {
  const printed = Object.entries(given).map(([name, value]) => {
    if (value === undefined || value === null || value === false) return '';
    if (!/^[a-z][a-z-]*$/.test(name)) throw new TypeError('not the name of an attribute');
    return value === true ? ` ${name}` : ` ${name}="${escapeText(String(value))}"`;
  });
  return new Html(printed.join(''));
}

const OPENS_ADDRESS = /\b(?:href|src|action|formaction)=["']$/;
const RUNS_CODE = /^(?:javascript|vbscript|data):/i;

/** A relying party's registered address may be hostile: a link never runs code. */
function safeAddress(value: Printable): string {
  if (typeof value !== 'string') throw new TypeError('an address is a string');
  // Browsers drop these characters before they read the scheme.
  const scheme = [...value].filter((character) => character > ' ').join('');
  if (/^data:image\/(?:png|svg\+xml)[;,]/.test(scheme)) return value;
  return RUNS_CODE.test(scheme) ? 'about:blank' : value;
}

function print(value: Printable): string {
  if (value === undefined || value === null || value === false) return '';
  if (value instanceof Html) return value.toString();
  if (typeof value === 'string') return escapeText(value);
  if (typeof value === 'number') return String(value);
  if (Array.isArray(value)) return value.map((one: Printable) => print(one)).join('');
  throw new TypeError(`a template cannot print a value of type ${typeof value}`);
}

const ENTITIES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escapeText(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}
