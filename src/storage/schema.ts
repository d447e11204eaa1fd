import type { ColumnType, Generated, GeneratedAlways } from 'kysely';

/** Rows as the migrations define them; one interface per table, in the order of the migrations. */

type Json<T> = ColumnType<T, string, string>;
type Default<T> = Generated<T>;

export type Profile = 'pupil' | 'guardian' | 'teacher' | 'staff';
export type AccountState = 'dormant' | 'active' | 'closed';
export type LetterState = 'printed' | 'handed-over' | 'used' | 'void';
export type CeremonyStep = 'proved' | 'claimed' | 'factor-enrolled';
export type ContractState = 'sandbox' | 'requested' | 'approved' | 'suspended' | 'ended';

export interface Schema {
  instance: { one: Default<boolean>; demo: boolean };
  data_keys: { id: number; wrapped: Buffer; created_at: Default<Date> };
  persons: {
    number: GeneratedAlways<number>;
    id: Default<string>;
    subject_id: string;
    merged_into: number | null;
    created_at: Default<Date>;
  };
  person_keys: {
    person: number;
    data_key: number;
    wrapped: Buffer | null;
    wrapped_to: Default<string>;
    erased_at: Date | null;
  };
  person_fields: { person: number; field: string; sealed: Buffer; from_at: Date; until_at: Date | null };
  establishments: {
    uai: string;
    name: string;
    academie: string;
    kind: Default<string>;
    decoy: Default<boolean>;
    created_at: Default<Date>;
  };
  classes: { id: GeneratedAlways<number>; uai: string; school_year: number; code: string };
  roster_identities: {
    person: number;
    academie: string;
    source: string;
    key_digest: Buffer;
    key_sealed: Buffer;
    created_at: Default<Date>;
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
  };
  guardianships: {
    id: GeneratedAlways<number>;
    guardian: number;
    child: number;
    rank: number;
    relation: string | null;
    from_at: Date;
    until_at: Date | null;
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
  };
  order_clock: {
    one: Default<boolean>;
    version: Default<number>;
    generation: Default<number>;
    clients_version: Default<number>;
  };
  orders: {
    id: Default<string>;
    measure: string;
    kind: 'standing' | 'cut-off';
    drill: Default<boolean>;
    scope: Json<unknown>;
    parameters: ColumnType<unknown, string | undefined, string>;
    reason: string;
    ordered_by: Json<unknown>;
    approved_by: ColumnType<unknown, string | null | undefined, string | null>;
    generation: number | null;
    starts_at: Default<Date>;
    ends_at: Date | null;
    ended_at: Date | null;
    ended_by: ColumnType<unknown, string | null | undefined, string | null>;
    end_reason: string | null;
    created_at: Default<Date>;
  };
  accounts: {
    person: number;
    epoch: Default<number>;
    username_sealed: Buffer | null;
    username_digest: Buffer | null;
    claimed_at: Date | null;
    claimed_by: string | null;
    claimed: GeneratedAlways<boolean>;
  };
  account_states: {
    id: GeneratedAlways<number>;
    person: number;
    state: AccountState;
    from_at: Date;
    until_at: Date | null;
  };
  locks: {
    id: Default<string>;
    person: number;
    reason: string;
    locked_by: Json<unknown>;
    from_at: Date;
    until_at: Date | null;
    lifted_at: Date | null;
    lifted_by: ColumnType<unknown, string | null | undefined, string | null>;
  };
  passwords: {
    person: number;
    claimed: Default<boolean>;
    hash: string;
    epoch: number;
    generation: number;
    set_at: Date;
  };
  totp_factors: {
    id: Default<string>;
    person: number;
    claimed: Default<boolean>;
    secret_sealed: Buffer;
    last_step: number;
    epoch: number;
    generation: number;
    enrolled_at: Date;
  };
  recovery_codes: {
    digest: Buffer;
    person: number;
    claimed: Default<boolean>;
    epoch: number;
    generation: number;
    made_at: Date;
    used_at: Date | null;
  };
  attempt_counters: {
    key: Buffer;
    failures: Default<number>;
    pauses: Default<number>;
    paused_until: Date | null;
    day_started_at: Date;
    day_failures: Default<number>;
    updated_at: Date;
  };
  sessions: {
    uid_digest: Buffer;
    person: number;
    kind: string;
    epoch: number;
    generation: number;
    started_at: Date;
    absolute_end: Date;
    idle_seconds: number;
    user_agent: string | null;
    address: string | null;
    ended_at: Date | null;
    end_reason: string | null;
  };
  ended_cookies: { cookie_digest: Buffer; ended_at: Date; until_at: Date };
  session_relying_parties: {
    session_uid_digest: Buffer;
    client_id: string;
    sid: string;
    person: number;
    first_at: Date;
  };
  revoked_grants: { grant_digest: Buffer; person: number | null; revoked_at: Date; until_at: Date };
  refresh_families: {
    id: Buffer;
    grant_digest: Buffer;
    person: number;
    client_id: string;
    rotation: Default<number>;
    revoked_at: Date | null;
    until_at: Date;
  };
  redis_epoch: {
    one: Default<boolean>;
    run_id: string | null;
    replication_id: string | null;
    nonce: string | null;
    epoch_at: Date;
  };
  disclosure_contexts: {
    id: GeneratedAlways<number>;
    digest: Buffer;
    session_digest: Buffer | null;
    grant_digest: Buffer | null;
    recipient: 'relying-party' | 'staff' | 'holder' | 'operator';
    client_id: string | null;
    publisher: string | null;
    contract_version: number | null;
    right_id: string | null;
    reader: number | null;
    address: string | null;
    details: ColumnType<unknown, string | undefined, never>;
    created_at: Default<Date>;
  };
  disclosures: {
    batch: number;
    ordinal: number;
    at: Date;
    person: number;
    context: number;
    kind: number;
    fields: number;
  };
  audit_events: {
    id: GeneratedAlways<number>;
    at: Date;
    name: string;
    actor: Json<unknown>;
    subject: number | null;
    details: ColumnType<unknown, string | undefined, never>;
    reason: string | null;
  };
  publishers: { id: string; name: string; created_at: Default<Date> };
  clients: {
    client_id: string;
    publisher: string;
    metadata: Json<Record<string, unknown>>;
    created_at: Default<Date>;
    suspended_at: Date | null;
    deleted_at: Date | null;
  };
  client_secrets: {
    id: GeneratedAlways<number>;
    client_id: string;
    digest: Buffer;
    created_at: Default<Date>;
    expires_at: Date | null;
  };
  contracts: {
    client_id: string;
    version: number;
    state: ContractState;
    terms: Json<Record<string, unknown>>;
    created_at: Default<Date>;
  };
  signing_keys: {
    kid: string;
    alg: string;
    state: 'next' | 'current' | 'old';
    public_jwk: Json<Record<string, unknown>>;
    private_sealed: Buffer;
    created_at: Default<Date>;
    current_at: Date | null;
    old_at: Date | null;
  };
  letter_batches: {
    id: Default<string>;
    uai: string;
    class_id: number | null;
    printed_by: Json<unknown>;
    printed_at: Date;
  };
  letters: {
    id: Default<string>;
    person: number;
    batch: string;
    code_digest: Buffer;
    state: LetterState;
    epoch: number;
    generation: number;
    printed_at: Date;
    handed_over_at: Date | null;
    expires_at: Date;
    ended_at: Date | null;
  };
  activation_windows: {
    id: Default<string>;
    class_id: number;
    word_digest: Buffer;
    opened_by: Json<unknown>;
    generation: number;
    opened_at: Date;
    closes_at: Date;
    closed_at: Date | null;
  };
  activation_window_pupils: { window_id: string; person: number; wrong_words: Default<number> };
  activation_ceremonies: {
    id: Default<string>;
    token_digest: Buffer;
    person: number;
    letter: string;
    second_proof: Json<Record<string, unknown>>;
    step: Default<CeremonyStep>;
    epoch: number;
    generation: number;
    began_at: Date;
    expires_at: Date;
    ended_at: Date | null;
    outcome: 'finished' | 'overtaken' | null;
  };
  roster_plans: {
    id: Default<string>;
    made_by: Json<unknown>;
    made_at: Date;
    directory_version: number;
    state: 'planned' | 'applying' | 'applied' | 'undoing' | 'undone' | 'refused';
    summary: Json<Record<string, unknown>>;
    refused_sealed: Buffer | null;
    next_ordinal: Default<number>;
    applied_at: Date | null;
    undone_at: Date | null;
  };
  roster_changes: {
    plan: string;
    ordinal: number;
    sealed: Buffer;
    applied_at: Date | null;
    undo_sealed: Buffer | null;
  };
  roster_clock: { one: Default<boolean>; version: Default<number> };
}
