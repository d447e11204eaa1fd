import {
  type Drawing,
  decorate,
  heading,
  INK,
  MARGIN,
  type Part,
  QUIET,
  say,
  style,
  widthOf,
} from './drawing.ts';
import type { CoverSheet } from './letter.ts';
import { toPrintable } from './printable.ts';
import { drawQrCode } from './qr-code.ts';

const QR_SIDE = 92;
const COLUMNS = 2;
const GAP = 20;
const ROW_HEIGHT = 19;
const BOX = 9.5;
const NAME_SIZE = 10.5;
const SMALLEST_NAME = 6;

/** Like the letters: what is read aloud in its order, boxes and lines as artifacts. */
export function drawCoverSheet(doc: Drawing, parent: Part, sheet: CoverSheet): void {
  doc.addPage();
  const page = doc.struct('Sect');
  parent.add(page);
  heading(doc, page, sheet.title);
  drawFacts(doc, page, sheet);
  const list = doc.struct('L');
  page.add(list);
  let drawn = drawRows(doc, list, sheet.rows);
  while (drawn < sheet.rows.length) {
    doc.addPage();
    decorate(doc, () => {
      style(doc, { size: 10.5, color: QUIET }).text(toPrintable(sheet.next), MARGIN, MARGIN);
    });
    doc.moveDown(1);
    drawn += drawRows(doc, list, sheet.rows.slice(drawn));
  }
  list.end();
  page.end();
}

function drawFacts(doc: Drawing, page: Part, sheet: CoverSheet): void {
  const qr = { x: doc.page.width - MARGIN - QR_SIDE, y: MARGIN + 22, side: QR_SIDE };
  const width = qr.x - MARGIN - GAP;
  doc.moveDown(0.6);
  for (const text of sheet.place) {
    say(doc, page, { tag: 'P', text, font: 'Helvetica-Bold', size: 13, width });
  }
  for (const text of sheet.facts) say(doc, page, { tag: 'P', text, width });
  doc.y = Math.max(doc.y, qr.y + QR_SIDE) + 8;
  say(doc, page, { tag: 'P', text: sheet.batchLine, font: 'Courier-Bold', size: 10.5 });
  page.add(doc.struct('Figure', { alt: toPrintable(sheet.qrText) }, () => drawQrCode(doc, sheet.link, qr)));
  doc.moveDown(0.6);
  say(doc, page, { tag: 'P', text: sheet.how, size: 10.5, color: QUIET });
  doc.moveDown(1);
}

/** Down the first column, then the second, to the foot of the page. Answers how many found room. */
function drawRows(doc: Drawing, list: Part, rows: readonly string[]): number {
  const top = doc.y;
  const inColumn = Math.floor((doc.page.height - MARGIN - top) / ROW_HEIGHT);
  const width = (widthOf(doc) - GAP * (COLUMNS - 1)) / COLUMNS;
  const here = rows.slice(0, inColumn * COLUMNS);
  here.forEach((text, index) => {
    const x = MARGIN + Math.floor(index / inColumn) * (width + GAP);
    drawRow(doc, list, { text, x, y: top + (index % inColumn) * ROW_HEIGHT, width });
  });
  return here.length;
}

function drawRow(doc: Drawing, list: Part, row: { text: string; x: number; y: number; width: number }): void {
  const { x, y } = row;
  decorate(doc, () => {
    doc.rect(x, y, BOX, BOX).lineWidth(0.8).stroke(INK);
  });
  const write = () => writeName(doc, { ...row, x: x + BOX + 8, width: row.width - BOX - 8 });
  list.add(doc.struct('LI', {}, [doc.struct('LBody', {}, write)]));
}

/** On one line: a long name in smaller letters. */
function writeName(doc: Drawing, row: { text: string; x: number; y: number; width: number }): void {
  const text = toPrintable(row.text);
  const full = style(doc, { size: NAME_SIZE }).widthOfString(text);
  const size = Math.max(SMALLEST_NAME, Math.min(NAME_SIZE, (NAME_SIZE * row.width) / (full + 1)));
  style(doc, { size }).text(text, row.x, row.y + (NAME_SIZE - size) / 2, {
    width: row.width,
    height: size,
    ellipsis: true,
  });
}
