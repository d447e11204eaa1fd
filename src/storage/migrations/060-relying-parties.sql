create table publishers (
  id text primary key check (id ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
  name text not null,
  created_at timestamptz not null default now()
);

create table clients (
  client_id text primary key check (client_id ~ '^[A-Za-z0-9]{1,128}$'),
  publisher text not null references publishers (id),
  metadata jsonb not null,                       -- RFC 7591 names, without secret
  created_at timestamptz not null default now(),
  suspended_at timestamptz,
  deleted_at timestamptz
);

create table client_secrets (
  id bigint generated always as identity primary key,
  client_id text not null references clients (client_id),
  digest bytea not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz
);
create index client_secrets_client on client_secrets (client_id);

create table contracts (
  client_id text not null references clients (client_id),
  version int not null,
  state text not null check (state in ('sandbox', 'requested', 'approved', 'suspended', 'ended')),
  terms jsonb not null,                          -- purpose, claims per profile, ...: src/relying-parties/contract.ts
  created_at timestamptz not null default now(),
  primary key (client_id, version)
);

create table signing_keys (
  kid text primary key,
  alg text not null,
  state text not null check (state in ('next', 'current', 'old')),
  public_jwk jsonb not null,
  private_sealed bytea not null,
  created_at timestamptz not null default now(),  -- published since
  current_at timestamptz,
  old_at timestamptz,
  published_until timestamptz,
  check ((state = 'old') = (old_at is not null)),
  check ((state = 'old') = (published_until is not null))
);
create unique index signing_keys_one_current on signing_keys (alg) where state = 'current';
create unique index signing_keys_one_next on signing_keys (alg) where state = 'next';

create trigger clients_changed after insert or update or delete on clients
  for each statement execute function clients_changed();
create trigger client_secrets_changed after insert or update or delete on client_secrets
  for each statement execute function clients_changed();
create trigger contracts_changed after insert or update or delete on contracts
  for each statement execute function clients_changed();
create trigger signing_keys_changed after insert or update or delete on signing_keys
  for each statement execute function clients_changed();

grant select, insert, update on publishers, clients, contracts, signing_keys to preau_app;
grant select, insert, update, delete on client_secrets to preau_app;
