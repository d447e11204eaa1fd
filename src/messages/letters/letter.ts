/** One page of paper, every word of it: what draws it knows no language and no rule. */
export interface Letter {
  title: string;
  /** Whose letter it is, and where they are found: class and school. */
  name: string;
  place: readonly string[];
  intro: string;
  codeLabel: string;
  /** Four groups of four. */
  code: string;
  /** What the QR code says, and the words beside it. */
  link: string;
  linkLabel: string;
  qrText: string;
  stepsTitle: string;
  steps: readonly string[];
  validity: string;
  strangerTitle: string;
  stranger: string;
  never: string;
}

export interface LettersDocument {
  title: string;
  /** BCP 47: what a screen reader speaks. */
  lang: string;
}
