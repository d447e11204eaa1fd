/** The characters of the standard fonts (PDF 32000-1 annex D.2, WinAnsiEncoding). */
const WIN_ANSI = /^[\x20-\x7e\xa0-\xff€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]$/u;

/** Letters that carry their mark inside: no decomposition takes it off. */
const FOLDED: Readonly<Record<string, string>> = {
  ł: 'l',
  Ł: 'L',
  đ: 'd',
  Đ: 'D',
  ħ: 'h',
  Ħ: 'H',
  ı: 'i',
  ŧ: 't',
  Ŧ: 'T',
  ə: 'e',
  Ə: 'E',
  '\u02bc': '’',
  '\u2010': '-',
  '\u2011': '-',
  '\u202f': '\u00a0',
};

/** Nguyễn is printed "Nguyên", Łukasz "Lukasz"; what has no Latin form at all becomes a question mark. */
export function toPrintable(text: string): string {
  return Array.from(text.normalize('NFC'), printCharacter).join('');
}

function printCharacter(character: string): string {
  if (WIN_ANSI.test(character)) return character;
  const folded = FOLDED[character];
  if (folded !== undefined) return folded;
  return withFewerMarks(character) ?? '?';
}

/** As many of its marks as the fonts know: ễ is ê, not e. A mark that no single letter carries is left out. */
function withFewerMarks(character: string): string | undefined {
  if (/^\p{M}$/u.test(character)) return '';
  const [base = '', ...marks] = character.normalize('NFD');
  const kept = marks.map((mark) => `${base}${mark}`.normalize('NFC')).find((one) => WIN_ANSI.test(one));
  return kept ?? (WIN_ANSI.test(base) ? base : FOLDED[base]);
}
