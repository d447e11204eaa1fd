-- What integrators act with over the network. Kept as HMAC; each belongs to a publisher and reaches nothing of another.

create table initial_access_tokens (
  digest bytea primary key,
  publisher text not null references publishers (id),
  created_at timestamptz not null,
  until_at timestamptz not null
);

create table registration_access_tokens (
  client_id text primary key references clients (client_id),
  digest bytea not null unique,
  created_at timestamptz not null
);

create table api_tokens (
  id text primary key,
  digest bytea not null unique,
  publisher text not null references publishers (id),
  created_by jsonb not null,
  created_at timestamptz not null,
  until_at timestamptz not null,
  revoked_at timestamptz
);

grant select, insert, update, delete on initial_access_tokens, registration_access_tokens, api_tokens to preau_app;
