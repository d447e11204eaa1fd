import type { Guardianship } from '../../directory/guardianships.ts';
import type { RosterKey } from '../../directory/persons.ts';
import type { PersonChange } from '../changes.ts';
import type { PupilEntry, RelationName } from '../entry.ts';

/** A child for whom a guardian answers by law, as a pupil's record says. */
export interface LegalChild {
  child: RosterKey;
  /** The child's number, where the directory knows the child already. */
  person: number | undefined;
  rank: 1 | 2;
  relation: RelationName;
  uais: string[];
}

/** Guardian → children, gathered from the pupils, who come first. Mere contacts get no account and are not kept. */
export class LegalChildren {
  readonly #children = new Map<string, LegalChild[]>();

  add(pupil: PupilEntry, person: number | undefined): void {
    const { academie, source, key } = pupil;
    for (const { guardian, relation, rank } of pupil.relations) {
      // A pupil of age who is his own guardian has one account, the pupil's.
      if (rank === 0 || relation === 'self' || guardian === key) continue;
      const id = idOf({ academie, source, key: guardian });
      const uais = pupil.enrolments.map(({ uai }) => uai);
      const children = this.#children.get(id) ?? [];
      if (children.some(({ child }) => child.key === key)) continue;
      children.push({ child: { academie, source, key }, person, rank, relation, uais });
      this.#children.set(id, children);
    }
  }

  of(guardian: RosterKey): LegalChild[] {
    return this.#children.get(idOf(guardian)) ?? [];
  }
}

export function idOf({ academie, source, key }: RosterKey): string {
  return `${academie} ${source} ${key}`;
}

/** A rank that changed is another guardianship: the former keeps its row. */
export function differentGuardianships(
  wanted: readonly LegalChild[],
  known: readonly Guardianship[],
  isToClose: (guardianship: Guardianship) => boolean,
): PersonChange['guardianships'] {
  const isSame = (legal: LegalChild, row: Guardianship) =>
    legal.person === row.child && legal.rank === row.rank && legal.relation === row.relation;
  const replaced = known.filter(
    (row) => wanted.some(({ person }) => person === row.child) && !wanted.some((legal) => isSame(legal, row)),
  );
  const gone = known.filter((row) => !wanted.some(({ person }) => person === row.child) && isToClose(row));
  return {
    open: wanted
      .filter((legal) => !known.some((row) => isSame(legal, row)))
      .map(({ child, rank, relation }) => ({ child, rank, relation })),
    close: [...replaced, ...gone].map(({ id }) => id),
  };
}
