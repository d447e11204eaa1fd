-- Which relying party must hear that which session has ended, and what became of it (design D9).

create table logout_notices (
  session_uid_digest bytea not null,
  client_id text not null references clients (client_id),
  sid text not null,
  person int not null,
  created_at timestamptz not null default now(),
  state text not null default 'pending' check (state in ('pending', 'confirmed', 'refused', 'unknown')),
  attempts int not null default 0,
  claimed_until timestamptz,                     -- somebody is telling it now; a killed process lets go by it
  last_status int,                               -- of HTTP; null: no answer
  settled_at timestamptz,
  primary key (session_uid_digest, client_id),
  check ((state = 'pending') = (settled_at is null))
);
create index logout_notices_client on logout_notices (client_id, state);
create index logout_notices_settled on logout_notices (settled_at);

grant select, insert, update, delete on logout_notices to preau_app;
