-- What PostgreSQL must remember of sessions and grants so that losing or rolling back Redis lets nobody in.

create table sessions (
  uid_digest bytea primary key,
  person int not null references accounts (person),
  kind text not null,                            -- own-device, shared-device, staff
  epoch int not null,
  generation bigint not null,
  started_at timestamptz not null,
  absolute_end timestamptz not null,
  idle_seconds int not null,
  user_agent text,                               -- a short label (browser and system), never the raw header
  address text,                                  -- truncated
  ended_at timestamptz,
  end_reason text
);
create index sessions_person on sessions (person) where ended_at is null;

-- Tombstones by digest of a cookie's id: a sign-out noted while Redis was down.
create table ended_cookies (
  cookie_digest bytea primary key,
  ended_at timestamptz not null,
  until_at timestamptz not null
);

create table session_relying_parties (
  session_uid_digest bytea not null,
  client_id text not null,
  sid text not null,
  person int not null,
  first_at timestamptz not null,
  primary key (session_uid_digest, client_id)
);

create table revoked_grants (
  grant_digest bytea primary key,
  person int,
  revoked_at timestamptz not null,
  until_at timestamptz not null
);

create table refresh_families (
  id bytea primary key,
  grant_digest bytea not null,
  person int not null references accounts (person),
  client_id text not null,
  rotation int not null default 0,               -- a token of a lower rotation was spent
  revoked_at timestamptz,
  until_at timestamptz not null
);
create index refresh_families_grant on refresh_families (grant_digest);

-- What Redis said of itself last; codes, PAR and proofs older than `epoch_at` are refused.
create table redis_epoch (
  one boolean primary key default true check (one),
  run_id text,
  replication_id text,
  nonce text,
  epoch_at timestamptz not null default '-infinity'
);
insert into redis_epoch default values;

grant select, insert, update, delete on sessions, ended_cookies, session_relying_parties, revoked_grants,
  refresh_families, redis_epoch to preau_app;
