-- What the publisher of an approved client wants changed; one at a time, until somebody decides.
create table client_changes (
  id bigint generated always as identity primary key,
  client_id text not null unique references clients (client_id),
  metadata jsonb not null,                       -- the whole registration as it would be
  requested_by jsonb not null,
  requested_at timestamptz not null
);
grant select, insert, delete on client_changes to preau_app;

-- Its publisher may let in again what it shut out itself, and nothing that an operator did.
alter table clients add column publisher_may_resume boolean not null default false;
