import type { Context } from 'koa';
import type { z } from 'zod';
import { type FormBody, getBody } from './form-body.ts';
import { Refusal } from './refusal.ts';

/** Field name → key of the words that say what is wrong. */
export type FieldErrors = Readonly<Record<string, string>>;
export type FormResult<Values> =
  | { outcome: 'read'; values: Values }
  | { outcome: 'invalid'; fields: FieldErrors };

interface Options {
  /** Fields of several lines (textarea): only they may hold line breaks and tabs. */
  multiline?: readonly string[];
}

/**
 * The body of a guarded POST as the schema says. Messages of the schema are keys of words
 * (`z.string().min(12, 'activation.password_too_short')`). A name that ends in `[]` is a list, every other
 * one may come once. Nothing is trimmed: a schema does that where it is right.
 */
export function readForm<Schema extends z.ZodObject>(
  ctx: Context,
  schema: Schema,
  { multiline = [] }: Options = {},
): FormResult<z.output<Schema>> {
  const known = knownFields(getBody(ctx), Object.keys(schema.shape));
  const unprintable = withControlCharacters(known, multiline);
  if (unprintable.length > 0) {
    return {
      outcome: 'invalid',
      fields: messages(unprintable.map((name) => [name, 'http.field_characters'])),
    };
  }
  const parsed = schema.safeParse(Object.fromEntries(known));
  if (parsed.success) return { outcome: 'read', values: parsed.data };
  return { outcome: 'invalid', fields: messages(parsed.error.issues.map((issue) => describe(issue, known))) };
}

/**
 * What was typed, as it was, to be shown again where a form cannot be read: whoever forgot a code must not find another
 * choice on the page than the one they made. Never for a password or a code.
 */
export function typedIn(ctx: Context, name: string): string {
  return tickedIn(ctx, name)[0] ?? '';
}

/** The same of a list. */
export function tickedIn(ctx: Context, name: string): string[] {
  const values = getBody(ctx).get(name) ?? [];
  return values.filter((text) => text.length <= LONGEST_SHOWN && !FORBIDDEN_IN_LINE.test(text));
}

const LONGEST_SHOWN = 2000;

type Values = ReadonlyMap<string, string | readonly string[]>;

// Fields that the schema does not name are dropped: nothing is assigned that was not asked for.
function knownFields(body: FormBody, names: readonly string[]): Values {
  const known = new Map<string, string | readonly string[]>();
  for (const name of names) {
    const values = body.get(name);
    if (name.endsWith('[]')) known.set(name, values ?? []);
    else if (values && values.length > 1) throw new Refusal('bad-request');
    else if (values?.[0] !== undefined) known.set(name, values[0]);
  }
  return known;
}

function withControlCharacters(known: Values, multiline: readonly string[]): string[] {
  const wrong = [...known].filter(([name, value]) => {
    const forbidden = multiline.includes(name) ? FORBIDDEN_IN_TEXT : FORBIDDEN_IN_LINE;
    return [value].flat().some((text) => forbidden.test(text));
  });
  return wrong.map(([name]) => name);
}

// U+FFFD stands where bytes were no UTF-8.
const FORBIDDEN_IN_LINE = /[\p{Cc}\p{Cs}\u{FFFD}\u{2028}\u{2029}]/u;
const FORBIDDEN_IN_TEXT = /(?![\t\r\n])[\p{Cc}\p{Cs}\u{FFFD}]/u;

function describe(issue: { path: PropertyKey[]; message: string }, known: Values): [string, string] {
  const name = String(issue.path[0] ?? 'form');
  if (/^[a-z][a-z-]*\.[a-z][\w-]*$/.test(issue.message)) return [name, issue.message];
  const value = known.get(name);
  return [name, value === undefined || value.length === 0 ? 'http.field_missing' : 'http.field_invalid'];
}

/** The first message of each field. */
function messages(found: readonly (readonly [string, string])[]): FieldErrors {
  return Object.fromEntries([...found].reverse());
}
