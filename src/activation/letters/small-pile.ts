/** What a pile holds, and how many letters that still opened something it makes void. */
export interface Weight {
  letters: number;
  replaced: number;
}

const FEWEST_TO_BE_LOUD = 5;

/**
 * A whole class printed anew is noticed by everybody in it. Where fewer than five letters are drawn and one takes the
 * place of another, the pile would be the way round the wait for a letter printed alone: it waits the same day, and is
 * told of in the same way. A first letter replaces nothing, and nobody waits for it.
 */
export function waitsLikeReprint({ letters, replaced }: Weight): boolean {
  return letters < FEWEST_TO_BE_LOUD && replaced > 0;
}
