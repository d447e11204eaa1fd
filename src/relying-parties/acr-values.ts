/** From the weakest to the strongest; a stronger one does for a weaker. */
export const ACRS = [
  'urn:preau:acr:place',
  'urn:preau:acr:one',
  'urn:preau:acr:two',
  'urn:preau:acr:resistant',
] as const;
export type Acr = (typeof ACRS)[number];
