create table letter_batches (
  id uuid primary key default gen_random_uuid(),
  uai text not null references establishments (uai),
  class_id int references classes (id),
  printed_by jsonb not null,
  printed_at timestamptz not null
);
create index letter_batches_newest on letter_batches (printed_at, id);
create index letter_batches_school on letter_batches (uai, printed_at, id);

create table letters (
  id uuid primary key default gen_random_uuid(),
  person int not null references accounts (person),
  batch uuid not null references letter_batches (id),
  number int not null check (number > 0),        -- its place in the pile, on the paper and in every list
  code_digest bytea not null unique,             -- HMAC of the code under a key outside the database
  state text not null check (state in ('printed', 'handed-over', 'used', 'void')),
  epoch int not null,
  generation bigint not null,
  printed_at timestamptz not null,
  handed_over_at timestamptz,
  expires_at timestamptz not null,               -- void from then on, whatever the state says; hand-over moves it
  ended_at timestamptz,
  unique (batch, number)
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
  closed_at timestamptz,
  check (closes_at > opened_at and closes_at <= opened_at + interval '20 minutes')
);
create unique index activation_windows_open on activation_windows (class_id) where closed_at is null;

create table activation_window_pupils (
  window_id uuid not null references activation_windows (id),
  person int not null references accounts (person),
  wrong_words int not null default 0,            -- a right code takes so many, then waits for the next window
  primary key (window_id, person)
);
create index activation_window_pupils_person on activation_window_pupils (person);

-- Both proofs were given. Bound to one browser by a digest of its token; steps are taken in this order, each once:
-- proved (the first credential is still to be chosen), claimed, factor-enrolled, then ended.
create table activation_ceremonies (
  id uuid primary key default gen_random_uuid(),
  token_digest bytea not null unique,
  person int not null references accounts (person),
  letter uuid not null references letters (id),
  second_proof jsonb not null,                   -- { ceremony: 'class-window', window }
  step text not null default 'proved' check (step in ('proved', 'claimed', 'factor-enrolled')),
  epoch int not null,
  generation bigint not null,
  began_at timestamptz not null,
  expires_at timestamptz not null,
  ended_at timestamptz,
  outcome text check (outcome in ('finished', 'overtaken')),
  check ((ended_at is null) = (outcome is null))
);
create index activation_ceremonies_person on activation_ceremonies (person) where ended_at is null;

grant select, insert, update on letter_batches, letters, activation_windows, activation_window_pupils,
  activation_ceremonies to preau_app;
