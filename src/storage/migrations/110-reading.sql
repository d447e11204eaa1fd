-- Reading budgets of staff: what each reader was charged in each role, by minute, over the last day.

create table reading_budgets (
  reader int not null references persons (number),
  role text not null,
  minutes int[] not null default '{}',           -- minutes since 1970, none older than a day
  charged int[] not null default '{}',           -- persons read in each of those
  ready_at timestamptz,                          -- near the limit: nothing is read before
  charge uuid,                                   -- the last one: what goes on with it waits for nothing
  exhausted_at timestamptz,
  opened_at timestamptz,                         -- somebody else opened as much again, until then
  opened_until timestamptz,
  right_id uuid,                                 -- under which was read last, and where that right holds
  uai text,
  academie text,
  primary key (reader, role),
  check (cardinality(minutes) = cardinality(charged))
);
create index reading_budgets_exhausted on reading_budgets (exhausted_at) where exhausted_at is not null;

-- What was charged since a minute, that minute too. Of the row's own columns alone: an update that waited for another
-- counts what that one charged.
create function charged_since(minutes int[], charged int[], since int) returns int
language sql immutable parallel safe return (
  select coalesce(sum(one.cost), 0)::int from unnest(minutes, charged) as one (minute, cost) where one.minute >= since);

-- Lists that refresh themselves: who was read already, in this session and under this right, with these fields.
create table reading_once (
  session_digest bytea not null,
  right_id uuid not null,
  key text not null,
  person int not null,
  fields bigint not null,
  at timestamptz not null,
  primary key (session_digest, right_id, key, person, fields)
);
create index reading_once_at on reading_once (at);

grant select, insert, update on reading_budgets to preau_app;
grant select, insert, delete on reading_once to preau_app;
