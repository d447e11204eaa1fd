/** « Élodie », « ELODIE » and « elodie » are one name. */
export function foldName(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/\p{Mark}/gu, '')
    .toLowerCase()
    .replaceAll('œ', 'oe')
    .replaceAll('æ', 'ae');
}

function wordsOf(text: string): string[] {
  return foldName(text).match(/[\p{L}\p{N}]+/gu) ?? [];
}

/** The words typed, each once, or undefined where they have fewer than two letters together. */
export function parseTypedName(typed: string): string[] | undefined {
  const words = [...new Set(wordsOf(typed))];
  return [...words.join('')].length >= 2 ? words : undefined;
}

/** Each word typed begins a word of the name, in any order. Lower is nearer; undefined: another name. */
export function distanceOf(typed: readonly string[], name: string): number | undefined {
  const words = wordsOf(name);
  if (!typed.every((start) => words.some((word) => word.startsWith(start)))) return undefined;
  return words.filter((word) => !typed.includes(word)).length;
}
