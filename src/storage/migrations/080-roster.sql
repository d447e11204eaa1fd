create table roster_plans (
  id uuid primary key default gen_random_uuid(),
  made_by jsonb not null,
  made_at timestamptz not null,
  directory_version bigint not null,
  state text not null check (state in ('planned', 'applying', 'applied', 'undoing', 'undone', 'refused')),
  summary jsonb not null,                        -- counts, closures; no personal data
  refused_sealed bytea,
  next_ordinal int not null default 0,
  applied_at timestamptz,
  undone_at timestamptz
);

create table roster_changes (
  plan uuid not null references roster_plans (id),
  ordinal int not null,
  sealed bytea not null,                         -- under the wrapping key; dropped with the plan
  applied_at timestamptz,
  undo_sealed bytea,
  primary key (plan, ordinal)
);

create table roster_clock (one boolean primary key default true check (one), version bigint not null default 1);
insert into roster_clock default values;

grant select, insert, update on roster_plans, roster_changes, roster_clock to preau_app;
grant delete on roster_changes to preau_app;
