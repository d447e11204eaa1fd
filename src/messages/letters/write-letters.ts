import type { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setImmediate } from 'node:timers/promises';
import PDFDocument from 'pdfkit';
import { drawCoverSheet } from './cover-sheet-page.ts';
import { MARGIN } from './drawing.ts';
import type { CoverSheet, Letter, LettersDocument } from './letter.ts';
import { drawLetter } from './letter-page.ts';
import { toPrintable } from './printable.ts';

export type Page = Letter | CoverSheet;

const LETTERS_A_TURN = 20;

/** A tagged A4 page per letter, a sheet over each pile, written away as it is drawn: nothing of it stays here. */
export async function writeLetters(
  out: Writable,
  document: LettersDocument,
  pages: Iterable<Page> | AsyncIterable<Page>,
  onLetter: (done: number) => void = () => {},
): Promise<void> {
  const doc = openDocument(document);
  const written = pipeline(doc, out);
  // Awaited below; a full disk must not be an unhandled rejection while pages are drawn.
  written.catch(() => {});
  try {
    await drawAll(doc, out, { pages, onLetter });
  } catch (error) {
    out.destroy();
    throw error;
  }
  await written;
}

async function drawAll(
  doc: PDFKit.PDFDocument,
  out: Writable,
  { pages, onLetter }: { pages: Iterable<Page> | AsyncIterable<Page>; onLetter: (done: number) => void },
): Promise<void> {
  const root = doc.struct('Document');
  doc.addStructure(root);
  let done = 0;
  for await (const page of pages) {
    if (out.destroyed) break;
    if (page.kind === 'cover-sheet') {
      drawCoverSheet(doc, root, page);
      continue;
    }
    drawLetter(doc, root, page);
    done += 1;
    onLetter(done);
    if (done % LETTERS_A_TURN === 0) await setImmediate();
  }
  root.end();
  doc.end();
}

function openDocument({ title, lang }: LettersDocument): PDFKit.PDFDocument {
  return new PDFDocument({
    size: 'A4',
    margin: MARGIN,
    autoFirstPage: false,
    pdfVersion: '1.7',
    tagged: true,
    lang,
    displayTitle: true,
    info: { Title: toPrintable(title), Creator: 'Préau', Producer: 'Préau' },
  });
}
