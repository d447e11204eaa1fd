/** One page of paper, every word of it: what draws it knows no language and no rule. */
export interface Letter {
  kind: 'letter';
  title: string;
  /** Whose letter it is, and where they are found: class and school. */
  name: string;
  place: readonly string[];
  /** n/N, and of which pile. */
  number: string;
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

/** What lies on top of a pile: who is in it, each with a box to tick. As many pages as the names need. */
export interface CoverSheet {
  kind: 'cover-sheet';
  title: string;
  place: readonly string[];
  facts: readonly string[];
  /** What the QR code says: the page of the pile, which opens and does nothing. The line has its id written out. */
  link: string;
  batchLine: string;
  qrText: string;
  how: string;
  /** Heads each further page. */
  next: string;
  rows: readonly string[];
}

export interface LettersDocument {
  title: string;
  /** BCP 47: what a screen reader speaks. */
  lang: string;
}
