import type { RawBuilder } from 'kysely';

/**
 * What a release stands on besides the orders, where it was not asked in this request: the statement that writes the
 * release asks again, and writes only where the answer is the very same (design D5, D6).
 */
export interface Premise {
  readonly marks: Marks;
  /** As `marks` reads it. */
  readonly question: object;
  /** What the answer was known by. */
  readonly mark: string;
}

/** Rows of (n, mark), as PostgreSQL has it now, for rows of (n, question jsonb). One object for each kind of question. */
export type Marks = (questions: RawBuilder<unknown>) => RawBuilder<unknown>;
