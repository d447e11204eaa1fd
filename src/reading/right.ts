/** What reading needs of the right under which somebody reads: whose, as what, and where it holds. */
export interface ReadingRight {
  readonly id: string;
  readonly person: number;
  readonly role: string;
  readonly scope: { readonly kind: string; readonly academie?: string; readonly uai?: string };
}
