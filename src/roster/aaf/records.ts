import { createReadStream } from 'node:fs';
import { SaxesParser } from 'saxes';
import { RosterFault } from '../problem.ts';
import type { RosterRules } from '../rules.ts';
import { decodeXml } from './decode.ts';
import { RecordBuilder } from './record-builder.ts';

export interface AafRecord {
  line: number;
  /** EtabEducNat, Eleve ... as `categoriePersonne` or `categorieStructure` says. */
  category: string;
  /** Attribute → its values, empty ones left out: a name with no values was stated to be empty. */
  values: Map<string, string[]>;
  /** What the comments before the first record say: codeAcademieExport, dateGenerationExport ... */
  head: ReadonlyMap<string, string>;
}

const CHUNK_BYTES = 1 << 16;

/** The records of one AAF file, streaming. Throws RosterFault where the file as a whole cannot be trusted. */
export async function* readRecords(path: string, rules: RosterRules): AsyncGenerator<AafRecord> {
  const builder = new RecordBuilder(rules);
  const parser = parserInto(builder);
  let read = 0;
  try {
    for await (const text of decodeXml(createReadStream(path, { highWaterMark: CHUNK_BYTES }))) {
      read += text.length;
      parser.write(text);
      // One tag, comment or text is held whole by the parser; the second test bounds it.
      const isTooLarge =
        read > rules.limits.fileBytes || builder.noteRead(text.length) > rules.limits.pieceBytes;
      if (isTooLarge) throw new RosterFault('too-large', parser.line);
      yield* builder.take();
    }
    close(parser);
  } catch (error) {
    throw error instanceof RosterFault && error.line === 0 ? error.at(parser.line) : error;
  }
  yield* builder.take();
}

type Parser = SaxesParser<{ xmlns: false }>;

function parserInto(builder: RecordBuilder): Parser {
  const parser: Parser = new SaxesParser({ xmlns: false });
  parser.on('doctype', (doctype) => builder.doctype(doctype, parser.line));
  parser.on('comment', (comment) => builder.comment(comment));
  parser.on('opentag', (tag) => builder.open(tag.name, tag.attributes, parser.line));
  parser.on('text', (text) => builder.text(text, parser.line));
  parser.on('cdata', (text) => builder.text(text, parser.line));
  parser.on('closetag', (tag) => builder.close(tag.name));
  // The parser's own message may quote the file; where it is wrong is enough.
  parser.on('error', () => {
    throw new RosterFault('not-xml', parser.line);
  });
  return parser;
}

function close(parser: Parser): void {
  try {
    parser.close();
  } catch (error) {
    // What is only wrong once the end has come is a file that stops too early.
    throw error instanceof RosterFault ? new RosterFault('truncated', parser.line) : error;
  }
}
