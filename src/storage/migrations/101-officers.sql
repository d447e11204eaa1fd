-- Officers are in no roster: invited at the command line, appointed by two.

-- The first officer: at most one row, ever.
create table first_officer (
  one boolean primary key default true check (one),
  invited_at timestamptz not null,
  invited_by jsonb not null
);

-- Who was invited, and the contact typed with it: the only kind of contact that no feed and no holder stated.
create table officer_invitations (
  person int primary key references persons (number),
  contact bigint not null references contacts (id),
  invited_at timestamptz not null,
  invited_by jsonb not null
);

create table officer_proposals (
  id uuid primary key default gen_random_uuid(),
  person int not null references persons (number),
  role text not null check (role in ('national-officer', 'academie-officer', 'auditor')),
  academie text,
  until_at timestamptz not null,
  proposed_by jsonb not null,
  proposed_person int references persons (number),   -- null: at the command line
  proposed_at timestamptz not null,
  expires_at timestamptz not null,
  decided_at timestamptz,
  decided_by jsonb,
  outcome text check (outcome in ('appointed', 'expired')),
  right_id uuid references rights (id),
  check ((decided_at is null) = (outcome is null)),
  check ((role = 'national-officer') <= (academie is null)),
  check ((role = 'academie-officer') <= (academie is not null))
);
create unique index officer_proposals_open on officer_proposals (person, role, coalesce(academie, ''))
  where decided_at is null;

grant select, insert on first_officer, officer_invitations to preau_app;
grant select, insert, update on officer_proposals to preau_app;
