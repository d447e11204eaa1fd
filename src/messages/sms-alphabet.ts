/** Letters of GSM 03.38 beyond ASCII; with any other an SMS takes more than twice the room. */
const LETTERS = 'éèàùìòÉÇÑñÄäÖöÜüÅåÆæØøß£§¿¡\n';

/** « Collège des Œillets, ça… » → "Collège des OEillets, ca..." */
export function inSmsAlphabet(text: string): string {
  const plain = text
    .replace(/[\u00a0\u202f]/g, ' ')
    .replace(/[’‘]/g, "'")
    .replace(/«\s?|\s?»|[“”]/g, '"')
    .replaceAll('…', '...')
    .replace(/[–—]/g, '-')
    .replaceAll('œ', 'oe')
    .replaceAll('Œ', 'OE');
  return [...plain].map(fold).join('');
}

function fold(letter: string): string {
  if (letter <= '~' || LETTERS.includes(letter)) return letter;
  return letter.normalize('NFD').replace(/\p{M}/gu, '');
}
