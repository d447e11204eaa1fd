import {
  ACCENT,
  type Drawing,
  decorate,
  heading,
  MARGIN,
  PAPER,
  type Part,
  QUIET,
  say,
  style,
  widthOf,
} from './drawing.ts';
import type { Letter } from './letter.ts';
import { toPrintable } from './printable.ts';
import { drawQrCode } from './qr-code.ts';

const QR_SIDE = 104;
const QUIET_ZONE = 12;
const BOX_HEIGHT = 148;

/** Everything in the order in which it is read aloud; what only decorates is an artifact (PDF/UA). */
export function drawLetter(doc: Drawing, parent: Part, letter: Letter): void {
  doc.addPage();
  const page = doc.struct('Sect');
  parent.add(page);
  drawAddress(doc, page, letter);
  drawCode(doc, page, letter);
  drawSteps(doc, page, letter);
  drawWarning(doc, page, letter);
  page.end();
}

function drawAddress(doc: Drawing, page: Part, letter: Letter): void {
  heading(doc, page, letter.title);
  doc.moveDown(0.8);
  say(doc, page, { tag: 'P', text: letter.name, font: 'Helvetica-Bold', size: 15 });
  for (const line of letter.place) say(doc, page, { tag: 'P', text: line, size: 11.5, color: QUIET });
  say(doc, page, { tag: 'P', text: letter.number, size: 9.5, color: QUIET });
  doc.moveDown(1);
  say(doc, page, { tag: 'P', text: letter.intro });
  doc.moveDown(1);
}

function drawCode(doc: Drawing, page: Part, letter: Letter): void {
  const top = doc.y;
  const inner = MARGIN + 18;
  const qr = { x: doc.page.width - MARGIN - 22 - QR_SIDE, y: top + 22, side: QR_SIDE };
  const width = qr.x - inner - 18;
  decorate(doc, () => {
    doc.roundedRect(MARGIN, top, widthOf(doc), BOX_HEIGHT, 8).fillAndStroke(PAPER, ACCENT);
    doc
      .rect(qr.x - QUIET_ZONE, qr.y - QUIET_ZONE, QR_SIDE + 2 * QUIET_ZONE, QR_SIDE + 2 * QUIET_ZONE)
      .fill('#ffffff');
  });
  doc.y = top + 22;
  say(doc, page, { tag: 'P', text: letter.codeLabel, size: 11.5, color: QUIET, x: inner, width });
  doc.y = top + 46;
  say(doc, page, { tag: 'P', text: letter.code, font: 'Courier-Bold', size: 23, x: inner, width });
  doc.y = top + 88;
  say(doc, page, { tag: 'P', text: letter.linkLabel, size: 10.5, color: QUIET, x: inner, width });
  page.add(doc.struct('Figure', { alt: toPrintable(letter.qrText) }, () => drawQrCode(doc, letter.link, qr)));
  doc.y = top + BOX_HEIGHT + 26;
}

function drawSteps(doc: Drawing, page: Part, letter: Letter): void {
  say(doc, page, { tag: 'H2', text: letter.stepsTitle, font: 'Helvetica-Bold', size: 14, color: ACCENT });
  doc.moveDown(0.6);
  const list = doc.struct('L');
  page.add(list);
  letter.steps.forEach((step, index) => {
    list.add(doc.struct('LI', {}, [doc.struct('LBody', {}, () => writeStep(doc, `${index + 1}. ${step}`))]));
  });
  list.end();
  say(doc, page, { tag: 'P', text: letter.validity });
}

function writeStep(doc: Drawing, text: string): void {
  style(doc, {}).text(toPrintable(text), MARGIN, doc.y, { width: widthOf(doc), lineGap: 2.5 });
  doc.moveDown(0.45);
}

function drawWarning(doc: Drawing, page: Part, letter: Letter): void {
  doc.moveDown(1.2);
  decorate(doc, () => {
    doc
      .moveTo(MARGIN, doc.y)
      .lineTo(doc.page.width - MARGIN, doc.y)
      .lineWidth(0.7)
      .stroke(QUIET);
  });
  doc.moveDown(0.9);
  say(doc, page, { tag: 'H2', text: letter.strangerTitle, font: 'Helvetica-Bold', size: 12.5 });
  doc.moveDown(0.3);
  say(doc, page, { tag: 'P', text: letter.stranger });
  doc.moveDown(0.8);
  say(doc, page, { tag: 'P', text: letter.never, size: 10, color: QUIET });
}
