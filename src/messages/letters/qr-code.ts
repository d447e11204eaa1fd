import QRCode from 'qrcode';

type Drawing = PDFKit.PDFDocument;

/** As squares of the page itself: sharp at any size, and no image to carry. */
export function drawQrCode(doc: Drawing, text: string, at: { x: number; y: number; side: number }): void {
  const { modules } = QRCode.create(text, { errorCorrectionLevel: 'M' });
  const unit = at.side / modules.size;
  for (let row = 0; row < modules.size; row += 1) {
    for (const { from, length } of darkRuns(modules, row)) {
      doc.rect(at.x + from * unit, at.y + row * unit, length * unit, unit);
    }
  }
  doc.fill('#000000');
}

interface Modules {
  size: number;
  get(row: number, column: number): number;
}

function darkRuns(modules: Modules, row: number): { from: number; length: number }[] {
  const runs: { from: number; length: number }[] = [];
  let from = -1;
  for (let column = 0; column <= modules.size; column += 1) {
    const isDark = column < modules.size && modules.get(row, column) === 1;
    if (isDark && from < 0) from = column;
    if (isDark || from < 0) continue;
    runs.push({ from, length: column - from });
    from = -1;
  }
  return runs;
}
