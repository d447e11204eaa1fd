import type { Generated } from 'kysely';
import type { AwaitedCeremony, CeremonyStep, Json, LetterState } from './columns.ts';

export interface ActivationTables {
  letter_batches: {
    id: Generated<string>;
    /** null: an officer's letter, of no school. */
    uai: string | null;
    class_id: number | null;
    whose: 'pupils' | 'guardians' | 'staff';
    printed_by: Json<unknown>;
    printed_at: Date;
  };
  letters: {
    id: Generated<string>;
    person: number;
    batch: string;
    number: number;
    code_digest: Buffer;
    state: LetterState;
    epoch: number;
    generation: number;
    printed_at: Date;
    /** `-infinity`: at once. */
    valid_from: Generated<Date>;
    handed_over_at: Date | null;
    handed_over_by: Json<unknown> | null;
    expires_at: Date;
    ended_at: Date | null;
  };
  activation_windows: {
    id: Generated<string>;
    class_id: number;
    word_digest: Buffer;
    opened_by: Json<unknown>;
    opener_epoch: number | null;
    generation: number;
    opened_at: Date;
    closes_at: Date;
    closed_at: Date | null;
    wrong_words: Generated<number>;
    closed_because: string | null;
  };
  activation_window_pupils: { window_id: string; person: number; wrong_words: Generated<number> };
  activation_ceremonies: {
    id: Generated<string>;
    token_digest: Buffer;
    person: number;
    letter: string;
    second_proof: Json<Record<string, unknown>>;
    step: Generated<CeremonyStep>;
    epoch: number;
    generation: number;
    began_at: Date;
    expires_at: Date;
    ended_at: Date | null;
    outcome: 'finished' | 'overtaken' | null;
  };
  activation_requests: {
    id: Generated<string>;
    token_digest: Buffer;
    ceremony: AwaitedCeremony;
    person: number | null;
    letter: string | null;
    epoch: number | null;
    generation: number;
    proof_digest: Buffer | null;
    proof_expires_at: Date | null;
    wrong_proofs: Generated<number>;
    contact: number | null;
    drawn: Generated<number>;
    made_at: Date;
    expires_at: Date;
    ended_at: Date | null;
    outcome: 'proved' | 'wrong-proofs' | 'overtaken' | 'refused' | null;
  };
  desk_acts: { person: number; times: Generated<Date[]> };
}
