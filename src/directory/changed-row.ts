/** A dated row that was opened or ended, and whose it is (a guardianship is the guardian's). */
export interface ChangedRow {
  id: number;
  person: number;
}
