import type { Generated } from 'kysely';
import type { Json } from './columns.ts';

export interface RosterTables {
  roster_plans: {
    id: Generated<string>;
    made_by: Json<unknown>;
    made_at: Date;
    directory_version: number;
    state: 'reading' | 'planned' | 'applying' | 'applied' | 'undoing' | 'undone' | 'refused';
    summary: Json<Record<string, unknown>>;
    refused_sealed: Buffer | null;
    next_ordinal: Generated<number>;
    applied_at: Date | null;
    undone_at: Date | null;
    hands: Json<unknown>;
  };
  roster_changes: {
    plan: string;
    ordinal: number;
    sealed: Buffer;
    applied_at: Date | null;
    undo_sealed: Buffer | null;
  };
  roster_files: {
    plan: string;
    file: number;
    piece: number;
    sealed: Buffer;
    brought_at: Date;
  };
  roster_clock: { one: Generated<boolean>; version: Generated<number> };
}
