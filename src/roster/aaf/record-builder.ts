import { RosterFault } from '../problem.ts';
import type { RosterRules } from '../rules.ts';
import type { AafRecord } from './records.ts';

/** ficAlimMENESR.dtd, as the elements that may stand inside each. */
const LAYOUT: Record<string, readonly string[]> = {
  '': ['ficAlimMENESR'],
  ficAlimMENESR: ['addRequest'],
  addRequest: ['operationalAttributes', 'identifier', 'attributes'],
  operationalAttributes: ['attr'],
  identifier: ['id'],
  attributes: ['attr'],
  attr: ['value'],
};
const DELTA = new Set(['modifyRequest', 'deleteRequest']);

/** XML events → records. Values of attributes that the rules do not list are dropped as they come. */
export class RecordBuilder {
  readonly #fields: ReadonlyMap<string, ReadonlySet<string>>;
  readonly #recordBytes: number;
  readonly #head = new Map<string, string>();
  readonly #path: string[] = [];
  #done: AafRecord[] = [];
  #record: AafRecord | undefined;
  #values: string[] | undefined;
  #value = '';
  #size = 0;
  #silent = 0;

  constructor(rules: RosterRules) {
    this.#fields = new Map(
      Object.entries(rules.fields).map(([category, names]) => [category, new Set(names)]),
    );
    this.#recordBytes = rules.limits.recordBytes;
  }

  /** How much was read since something came of it. */
  noteRead(length: number): number {
    this.#silent += length;
    return this.#silent;
  }

  take(): AafRecord[] {
    const done = this.#done;
    this.#done = [];
    return done;
  }

  doctype(doctype: string, line: number): void {
    this.#silent = 0;
    if (doctype.includes('[')) throw new RosterFault('entities', line);
  }

  comment(comment: string): void {
    this.#silent = 0;
    if (this.#record || this.#head.size > 50) return;
    for (const [, name, value] of comment.matchAll(/(\w{1,40})\s*=\s*"([^"]{0,200})"/g)) {
      if (name && value !== undefined) this.#head.set(name, value.trim());
    }
  }

  open(name: string, attributes: Record<string, string>, line: number): void {
    this.#silent = 0;
    const parent = this.#path.at(-1) ?? '';
    if (DELTA.has(name)) throw new RosterFault('delta', line);
    if (!LAYOUT[parent]?.includes(name))
      throw new RosterFault('not-aaf', line, `an unexpected <${name.slice(0, 40)}>`);
    this.#path.push(name);
    this.#value = '';
    if (name === 'addRequest') this.#begin(line);
    if (name === 'attr') this.#beginAttribute(attributes.name ?? '', line);
  }

  text(text: string, line: number): void {
    this.#silent = 0;
    this.#size += text.length;
    if (this.#size > this.#recordBytes) throw new RosterFault('too-large', line);
    if (this.#values && this.#path.at(-1) === 'value') this.#value += text;
  }

  close(name: string): void {
    this.#silent = 0;
    this.#path.pop();
    if (name === 'value') this.#endValue();
    if (name === 'attr') this.#values = undefined;
    if (name === 'addRequest') this.#end();
  }

  #begin(line: number): void {
    this.#size = 0;
    this.#record = { line, category: '', values: new Map(), head: this.#head };
  }

  #beginAttribute(name: string, line: number): void {
    const record = this.#record;
    if (!record) throw new RosterFault('not-aaf', line);
    if (this.#path.at(-2) === 'operationalAttributes') {
      this.#values = /^categorie\w+$/.test(name) ? [] : undefined;
      return;
    }
    if (!this.#fields.get(record.category)?.has(name)) return;
    if (record.values.has(name)) throw new RosterFault('not-aaf', line, `${name.slice(0, 40)} stands twice`);
    this.#values = [];
    record.values.set(name, this.#values);
  }

  #endValue(): void {
    const value = this.#value.trim();
    this.#value = '';
    if (!this.#values || !this.#record || !value) return;
    if (this.#path.at(-2) === 'operationalAttributes') this.#record.category = value.slice(0, 40);
    else this.#values.push(value);
  }

  #end(): void {
    const record = this.#record;
    if (!record) return;
    if (!record.category) throw new RosterFault('category', record.line);
    this.#done.push(record);
  }
}
