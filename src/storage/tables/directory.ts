import type { Generated, GeneratedAlways } from 'kysely';
import type { Profile } from './columns.ts';

export interface DirectoryTables {
  instance: { one: Generated<boolean>; demo: boolean; production: Generated<boolean> };
  data_keys: { id: number; wrapped: Buffer; created_at: Generated<Date> };
  persons: {
    number: GeneratedAlways<number>;
    id: Generated<string>;
    subject_id: string;
    merged_into: number | null;
    created_at: Generated<Date>;
  };
  person_keys: {
    person: number;
    data_key: number;
    wrapped: Buffer | null;
    wrapped_to: Generated<string>;
    erased_at: Date | null;
  };
  person_fields: {
    person: number;
    field: string;
    sealed: Buffer;
    digest: Buffer | null;
    from_at: Date;
    until_at: Date | null;
  };
  establishments: {
    uai: string;
    name: string;
    academie: string;
    kind: Generated<string>;
    decoy: Generated<boolean>;
    created_at: Generated<Date>;
    mail: string | null;
    former_academies: Generated<unknown>;
  };
  classes: { id: GeneratedAlways<number>; uai: string; school_year: number; code: string };
  roster_identities: {
    person: number;
    academie: string;
    source: string;
    key_digest: Buffer;
    key_sealed: Buffer;
    created_at: Generated<Date>;
  };
  memberships: {
    id: GeneratedAlways<number>;
    person: number;
    uai: string;
    school_year: number;
    class_id: number | null;
    profile: Profile;
    function: string | null;
    from_at: Date;
    until_at: Date | null;
    plans: Generated<string[]>;
  };
  guardianships: {
    id: GeneratedAlways<number>;
    guardian: number;
    child: number;
    rank: number;
    relation: string | null;
    from_at: Date;
    until_at: Date | null;
    plans: Generated<string[]>;
  };
  contacts: {
    id: GeneratedAlways<number>;
    person: number;
    uai: string | null;
    kind: 'mail' | 'phone';
    sealed: Buffer;
    digest: Buffer;
    confirmed_at: Date | null;
    from_at: Date;
    until_at: Date | null;
    plans: Generated<string[]>;
  };
}
