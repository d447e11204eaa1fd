import type { Relation, RelationName } from '../entry.ts';
import { parseKey } from '../values.ts';

/** BCN N_LIEN_ELEVE_RESPONSABLE, codes before 2018 and since. */
const RELATIONS: Readonly<Record<string, RelationName>> = {
  1: 'father',
  2: 'mother',
  3: 'guardian',
  4: 'family',
  5: 'welfare',
  6: 'other',
  7: 'self',
  10: 'mother',
  20: 'father',
  37: 'sibling',
  38: 'ascendant',
  39: 'family',
  41: 'educator',
  42: 'foster',
  43: 'childminder',
  50: 'guardian',
  51: 'welfare',
  70: 'self',
  90: 'other',
};

/** ENTElevePersRelEleve: `idPersonne$lien$respFinancier$respLegal$contact$paiement`; who pays is never kept. */
export function parseRelation(text: string): Relation | undefined {
  const [id = '', lien = '', , legal = ''] = text.split('$', 4);
  const guardian = parseKey(id);
  if (!guardian || !/^\d{1,2}$/.test(lien) || !/^[012]?$/.test(legal)) return undefined;
  const relation = RELATIONS[Number(lien)] ?? 'other';
  return { guardian, relation, rank: legal === '1' ? 1 : legal === '2' ? 2 : 0 };
}
