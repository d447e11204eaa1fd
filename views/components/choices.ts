import { attributes, type Html, html } from '../../src/http/html.ts';
import type { Page } from '../../src/http/render.ts';
import { type Choices, described, idOf, type Labelled, notes } from './field.ts';

/** One of several, all in sight. */
export function radios(page: Page, given: Choices): Html {
  return group(page, given, 'radio', given.value === undefined ? [] : [given.value]);
}

export interface ManyChoices extends Omit<Choices, 'value'> {
  /** Ends in `[]`: `readForm` gives a list. */
  name: `${string}[]`;
  values?: readonly string[] | undefined;
}

export function checkboxes(page: Page, given: ManyChoices): Html {
  return group(page, given, 'checkbox', given.values ?? []);
}

export interface Checkbox extends Labelled {
  checked?: boolean | undefined;
  value?: string | undefined;
}

/** A single yes; unticked, the form does not send it. */
export function checkbox(page: Page, given: Checkbox): Html {
  const { name, label, checked, value = 'yes' } = given;
  const own = attributes({ id: idOf(name), name, type: 'checkbox', value, checked, ...described(given) });
  return html`
    <div class="field">
      <label class="choice"><input${own}><span class="choice-text">${label}</span></label>
      ${notes(page, given)}
    </div>`;
}

function group(
  page: Page,
  given: Omit<Choices, 'value'>,
  type: 'radio' | 'checkbox',
  chosen: readonly string[],
): Html {
  const { name, label, choices } = given;
  const rows = choices.map((choice, index) => {
    const checked = chosen.includes(choice.value);
    // The error summary leads to the first one.
    const id = index === 0 ? idOf(name) : `${idOf(name)}-${index + 1}`;
    return html`
      <label class="choice"><input${attributes({ id, name, type, value: choice.value, checked })}>
        <span class="choice-text">${choice.label}${choice.hint && html`<small>${choice.hint}</small>`}</span>
      </label>`;
  });
  const { 'aria-describedby': describedBy } = described(given);
  return html`
    <fieldset class="field"${attributes({ 'aria-describedby': describedBy })}>
      <legend class="field-label">${label}</legend>
      ${notes(page, given)}
      ${rows}
    </fieldset>`;
}
