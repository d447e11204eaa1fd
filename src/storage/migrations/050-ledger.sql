-- The ledger (releases and reads) and the audit (acts). The app may add and look, never change or remove.

create table disclosure_contexts (
  id bigint generated always as identity primary key,
  digest bytea not null unique,                  -- of all columns below: the same context is one row
  session_digest bytea,
  grant_digest bytea,
  recipient text not null check (recipient in ('relying-party', 'staff', 'holder', 'operator')),
  client_id text,
  publisher text,
  contract_version int,
  right_id uuid,
  reader int,                                    -- person number of the staff member
  address text,                                  -- truncated
  details jsonb not null default '{}',
  created_at timestamptz not null default now()
);

create sequence disclosure_batches;

create table disclosures (
  batch bigint not null,
  ordinal int not null,
  at timestamptz not null,
  person int not null,
  context bigint not null,
  kind smallint not null,                        -- see src/ledger/kinds.ts
  fields bigint not null,                        -- mask, see src/ledger/fields.ts
  primary key (batch, ordinal, at)
) partition by range (at);
create index disclosures_person on disclosures (person, at);
create index disclosures_context on disclosures (context, at);
create table disclosures_other partition of disclosures default;

-- Days are made ahead by this function, since the app may create nothing.
create function ensure_disclosure_days(first date, days int) returns void
language plpgsql security definer set search_path = preau, pg_temp as $$
declare day date;
begin
  perform pg_advisory_xact_lock(hashtext('preau.disclosure_days'));
  for day in select first + n from generate_series(0, least(days, 31) - 1) n loop
    if to_regclass(format('preau.disclosures_%s', to_char(day, 'YYYYMMDD'))) is null then
      begin
        execute format('create table preau.disclosures_%s partition of preau.disclosures for values from (%L) to (%L)',
          to_char(day, 'YYYYMMDD'), day::timestamp at time zone 'UTC', (day + 1)::timestamp at time zone 'UTC');
        execute format('grant select on preau.disclosures_%s to preau_app, preau_keeper', to_char(day, 'YYYYMMDD'));
      exception when check_violation then
        null;                                    -- lines of that day are in the default partition: they stay there
      end;
    end if;
  end loop;
end $$;
revoke all on function ensure_disclosure_days(date, int) from public;
grant execute on function ensure_disclosure_days(date, int) to preau_app, preau_keeper;

create table audit_events (
  id bigint generated always as identity primary key,
  at timestamptz not null,
  name text not null,                            -- see src/audit/events.ts
  actor jsonb not null,
  subject int,                                   -- person number
  details jsonb not null default '{}',
  reason text
);
create index audit_events_subject on audit_events (subject, at);
create index audit_events_name on audit_events (name, at);

grant select, insert on disclosure_contexts, disclosures, audit_events to preau_app;
grant usage on sequence disclosure_batches to preau_app;
grant select, delete on disclosure_contexts, disclosures to preau_keeper;
grant select on audit_events to preau_keeper;
