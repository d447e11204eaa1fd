-- Persons and what was true of them when (dated rows, never overwritten).

create table data_keys (
  id int primary key,
  wrapped bytea not null,                       -- by the wrapping key, which lies outside the database
  created_at timestamptz not null default now()
);

create table persons (
  number int generated always as identity primary key,   -- dense, never reused; orders and ledger speak of it
  id uuid not null unique default gen_random_uuid(),
  subject_id text not null unique,                       -- survives move, rename, merge and closure; feeds the pairwise sub
  merged_into int references persons (number),
  created_at timestamptz not null default now()
);

create table person_keys (
  person int primary key references persons (number),
  data_key int not null references data_keys (id),
  wrapped bytea,                                 -- null once the person was erased: what was sealed is gone
  wrapped_to text not null default 'server',
  erased_at timestamptz
);

-- field: given_name, family_name, usage_name, birth_date, ine ... sealed under the person's own key
create table person_fields (
  person int not null references persons (number),
  field text not null,
  sealed bytea not null,
  from_at timestamptz not null,
  until_at timestamptz,
  primary key (person, field, from_at)
);
create unique index person_fields_current on person_fields (person, field) where until_at is null;

create table establishments (
  uai text primary key check (uai ~ '^[0-9]{7}[A-Z]$'),
  name text not null,
  academie text not null,
  kind text not null default 'other',
  decoy boolean not null default false,
  created_at timestamptz not null default now()
);

create table classes (
  id int generated always as identity primary key,
  uai text not null references establishments (uai),
  school_year int not null,                     -- the year it begins in: 2026 is 2026-2027
  code text not null,
  unique (uai, school_year, code)
);

create table roster_identities (
  person int not null references persons (number),
  academie text not null,
  source text not null,                         -- aaf, csv, ...
  key_digest bytea not null,
  key_sealed bytea not null,
  created_at timestamptz not null default now(),
  primary key (academie, source, key_digest)
);
create index roster_identities_person on roster_identities (person);

create type profile as enum ('pupil', 'guardian', 'teacher', 'staff');

create table memberships (
  id bigint generated always as identity primary key,
  person int not null references persons (number),
  uai text not null references establishments (uai),
  school_year int not null,
  class_id int references classes (id),
  profile profile not null,
  function text,                                -- roster function code: DIR, EDU, ... for staff
  from_at timestamptz not null,
  until_at timestamptz,
  check (until_at is null or until_at >= from_at)
);
create unique index memberships_current on memberships
  (person, uai, school_year, profile, coalesce(class_id, 0), coalesce(function, '')) where until_at is null;
create index memberships_person on memberships (person);
create index memberships_establishment on memberships (uai, profile) where until_at is null;
create index memberships_class on memberships (class_id) where until_at is null;

create table guardianships (
  id bigint generated always as identity primary key,
  guardian int not null references persons (number),
  child int not null references persons (number),
  rank smallint not null,                       -- legal responsibility: 1, 2; 0 = a contact without any
  relation text,
  from_at timestamptz not null,
  until_at timestamptz
);
create unique index guardianships_current on guardianships (guardian, child) where until_at is null;
create index guardianships_child on guardianships (child);

create table contacts (
  id bigint generated always as identity primary key,
  person int not null references persons (number),
  uai text references establishments (uai),     -- which school says so; null: the person said so
  kind text not null check (kind in ('mail', 'phone')),
  sealed bytea not null,
  digest bytea not null,
  confirmed_at timestamptz,
  from_at timestamptz not null,
  until_at timestamptz
);
create index contacts_digest on contacts (kind, digest) where until_at is null;
create index contacts_person on contacts (person);

grant select, insert, update on persons, person_keys, person_fields, establishments, classes, roster_identities,
  memberships, guardianships, contacts to preau_app;
grant select, insert on data_keys to preau_app;

create table instance (
  one boolean primary key default true check (one),
  demo boolean not null default false            -- made-up people with known passwords live here: never in production
);
insert into instance default values;
grant select, update on instance to preau_app;
