-- Accounts. A credential row can only exist for a claimed account: the composite foreign keys see to it.

create table accounts (
  person int primary key references persons (number),
  epoch int not null default 0,                  -- raised by reset, lock, closing, merge: what carries a lower one is dead
  username_sealed bytea,
  username_digest bytea unique,
  claimed_at timestamptz,
  claimed_by text,                               -- the ceremony
  claimed boolean not null generated always as (claimed_at is not null) stored,
  unique (person, claimed)
);

create type account_state as enum ('dormant', 'active', 'closed');

create table account_states (
  id bigint generated always as identity primary key,
  person int not null references accounts (person),
  state account_state not null,
  from_at timestamptz not null,
  until_at timestamptz
);
create unique index account_states_current on account_states (person) where until_at is null;

create table locks (
  id uuid primary key default gen_random_uuid(),
  person int not null references accounts (person),
  reason text not null,
  locked_by jsonb not null,
  from_at timestamptz not null,
  until_at timestamptz,
  lifted_at timestamptz,
  lifted_by jsonb
);
create index locks_person on locks (person) where lifted_at is null;

create table passwords (
  person int primary key,
  claimed boolean not null default true check (claimed),
  hash text not null,
  epoch int not null,
  generation bigint not null,
  set_at timestamptz not null,
  foreign key (person, claimed) references accounts (person, claimed)
);

create table totp_factors (
  id uuid primary key default gen_random_uuid(),
  person int not null unique,
  claimed boolean not null default true check (claimed),
  secret_sealed bytea not null,
  last_step bigint not null,                     -- a step at or below it was used
  epoch int not null,
  generation bigint not null,
  enrolled_at timestamptz not null,
  foreign key (person, claimed) references accounts (person, claimed)
);

create table recovery_codes (
  digest bytea primary key,
  person int not null,
  claimed boolean not null default true check (claimed),
  epoch int not null,
  generation bigint not null,
  made_at timestamptz not null,
  used_at timestamptz,
  foreign key (person, claimed) references accounts (person, claimed)
);
create index recovery_codes_person on recovery_codes (person);

-- Failures by keyed digest of what was typed (known or not), of a known device, or of an account's second factor.
create table attempt_counters (
  key bytea primary key,
  failures int not null default 0,
  pauses int not null default 0,
  paused_until timestamptz,
  day_started_at timestamptz not null,
  day_failures int not null default 0,
  updated_at timestamptz not null
);

grant select, insert, update on accounts, account_states, locks to preau_app;
grant select, insert, update, delete on passwords, totp_factors, recovery_codes, attempt_counters to preau_app;
