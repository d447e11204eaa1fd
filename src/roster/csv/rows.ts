import { createReadStream } from 'node:fs';
import { RosterFault } from '../problem.ts';

export interface CsvRow {
  line: number;
  fields: string[];
}

/** RFC 4180 with `;` or `,`, whichever the first line has more of outside quotes. Empty lines are passed over. */
export function* parseCsv(text: string): Generator<CsvRow> {
  const scan = new Scanner(text.replace(/^\uFEFF/, ''));
  while (!scan.isAtEnd) {
    const line = scan.line;
    const fields = [scan.field()];
    while (scan.takesSeparator()) fields.push(scan.field());
    scan.endOfLine();
    if (fields.length > 1 || fields[0] !== '') yield { line, fields };
  }
}

class Scanner {
  readonly #text: string;
  readonly #separator: string;
  #index = 0;
  line = 1;

  constructor(text: string) {
    this.#text = text;
    const unquoted = (/^[^\r\n]*/.exec(text)?.[0] ?? '').replace(/"[^"]*"/g, '');
    this.#separator = unquoted.split(';').length >= unquoted.split(',').length ? ';' : ',';
  }

  get isAtEnd(): boolean {
    return this.#index >= this.#text.length;
  }

  field(): string {
    return this.#text[this.#index] === '"' ? this.#quoted() : this.#plain();
  }

  takesSeparator(): boolean {
    if (this.#text[this.#index] !== this.#separator) return false;
    this.#index += 1;
    return true;
  }

  endOfLine(): void {
    if (this.isAtEnd) return;
    if (this.#text[this.#index] === '\r') this.#index += 1;
    if (this.#text[this.#index] === '\n') this.#index += 1;
    else if (this.#text[this.#index - 1] !== '\r') throw new RosterFault('csv-quotes', this.line);
    this.line += 1;
  }

  #plain(): string {
    const start = this.#index;
    while (!this.isAtEnd && !this.#endsField(this.#text[this.#index])) this.#index += 1;
    const field = this.#text.slice(start, this.#index);
    if (field.includes('"')) throw new RosterFault('csv-quotes', this.line);
    return field;
  }

  #endsField(character: string | undefined): boolean {
    return character === this.#separator || character === '\n' || character === '\r';
  }

  #quoted(): string {
    const began = this.line;
    let field = '';
    for (;;) {
      const close = this.#text.indexOf('"', this.#index + 1);
      if (close < 0) throw new RosterFault('csv-quotes', began);
      field += this.#text.slice(this.#index + 1, close);
      this.#index = close + 1;
      if (this.#text[this.#index] !== '"') break;
      field += '"';
    }
    this.line += field.split(/\r\n|\r|\n/).length - 1;
    return field;
  }
}

/** The whole file, since guardians may name pupils of any line. UTF-8 only, with or without a byte order mark. */
export async function readCsvText(path: string, limitBytes: number): Promise<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let text = '';
  let bytes = 0;
  for await (const chunk of createReadStream(path)) {
    bytes += chunk.length;
    if (bytes > limitBytes) throw new RosterFault('too-large', 1);
    text += decodeOrRefuse(() => decoder.decode(chunk, { stream: true }), text);
  }
  return text + decodeOrRefuse(() => decoder.decode(), text);
}

function decodeOrRefuse(decode: () => string, before: string): string {
  try {
    return decode();
  } catch {
    const line = before.split('\n').length;
    throw new RosterFault('encoding', line, 'a CSV file must be UTF-8; save it again as "CSV UTF-8"');
  }
}
