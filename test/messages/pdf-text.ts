import { inflateSync } from 'node:zlib';

/** The text of each page, in drawing order: enough of PDF to read what pdfkit writes with the standard fonts. */
export function textOfPages(pdf: Buffer): string[] {
  return contentsOf(pdf)
    .filter((content) => /\bTJ\b/.test(content))
    .map((content) => linesOf(content).join('\n'));
}

/** Every stream of the file, inflated. */
function contentsOf(pdf: Buffer): string[] {
  const contents: string[] = [];
  let from = 0;
  for (;;) {
    const start = pdf.indexOf('stream\n', from);
    if (start < 0) return contents;
    const end = pdf.indexOf('\nendstream', start);
    const bytes = pdf.subarray(start + 7, end);
    contents.push(inflated(bytes).toString('latin1'));
    from = end + 10;
  }
}

function inflated(bytes: Buffer): Buffer {
  try {
    return inflateSync(bytes);
  } catch {
    return bytes;
  }
}

function linesOf(content: string): string[] {
  return [...content.matchAll(/\[([^\]]*)\] TJ/g)].map(([, array = '']) =>
    [...array.matchAll(/<([0-9a-f]*)>/g)]
      .map(([, hex = '']) => decodeWinAnsi(Buffer.from(hex, 'hex')))
      .join(''),
  );
}

function decodeWinAnsi(bytes: Buffer): string {
  return new TextDecoder('windows-1252').decode(bytes);
}
