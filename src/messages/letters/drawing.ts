import { toPrintable } from './printable.ts';

export type Drawing = PDFKit.PDFDocument;
export type Part = PDFKit.PDFStructureElement;

export const MARGIN = 56;
export const INK = '#1d2b2a';
export const QUIET = '#4c5a58';
export const ACCENT = '#0b5f59';
export const PAPER = '#eef5f3';

/** The bar at the top of a page, and its title. */
export function heading(doc: Drawing, page: Part, title: string): void {
  decorate(doc, () => {
    doc.rect(MARGIN, MARGIN, widthOf(doc), 4).fill(ACCENT);
  });
  doc.y = MARGIN + 22;
  say(doc, page, { tag: 'H1', text: title, font: 'Helvetica-Bold', size: 22, color: ACCENT });
}

export interface Said {
  tag: 'H1' | 'H2' | 'P';
  text: string;
  font?: string;
  size?: number;
  color?: string;
  x?: number;
  width?: number;
}

export function say(doc: Drawing, page: Part, said: Said): void {
  const { tag, text, x = MARGIN, width = widthOf(doc) } = said;
  page.add(
    doc.struct(tag, {}, () => {
      style(doc, said).text(toPrintable(text), x, doc.y, { width, lineGap: 2.5 });
    }),
  );
}

export function style(
  doc: Drawing,
  { font = 'Helvetica', size = 11.5, color = INK }: Partial<Said>,
): Drawing {
  return doc.font(font).fontSize(size).fillColor(color);
}

export function decorate(doc: Drawing, draw: () => void): void {
  doc.markContent('Artifact', { type: 'Layout' });
  draw();
  doc.endMarkedContent();
}

export function widthOf(doc: Drawing): number {
  return doc.page.width - 2 * MARGIN;
}
