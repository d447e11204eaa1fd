create table letter_batches (
  id uuid primary key default gen_random_uuid(),
  uai text not null references establishments (uai),
  class_id int references classes (id),
  printed_by jsonb not null,
  printed_at timestamptz not null
);

create table letters (
  id uuid primary key default gen_random_uuid(),
  person int not null references accounts (person),
  batch uuid not null references letter_batches (id),
  code_digest bytea not null unique,             -- HMAC of the code under a key outside the database
  state text not null check (state in ('printed', 'handed-over', 'used', 'void')),
  epoch int not null,
  generation bigint not null,
  printed_at timestamptz not null,
  handed_over_at timestamptz,
  expires_at timestamptz not null,
  ended_at timestamptz,
  tried_window uuid,                             -- wrong words are counted per window
  wrong_words int not null default 0
);
create unique index letters_live on letters (person) where state in ('printed', 'handed-over');
create index letters_person on letters (person);

create table activation_windows (
  id uuid primary key default gen_random_uuid(),
  class_id int not null references classes (id),
  word_digest bytea not null,
  opened_by jsonb not null,
  generation bigint not null,
  opened_at timestamptz not null,
  closes_at timestamptz not null,
  closed_at timestamptz
);

create table activation_window_pupils (
  window_id uuid not null references activation_windows (id),
  person int not null references accounts (person),
  primary key (window_id, person)
);
create index activation_window_pupils_person on activation_window_pupils (person);

-- Both proofs were given; the first credential is still to be chosen. Bound to one browser by a digest of its token.
create table activation_ceremonies (
  id uuid primary key default gen_random_uuid(),
  token_digest bytea not null unique,
  person int not null references accounts (person),
  letter uuid not null references letters (id),
  second_proof jsonb not null,                   -- { ceremony: 'class-window', window }
  epoch int not null,
  generation bigint not null,
  began_at timestamptz not null,
  expires_at timestamptz not null,
  ended_at timestamptz,
  outcome text
);
create index activation_ceremonies_person on activation_ceremonies (person) where ended_at is null;

grant select, insert, update on letter_batches, letters, activation_windows, activation_window_pupils,
  activation_ceremonies to preau_app;
