-- Alarms, and what may set them off: decoys among the pupils, bait among the letters.

create table alarms (
  id uuid primary key default gen_random_uuid(),
  rule text not null,                            -- see src/alarms/rules.ts
  key text,                                      -- what it is about: while one is open there is no second
  uai text references establishments (uai),
  academie text,
  person int references persons (number),        -- whom it is about, or who did it; the rule says which
  session_digest bytea,
  details jsonb not null default '{}',           -- the figures: numbers, ids and states
  raised_at timestamptz not null,
  paused_by uuid references orders (id),         -- the order by which it paused claims of the school
  closed_at timestamptz,
  closed_by jsonb,
  close_reason text,
  check ((closed_at is null) = (closed_by is null))
);
create unique index alarms_open on alarms (rule, key) where closed_at is null;
create index alarms_key on alarms (rule, key, closed_at);
create index alarms_newest on alarms (raised_at, id);

-- Persons nobody is. The app reads this table and shows it to nobody.
create table decoys (
  person int primary key references persons (number),
  uai text not null references establishments (uai),
  made_at timestamptz not null
);
create index decoys_school on decoys (uai);

-- Every look at decoys, in the reading's own transaction; the watch turns them into alarms.
create table decoy_sightings (
  id bigint generated always as identity primary key,
  at timestamptz not null,
  way text not null check (way in ('opened', 'found', 'listed')),
  uai text not null references establishments (uai),
  person int not null references persons (number),
  reader int not null references persons (number),
  session_digest bytea not null
);
create index decoy_sightings_at on decoy_sightings (at);
create index decoy_sightings_session on decoy_sightings (session_digest, way);

-- Letters whose code opens nothing.
create table bait_letters (
  id uuid primary key default gen_random_uuid(),
  code_digest bytea not null unique,
  uai text not null references establishments (uai),
  person int not null references decoys (person),
  printed_by jsonb not null,
  printed_at timestamptz not null,
  last_used_at timestamptz,
  last_used_from text,                           -- a keyed digest of the address
  uses int not null default 0
);
create index bait_letters_used on bait_letters (last_used_at) where last_used_at is not null;

-- What the watch asks of the letters handed over lately.
create index letters_handed_over on letters (handed_over_at) where handed_over_at is not null;

grant select, insert, update on alarms, bait_letters to preau_app;
grant select, insert on decoys, decoy_sightings to preau_app;
