-- Who of the staff may do what, where and until when. Dated: ended, never removed; a right given anew is a new row.

create table rights (
  id uuid primary key default gen_random_uuid(),
  person int not null references persons (number),
  role text not null check (role in
    ('head', 'distributor', 'teacher', 'academie-officer', 'national-officer', 'auditor')),
  scope_kind text not null check (scope_kind in ('nation', 'academie', 'establishment', 'classes')),
  academie text,
  uai text references establishments (uai),
  classes text[],                                -- of a right the roster gives: null, the memberships say which
  origin text not null check (origin in ('roster', 'granted', 'appointed')),
  school_year int,                               -- of a right the roster gives
  granted_by jsonb,
  granted_under uuid references rights (id),     -- the right it was granted by: ends with it
  from_at timestamptz not null,
  until_at timestamptz not null,
  last_used_at timestamptz,
  ended_at timestamptz,
  ended_by jsonb,
  end_reason text,
  check (scope_kind <> 'academie' or academie is not null),
  check ((scope_kind in ('establishment', 'classes')) = (uai is not null)),
  check ((origin = 'roster') = (school_year is not null))
);
-- Ended or not: what was taken away in a school year does not come back by the next import.
create unique index rights_roster on rights (person, role, uai, school_year) where origin = 'roster';
create unique index rights_once on rights
  (person, role, scope_kind, coalesce(academie, ''), coalesce(uai, ''), coalesce(classes, '{}'))
  where origin <> 'roster' and ended_at is null;
create index rights_person on rights (person);
create index rights_granted_under on rights (granted_under) where granted_under is not null;
create index rights_establishment on rights (uai) where ended_at is null;

-- The persons whose word gave it: one for a grant, two for an appointment.
create table right_givers (
  right_id uuid not null references rights (id),
  person int not null references persons (number),
  primary key (right_id, person)
);

-- A lapsed right in use again, by somebody's act.
create table right_renewals (
  right_id uuid not null references rights (id),
  renewed_at timestamptz not null,
  renewed_by jsonb not null,
  primary key (right_id, renewed_at)
);

grant select, insert, update on rights to preau_app;
grant select, insert on right_givers, right_renewals to preau_app;
