import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

const CATEGORIES = ['EtabEducNat', 'PersRelEleve', 'Eleve', 'PersEducNat'] as const;
export type Category = (typeof CATEGORIES)[number];

const rulesSchema = z.object({
  fields: z.record(z.enum(CATEGORIES), z.array(z.string())),
  limits: z.object({
    fileBytes: z.number().int().positive(),
    pieceBytes: z.number().int().positive(),
    recordBytes: z.number().int().positive(),
    csvBytes: z.number().int().positive(),
    problems: z.number().int().positive(),
  }),
});
/** Which attributes are read at all (nothing else is ever kept in memory), and how large anything may be. */
export type RosterRules = z.infer<typeof rulesSchema>;

/** `config/roster.json` */
export function loadRosterRules(): RosterRules {
  const file = join(import.meta.dirname, '..', '..', 'config', 'roster.json');
  return rulesSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
}
