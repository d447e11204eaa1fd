import { attributes, type Html, html } from '../../src/http/html.ts';
import type { Page } from '../../src/http/render.ts';

/** Field name → key of words, as `readForm` gives it. */
export type Errors = Readonly<Record<string, string>>;

/** On a page without that field: no link of the summary may lead nowhere. `form` is the page itself. */
export function withoutField(errors: Errors | undefined, name: string): Errors | undefined {
  if (!errors || !Object.hasOwn(errors, name)) return errors;
  const { [name]: form = '', ...others } = errors;
  return { ...others, form };
}

export interface Labelled {
  name: string;
  label: string;
  hint?: Html | string | undefined;
  errors?: Errors | undefined;
}

export interface Field extends Labelled {
  type?: 'text' | 'password' | 'email' | 'tel' | 'url' | 'number' | 'date' | 'search' | undefined;
  /** A standard token: `username`, `current-password`, `new-password`, `one-time-code` … */
  autocomplete?: string | undefined;
  inputmode?: 'text' | 'numeric' | 'decimal' | 'email' | 'tel' | 'url' | 'search' | undefined;
  /** Never for a password or a code: what was wrong is typed again. */
  value?: string | undefined;
  maxlength?: number | undefined;
  required?: boolean | undefined;
  /** `code`: large, spaced figures for what is copied from paper or from a telephone. */
  look?: 'text' | 'code' | 'short' | undefined;
  /** Capitals are typed for the person: codes know no small letters. */
  capitals?: boolean | undefined;
}

export function field(page: Page, given: Field): Html {
  const { name, type = 'text', look = 'text', autocomplete = 'off' } = given;
  const exact = type === 'password' || look === 'code' || autocomplete === 'username';
  return frame(
    page,
    given,
    html`<input${attributes({
      class: `input input-${look}`,
      id: idOf(name),
      name,
      type,
      autocomplete,
      inputmode: given.inputmode,
      value: type === 'password' ? undefined : given.value,
      maxlength: given.maxlength,
      required: given.required ?? true,
      spellcheck: exact ? 'false' : undefined,
      autocapitalize: given.capitals ? 'characters' : exact ? 'none' : undefined,
      ...described(given),
    })}>`,
  );
}

export interface TextArea extends Labelled {
  value?: string | undefined;
  rows?: number | undefined;
  maxlength?: number | undefined;
}

/** Its name goes into `multiline` of `readForm`. */
export function textArea(page: Page, given: TextArea): Html {
  const { name, rows = 4, maxlength } = given;
  const own = attributes({ class: 'input', id: idOf(name), name, rows, maxlength, ...described(given) });
  // A first line break inside the element is swallowed by the parser.
  return frame(page, given, html`<textarea${own}>${'\n'}${given.value}</textarea>`);
}

export interface Choice {
  value: string;
  label: string;
  hint?: string | undefined;
}

export interface Choices extends Labelled {
  choices: readonly Choice[];
  value?: string | undefined;
}

export function select(page: Page, given: Choices): Html {
  const options = given.choices.map(
    ({ value, label }) =>
      html`<option${attributes({ value, selected: value === given.value })}>${label}</option>`,
  );
  const own = attributes({ class: 'input', id: idOf(given.name), name: given.name, ...described(given) });
  return frame(page, given, html`<select${own}>${options}</select>`);
}

/** Label, hint and error around a control; the control names them by `described`. */
function frame(page: Page, given: Labelled, control: Html): Html {
  const { name, label } = given;
  return html`
    <div class="${isWrong(given) ? 'field field-wrong' : 'field'}">
      <label class="field-label" for="${idOf(name)}">${label}</label>
      ${notes(page, given)}
      ${control}
    </div>`;
}

/** Hint and error with the ids that `described` points at. */
export function notes(page: Page, { name, hint, errors }: Labelled): Html {
  const error = errors?.[name];
  return html`${hint && html`<p class="field-hint" id="${idOf(name)}-hint">${hint}</p>`}
      ${
        error &&
        html`<p class="field-error" id="${idOf(name)}-error"><span class="visually-hidden">${page.t('common.error')}</span> ${page.t(error)}</p>`
      }`;
}

export function described(given: Labelled): { 'aria-describedby'?: string; 'aria-invalid'?: 'true' } {
  const { name, hint } = given;
  const ids = [hint && `${idOf(name)}-hint`, isWrong(given) && `${idOf(name)}-error`].filter(Boolean);
  return {
    ...(ids.length > 0 && { 'aria-describedby': ids.join(' ') }),
    ...(isWrong(given) && { 'aria-invalid': 'true' as const }),
  };
}

export function idOf(name: string): string {
  return `field-${name.replace('[]', '')}`;
}

function isWrong({ name, errors }: Labelled): boolean {
  return errors !== undefined && Object.hasOwn(errors, name);
}
